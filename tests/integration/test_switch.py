"""The switch under load: nothing is lost, and the test can see a loss."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from bench.load import users
from ops.aio import until
from ops.engine.nginx_config import Wanted
from ops.model import Colour, Mode, Release
from ops.runbooks.quiesce import hold, release
from tests.house import House
from tests.switching import switch_and_remove_old

SWITCHES = 10


async def test_no_request_is_lost_over_ten_switches_with_the_old_colour_removed_each_time(house: House) -> None:
    await house.furnish("v1.1.0")

    async with users(house.url, clients=32, seconds=240, pause=0.02) as load:
        for _ in range(SWITCHES):
            await switch_and_remove_old(house, ("v1.1.0", "v1.2.0"), drain=True)

    assert load.failed == 0, load.result["failures"]
    assert set(load.result["answers"]) == {"v1.1.0", "v1.2.0"}
    assert load.result["slow"] > 50
    assert load.result["posts"] > 50


async def test_the_same_load_without_the_drain_does_lose_requests(house: House) -> None:
    await house.furnish("v1.1.0")

    async with users(house.url, clients=32, seconds=120, pause=0.02) as load:
        for _ in range(3):
            await switch_and_remove_old(house, ("v1.1.0", "v1.2.0"), drain=False)

    assert load.failed > 0


async def test_both_colours_restarted_in_the_other_order_and_all_agree_within_three_seconds(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    names = [house.config.container(colour) for colour in Colour]
    before = {colour: state.address for colour, state in (await house.world.live()).states.items()}
    for name in names:
        await house.world.docker.stop(name, 5)
    for name in reversed(names):
        await house.world.docker.start(name)
    after = {colour: (await house.world.stacks.state(colour)).address for colour in Colour}
    assert after[Colour.BLUE] == before[Colour.GREEN]
    assert after[Colour.GREEN] == before[Colour.BLUE]

    await house.wait_for_release("v1.2.0", seconds=3)

    status = await house.status()
    assert status.live is Colour.GREEN
    assert status.problem is None


async def test_nginx_that_crashes_after_a_switch_comes_back_with_the_same_colour(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    proxy = await house.world.docker.container(house.config.proxy_container)
    assert proxy is not None

    os.kill(proxy.raw["State"]["Pid"], 9)

    await house.wait_for_release("v1.2.0", seconds=10)


async def test_quiesce_holds_every_change_on_new_and_on_idle_connections_and_reads_go_on(house: House) -> None:
    await house.furnish("v1.1.0")
    assert await _changes_that_get_through(house, wait=True) == 0


async def test_quiesce_that_does_not_wait_for_the_old_workers_lets_changes_through(house: House) -> None:
    await house.furnish("v1.1.0")
    assert await _changes_that_get_through(house, wait=False) > 0


async def _changes_that_get_through(house: House, wait: bool) -> int:
    """Hold writers under load, count transactions that are created while they are held."""
    world = house.world
    async with users(house.url, clients=16, seconds=60), an_idle_connection(house) as idle_post:
        if wait:
            before = await hold(world, Mode.READ_ONLY, "test")
        else:
            before = Wanted((await world.proxy.state()).colour)
            await world.proxy.apply(Wanted(before.colour, Mode.READ_ONLY, "test"))
        held_from = await _last_transaction(house)
        new = await house.get("/api/transactions", "POST", '{"accountId": 1, "amount": "1.00"}')
        assert new.status == 503
        assert new.headers["retry-after"]
        assert (await house.get("/api/accounts")).status == 200
        await idle_post()
        await asyncio.sleep(1.5)  # the load goes on meanwhile: that is what must not get through
        created = await _last_transaction(house, held_from) - held_from
        await release(world, before, "test")
    assert (await house.get("/api/transactions", "POST", '{"accountId": 1, "amount": "1.00"}')).status == 201
    return created


@asynccontextmanager
async def an_idle_connection(house: House) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A user's connection that has had an answer and is kept open, and a change sent on it later (it may be closed by then)."""
    connection = http.client.HTTPConnection("127.0.0.1", house.config.proxy.port, timeout=15)
    connection.auto_open = False

    def begin() -> None:
        connection.connect()
        connection.request("GET", "/api/accounts")
        connection.getresponse().read()

    def post() -> None:
        with suppress(OSError, http.client.HTTPException):
            body = '{"accountId": 1, "amount": "1.00"}'
            connection.request("POST", "/api/transactions", body, {"Content-Type": "application/json"})
            connection.getresponse().read()

    await asyncio.to_thread(begin)
    try:
        yield partial(asyncio.to_thread, post)
    finally:
        connection.close()


async def _last_transaction(house: House, known: int = 0) -> int:
    """The id of the newest transaction, asked of the application; ids only grow."""
    while page := json.loads((await house.get(f"/api/transactions?afterId={known}&limit=100")).body):
        known = page[-1]["id"]
    return known


async def test_to_a_colour_that_once_crashed_and_runs_again(house: House) -> None:
    await house.furnish("v1.1.0", "v1.2.0")
    name = house.config.container(Colour.BLUE)
    crashing = await house.world.docker.container(name)
    assert crashing is not None
    os.kill(crashing.raw["State"]["Pid"], signal.SIGKILL)

    async def up_again() -> bool | None:
        found = await house.world.docker.container(name)
        return True if found and found.state == "running" and found.raw["RestartCount"] else None

    assert await until(up_again, seconds=10, every=0.05)

    said = await house.say("switch blue")

    assert said.ok, said.text
    assert await house.release() == "v1.1.0"


async def test_a_removal_that_took_its_time_leaves_what_took_the_place_since(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.furnish("v1.1.0")
    docker, name = house.world.docker, house.config.container(Colour.BLUE)
    stop = docker.stop

    async def replaced_meanwhile(container: str, seconds: int) -> None:
        await stop(container, seconds)
        await docker.remove(name)
        await house.world.stacks.create(Colour.BLUE, Release("v1.1.0", image.id), None, "another run")

    image = await docker.image(f"{house.config.app.image}:v1.1.0")
    monkeypatch.setattr(docker, "stop", replaced_meanwhile)

    await house.world.stacks.remove(Colour.BLUE)

    assert (await house.world.stacks.state(Colour.BLUE)).run_id == "another run"
