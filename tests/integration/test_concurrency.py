"""Many people at once, and the ways a run is ended on purpose."""

from __future__ import annotations

import asyncio

from ops.aio import until
from ops.model import Actor, Colour, Door
from tests.house import OLGA, VIC, House


async def test_of_fifty_deploys_at_once_one_runs_and_the_others_are_told_who_runs_what(house: House) -> None:
    await house.furnish("v1.1.0")

    said = await asyncio.gather(
        *(house.say("deploy v1.2.0", Actor(OLGA.id, f"Olga {number}", Door.SLACK)) for number in range(50))
    )

    done = [one for one in said if one.ok]
    refused = [one for one in said if one.outcome.exit_code == 3]
    assert (len(done), len(refused)) == (1, 49)
    for one in refused:
        assert "`deploy v1.2.0` by Olga" in one.text
        assert "running since" in one.text
    rows = (await house.operations.ledger.audit(200))[: 2 * 50]
    assert sum(row.outcome == "refused" for row in rows) == 49


async def test_cancel_before_the_switch_leaves_users_where_they_are(unhurried_house: House) -> None:
    house = unhurried_house
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until="health")

    assert (await house.say("cancel")).ok

    said = await deploy
    assert said.outcome.exit_code == 1
    assert "cancelled it" in said.text
    assert not await house.exists(Colour.GREEN)
    assert await house.release() == "v1.1.0"
    assert (await house.operations.ledger.history(2))[1].state == "stopped"


async def test_cancel_after_the_switch_is_refused_and_names_rollback(house: House) -> None:
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until="soak")

    refused = await house.say("cancel")

    assert refused.outcome.exit_code == 3
    assert "cannot be cancelled" in refused.text
    assert "`rollback`" in refused.text
    assert (await deploy).ok


async def test_maintenance_comes_before_a_deploy_and_the_page_is_shown(unhurried_house: House) -> None:
    house = unhurried_house
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until="health")

    said = await house.say("maintenance on moving the database")

    assert said.ok, said.text
    assert (await deploy).outcome.exit_code == 1
    page = await house.get()
    assert page.status == 503
    assert "Down for maintenance" in page.body
    assert page.headers["retry-after"] == "10"
    opened = await house.say("maintenance off")
    assert opened.ok
    assert await house.release() == "v1.1.0"


async def test_shutdown_in_the_soak_leaves_the_rest_to_recover(house: House) -> None:
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until="soak")

    await house.operations.shutdown("the bot is shutting down")

    assert "shutting down" in (await deploy).text
    assert (await house.operations.ledger.history(1))[0].state == "interrupted"
    recovered = await house.say("recover", Actor("bot", "bot", Door.RECOVERY))
    assert "is finished" in recovered.text
    assert await house.release() == "v1.2.0"


async def test_who_may_do_what(house: House) -> None:
    await house.furnish()
    refused = await house.say("deploy v1.1.0", VIC)
    assert refused.outcome.exit_code == 3
    assert "needs the role operator" in refused.text
    assert "Vic" in refused.text

    rows = await house.operations.ledger.audit(2)
    assert [row.kind for row in rows] == ["outcome", "intent"]
    assert rows[0].outcome == "refused"
    assert rows[0].run_id == rows[1].run_id == refused.outcome.run_id

    assert (await house.say("status", VIC)).ok


async def test_shutdown_waits_for_the_run_and_not_for_who_tells_of_it(unhurried_house: House) -> None:
    house = unhurried_house
    await house.furnish()
    told = asyncio.Event()

    async def listener() -> None:
        await house.say("deploy v1.1.0")
        await told.wait()

    telling = asyncio.create_task(listener())
    await until(house.holder, seconds=20, every=0.01)

    await asyncio.wait_for(house.operations.shutdown("the bot is shutting down"), 20)

    assert not telling.done()
    assert await house.holder() is None
    told.set()
    await telling
