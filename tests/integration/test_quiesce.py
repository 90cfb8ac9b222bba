"""Quiesce ends: when the work is done, when it fails, when it is cancelled, and when it takes too long."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ops.engine.nginx_config import Wanted
from ops.errors import Failed
from ops.events import ignore
from ops.model import Mode
from ops.run import Run
from ops.runbooks.quiesce import PERSON, quiesced
from tests.house import OLGA, House, moved_in
from tests.place import Place


async def post(house: House) -> int:
    return (await house.get("/api/transactions", "POST", '{"accountId": 1, "amount": "1.00"}')).status


async def test_it_opens_again_however_the_work_inside_ends(house: House) -> None:
    await house.furnish("v1.1.0")
    run = Run("run-1", "restore x", OLGA, ignore)

    async with quiesced(house.world, run):
        assert (await house.world.proxy.state()).mode is Mode.READ_ONLY
        assert await post(house) == 503
    assert await post(house) == 201

    with pytest.raises(RuntimeError, match="disk"):
        async with quiesced(house.world, run):
            raise RuntimeError("disk")
    assert await post(house) == 201

    inside = asyncio.Event()

    async def work() -> None:
        async with quiesced(house.world, run, Mode.MAINTENANCE):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    assert (await house.get()).status == 503
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await post(house) == 201


async def test_it_opens_again_when_the_work_takes_longer_than_it_may(place: Place, tmp_path: Path) -> None:
    run = Run("run-1", "restore x", OLGA, ignore)
    async with moved_in(place, tmp_path / "state", proxy={"quiesce_limit_seconds": 1}) as house:
        await house.furnish("v1.1.0")

        with pytest.raises(Failed, match=r"Requests were held for 1 s, the longest that is allowed") as caught:
            async with quiesced(house.world, run):
                await asyncio.Event().wait()

        assert "Nothing is held any more" in caught.value.next_step
        assert await post(house) == 201


async def test_it_opens_only_what_it_holds_itself(house: House) -> None:
    await house.furnish("v1.1.0")
    run = Run("run-1", "restore x", OLGA, ignore)
    colour = (await house.world.live()).colour

    async with quiesced(house.world, run):
        await house.world.proxy.apply(Wanted(colour, Mode.READ_ONLY, "run-2"))  # a command that took over
    assert (await house.world.proxy.state()).owner == "run-2"

    await house.world.proxy.apply(Wanted(colour, Mode.MAINTENANCE, PERSON))
    for mode in (Mode.READ_ONLY, Mode.MAINTENANCE):
        async with quiesced(house.world, run, mode):
            assert (await house.world.proxy.state()).owner == PERSON  # so that a kill here leaves it shut
            assert (await house.get()).status == 503
        assert (await house.world.proxy.state()).mode is Mode.MAINTENANCE
