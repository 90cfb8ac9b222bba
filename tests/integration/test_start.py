"""The bot looks at every start whether something was interrupted; the record tells of it only when there was something to do."""

from __future__ import annotations

from ops.engine.nginx_config import Wanted
from ops.model import Actor, Colour, Door, Mode
from tests.house import House

START = Actor("recovery", "recovery at the bot's start", Door.RECOVERY)
ROOT = Actor("root", "root", Door.TERMINAL)


async def record(house: House) -> list[str]:
    """What the record has on recoveries: runs, then audit rows, oldest first."""
    ledger = house.operations.ledger
    runs = [f"run {run.command}" for run in reversed(await ledger.history(20))]
    audit = [f"{row.kind} {row.command}" for row in reversed(await ledger.audit(20))]
    return [line for line in (*runs, *audit) if line.endswith("recover")]


async def test_a_start_leaves_a_record_only_when_there_was_something_to_do(house: House) -> None:
    await house.furnish()
    assert (await house.say("recover", START)).ok
    await house.furnish("v1.1.0")

    quiet = await house.say("recover", START)
    assert quiet.text.startswith("Nothing was interrupted. Users are on v1.1.0 (blue).")
    assert await record(house) == []

    await house.world.proxy.apply(Wanted(Colour.BLUE, Mode.READ_ONLY, "20260101-000000-dead"))
    assert "they are let through" in (await house.say("recover", START)).text
    assert await record(house) == ["run recover", "intent recover", "outcome recover"]

    await house.say("recover", ROOT)
    assert (await record(house)).count("run recover") == 2, "a person asked, so it is kept"


async def test_a_start_that_cannot_look_is_kept_as_failed(house: House) -> None:
    await house.furnish("v1.1.0")
    container = house.config.container(Colour.GREEN)
    # Somebody else's container under our name: what is live cannot be known.
    await house.world.docker.create(container, image=house.config.proxy.image, labels={}, network=None, host={})
    try:
        assert not (await house.say("recover", START)).ok
    finally:
        await house.world.docker.remove(container)
    last = (await house.operations.ledger.history(1))[0]
    assert (last.command, last.state) == ("recover", "failed")
