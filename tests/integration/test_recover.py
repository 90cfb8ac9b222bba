"""kill -9 at any step: users are served all the time, the lock is free at once, and `recover` finishes or undoes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.load import users
from ops.aio import until
from ops.engine.nginx_config import Wanted
from ops.events import SwitchBegun, ignore
from ops.model import Actor, Colour, Door, Mode, Role
from ops.run import Run
from tests.house import OLGA, House, Said

RECOVERY = Actor("recovery", "recovery", Door.RECOVERY)


@asynccontextmanager
async def a_process_that_says(house: House, toml: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real terminal program, in a process of its own that can be killed."""
    program = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]
    process = await asyncio.create_subprocess_exec(
        *program,
        "--config",
        str(toml),
        "--json",
        *words,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def killed_in(house: House, toml: Path, step: str, *words: str, options: tuple[str, ...] = ()) -> None:
    """Run a command in another process and kill -9 it as soon as the record says that a step has begun."""

    async def begun() -> bool | None:
        runs = await house.operations.ledger.history(1)
        steps = runs[0].steps if runs and runs[0].command == " ".join(words) else ()
        return True if any(one.name == step for one in steps) else None

    async with a_process_that_says(house, toml, *options, *words) as process:
        assert await until(begun, seconds=30, every=0.01), f"{words} never reached {step}"
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    assert house.operations.holder() is None  # the kernel freed the lock with its holder


@pytest.mark.parametrize("step", ["preflight", "pull", "backup", "start", "health", "smoke"])
async def test_killed_before_the_switch_the_deploy_is_undone(unhurried_house: House, tmp_path: Path, step: str) -> None:
    house = unhurried_house
    await house.furnish("v1.1.0")
    toml = house.write_toml(tmp_path / "myfinance.toml")

    async with users(house.url, clients=4) as load:
        await killed_in(house, toml, step, "deploy", "v1.2.0")
        interrupted = (await house.operations.ledger.history(1))[0]
        assert interrupted.state == "running"
        assert interrupted.steps[-1].state == "started"
        said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    assert "deploy v1.2.0" in said.text
    assert load.failed == 0, load.result["failures"]
    assert set(load.result["answers"]) == {"v1.1.0"}
    assert not await house.exists(Colour.GREEN)
    record = (await house.operations.ledger.history(2))[1]
    assert record.state == "stopped"


@pytest.mark.parametrize("step", ["soak", "drain"])
async def test_killed_after_the_switch_the_deploy_is_finished(house: House, tmp_path: Path, step: str) -> None:
    await house.furnish("v1.1.0")
    toml = house.write_toml(tmp_path / "myfinance.toml")

    async with users(house.url, clients=4) as load:
        await killed_in(house, toml, step, "deploy", "v1.2.0")
        said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    assert "is finished" in said.text
    assert load.failed == 0, load.result["failures"]
    assert await house.release() == "v1.2.0"
    assert (await house.status()).rollback_to == "v1.1.0"
    assert (await house.operations.ledger.history(2))[1].state == "done"


async def test_killed_in_the_switch_users_are_on_one_side_and_recover_makes_all_agree(
    house: House, tmp_path: Path
) -> None:
    await house.furnish("v1.1.0")
    toml = house.write_toml(tmp_path / "myfinance.toml")

    async with users(house.url, clients=4) as load:
        await killed_in(house, toml, "switch", "deploy", "v1.2.0")
        said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    assert load.failed == 0, load.result["failures"]
    await all_agree(house)


async def all_agree(house: House) -> None:
    """What nginx does, what its file says, what status tells and what users get are one thing."""
    live, found = await house.world.live(), await house.world.proxy.configuration()
    assert live.problem is None
    assert found.wanted is not None
    assert found.wanted.colour == live.colour == (await house.status()).live
    assert await house.world.proxy.runs(found)
    assert live.state is not None
    assert live.state.release is not None
    assert await house.release() == live.state.release.version


async def test_a_configuration_that_was_renamed_but_never_taken_up_is_replaced(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    # What a kill between rename and signal leaves: the file says blue, nginx and users say green.
    text = (
        await house.world.docker.read_file(house.config.proxy_container, "/etc/nginx/myfinance/nginx.conf")
    ).encode()
    await house.world.proxy.apply(Wanted(Colour.BLUE))
    blue = await house.world.docker.read_file(house.config.proxy_container, "/etc/nginx/myfinance/nginx.conf")
    await house.world.proxy.apply(Wanted(Colour.GREEN))
    await house.world.docker.write_file(house.config.proxy_container, "/etc/nginx/myfinance", "nginx.conf", blue)
    assert text

    refused = await house.say("deploy v1.5.0")
    assert "a switch was interrupted" in refused.text
    said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    await all_agree(house)
    assert await house.release() == "v1.2.0"


async def test_requests_that_a_dead_run_held_are_let_through_and_a_persons_maintenance_is_not(house: House) -> None:
    await house.furnish("v1.1.0")
    await house.world.proxy.apply(Wanted(Colour.BLUE, Mode.READ_ONLY, "20260101-000000-dead"))

    said = await house.say("recover", RECOVERY)
    assert "Requests were still held by run 20260101-000000-dead" in said.text
    assert (await house.world.proxy.state()).mode is Mode.OPEN

    await house.say("maintenance on moving the disk")
    await house.say("recover", RECOVERY)
    assert (await house.world.proxy.state()).mode is Mode.MAINTENANCE
    assert (await house.get()).status == 503


async def test_with_nothing_interrupted_it_says_so(house: House) -> None:
    await house.furnish("v1.1.0")

    said: Said = await house.say("recover", RECOVERY)

    assert said.ok
    assert said.text.startswith("Nothing was interrupted.")


async def test_a_deploy_that_was_rolled_back_since_keeps_its_log_and_is_not_said_to_be_undone(house: House) -> None:
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until="soak")
    await house.operations.shutdown("the bot is shutting down")
    await deploy
    assert (await house.say("rollback")).ok

    said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    assert "never went live" not in said.text
    assert "interrupted after its switch" in said.text
    assert "Users are on v1.1.0 (blue)." in said.text
    assert (await house.world.stacks.state(Colour.GREEN)).state == "exited"


async def test_the_standby_of_a_later_deploy_is_left_running(house: House) -> None:
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until="soak")
    await house.operations.shutdown("the bot is shutting down")
    await deploy
    assert (await house.say("deploy v1.5.0")).ok

    said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    assert (await house.world.stacks.state(Colour.GREEN)).running
    assert await house.release() == "v1.5.0"


@pytest.mark.parametrize("came", [True, False])
async def test_an_interrupted_rollback_is_finished_only_if_users_came(house: House, came: bool) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    run = Run("29990101-000000-dead", "rollback", OLGA, ignore)
    await house.operations.ledger.intent(run, Role.OPERATOR, "rollback")
    await house.operations.ledger.event(SwitchBegun(run.id, 0, Colour.BLUE))
    if came:
        await house.world.proxy.apply(Wanted(Colour.BLUE))

    said = await house.say("recover", RECOVERY)

    assert said.ok, said.text
    assert ("it is finished" in said.text) is came
    assert ("Users are on v1.1.0 (blue)." if came else "Users are on v1.2.0 (green).") in said.text
