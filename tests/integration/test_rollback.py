"""Rollback: at any hour, whatever else is broken or going on."""

from __future__ import annotations

import asyncio
import sqlite3
import time

import pytest

from bench.load import users
from ops.aio import until
from ops.events import StepDone
from ops.model import Colour
from ops.results import Changed
from tests.house import OLGA, House

STEPS_BEFORE_SWITCH = ("preflight", "pull", "backup", "start", "health", "smoke")


async def test_with_the_standby_running_users_are_back_within_two_seconds_under_load(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    old = (await house.world.live()).states[Colour.BLUE].address

    async with users(house.url, clients=32, pause=0.02) as load:
        asked = time.time()
        said = await house.say("rollback v1.2.0 loses money")
        assert said.ok, said.text
        await load.met("v1.1.0")
        await house.world.proxy.drain_leftovers()  # they go on until nobody is left on an old worker

    assert (await house.world.proxy.state()).upstream == old
    assert load.result["first"]["v1.1.0"] - asked < 2
    assert load.failed == 0, load.result["failures"]
    assert load.answered > 200
    assert "back on v1.1.0 (blue)" in said.text
    assert "Data was not rolled back" in said.text
    assert "this is one switch" in said.notes


async def test_a_deleted_standby_is_made_again_from_its_image(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    await house.world.stacks.remove(Colour.BLUE)

    said = await house.say("rollback")

    assert said.ok, said.text
    assert "it must be started first" in said.notes
    assert await house.release() == "v1.1.0"


async def test_a_stopped_standby_is_started(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    await house.world.stacks.stop(Colour.BLUE)

    said = await house.say("rollback")

    assert said.ok, said.text
    assert await house.release() == "v1.1.0"


async def test_it_needs_no_ledger_and_no_leave_of_a_freeze(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    assert (await house.say("lock month-end closing")).ok
    refused = await house.say("deploy v1.5.0")
    assert refused.outcome.exit_code == 3
    assert "month-end closing" in refused.text
    for file in house.config.project.state_dir.glob("ledger.db*"):
        file.unlink()

    said = await house.say("rollback")

    assert said.ok, said.text
    assert await house.release() == "v1.1.0"


async def test_with_nothing_before_it_says_so_and_changes_nothing(house: House) -> None:
    await house.furnish()
    nothing = await house.say("rollback")
    assert nothing.outcome.exit_code == 1
    assert "Nothing is live" in nothing.text

    await house.furnish("v1.1.0")
    said = await house.say("rollback")

    assert said.outcome.exit_code == 1
    assert "Nothing was live before v1.1.0 (blue)" in said.text
    assert "Users are on v1.1.0 (blue)." in said.text
    assert await house.release() == "v1.1.0"


async def test_with_both_colours_gone_it_names_the_way_out(house: House) -> None:
    await house.furnish("v1.1.0")
    assert (await house.say("deploy v1.2.0")).ok
    for colour in Colour:
        await house.world.docker.remove(house.config.container(colour))

    said = await house.say("rollback")

    assert said.outcome.exit_code == 1
    assert "Both colours are gone" in said.text
    assert "`deploy v1.2.0`" in said.text


async def test_with_the_live_container_gone_the_standby_takes_over(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    await house.world.docker.remove(house.config.container(Colour.GREEN))

    said = await house.say("rollback")

    assert said.ok, said.text
    assert await house.release() == "v1.1.0"


@pytest.mark.parametrize("step", STEPS_BEFORE_SWITCH)
async def test_before_the_switch_it_stops_the_deploy_and_users_stay(unhurried_house: House, step: str) -> None:
    house = unhurried_house
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until=step)

    said = await house.say("rollback")

    assert said.ok, said.text
    assert "stopped before its switch" in said.text
    stopped = await deploy
    assert stopped.outcome.exit_code == 1
    assert "which comes first" in stopped.text or "comes first" in stopped.text
    assert await house.release() == "v1.1.0"
    assert not await house.exists(Colour.GREEN)


@pytest.mark.parametrize("step", ["switch", "soak", "drain"])
async def test_from_the_switch_on_it_takes_over_and_takes_users_back(house: House, step: str) -> None:
    await house.furnish("v1.1.0")
    deploy = await house.begin("deploy v1.2.0", until=step)
    if step == "switch":
        await house.wait_for_release("v1.2.0")

    said = await house.say("rollback")

    assert said.ok, said.text
    assert said.steps(StepDone) == ["find", "standby", "switch"]
    await deploy
    assert await house.release() == "v1.1.0"


async def test_a_second_rollback_is_told_of_the_first(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    first = asyncio.create_task(house.say("rollback", OLGA))
    await until(house.holder, seconds=5, every=0.005)

    second = await house.say("rollback")

    assert second.outcome.exit_code == 3
    assert "Olga" in second.text
    assert (await first).ok


async def test_from_a_release_that_hangs_users_are_back_at_once(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    hung = house.config.container(Colour.GREEN)
    await house.world.docker.signal(hung, "STOP")  # it takes connections and never answers
    try:
        asked = time.monotonic()
        said = await house.say("rollback")
        took = time.monotonic() - asked
    finally:
        await house.world.docker.signal(hung, "CONT")

    assert said.ok, said.text
    assert took < 4  # one question to the hanging release alone would take five seconds
    assert await house.release() == "v1.1.0"


async def test_with_the_record_locked_by_a_stuck_process_it_does_not_wait_long(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    stuck = sqlite3.connect(house.config.project.state_dir / "ledger.db", isolation_level=None)
    stuck.execute("BEGIN IMMEDIATE")
    try:
        asked = time.monotonic()
        said = await house.say("rollback")
        took = time.monotonic() - asked
    finally:
        stuck.close()

    assert said.ok, said.text
    assert took < 8  # every one of its dozen writes used to wait ten seconds
    assert await house.release() == "v1.1.0"


async def test_behind_the_maintenance_page_nobody_is_told_that_users_are_back(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    await house.say("maintenance on moving the disk")

    back = await house.say("rollback")
    again = await house.say("switch green")

    for said, version in ((back, "v1.1.0 (blue)"), (again, "v1.2.0 (green)")):
        assert said.ok, said.text
        assert f"{version} is live" in said.text
        assert f"Users get the maintenance page; behind it is {version}." in said.text
        assert "Users are" not in said.text


async def test_after_a_switch_back_only_what_works_is_promised(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")

    said = await house.say("switch blue")

    assert "`switch green` takes users back to v1.2.0 (green)." in said.text
    assert isinstance(said.outcome.result, Changed)
    assert not said.outcome.result.can_roll_back
    nothing = await house.say("rollback")
    assert nothing.outcome.exit_code == 1
    assert "`switch green` sends users to v1.2.0 (green)." in nothing.text
    assert (await house.say("switch green")).ok
