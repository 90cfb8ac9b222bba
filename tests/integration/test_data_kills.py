"""kill -9 of the program or of its worker while they work on data: the database is whole, no listed backup is bad, and the next
start says what was interrupted and lets users in again. A few in `make test`, a hundred in `make torture`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.engine.docker import Conflict, NotFound
from ops.model import Mode
from tests.house import ADA, House, moved_in
from tests.integration.backup_acts import RECOVERY, backed_up, listed, pay, payments, running_worker
from tests.integration.test_recover import a_process_that_says, killed_in
from tests.place import Place

SEED = 20261124
PADDING = 40_000_000  # bytes, so that writing the database takes a moment in which it can be killed
OLD, NEW = {"old"}, {"old", "new"}


@dataclass
class Scene:
    """A world with two payments, and two backups with only the first of them: one that is put back into the live database, and
    one of the schema before, which is put back by exchanging the file."""

    house: House
    toml: Path
    live: str
    exchanged: str

    async def paid_again(self) -> None:
        """Both payments are there, whatever the last kill has left."""
        if await payments(self.house) == OLD:
            await pay(self.house, "new")


@asynccontextmanager
async def a_scene(place: Place, folder: Path) -> AsyncIterator[Scene]:
    settings: dict[str, dict[str, Any]] = {
        "access": {"terminal": "admin"},
        "backups": {"keep_last": 5, "keep_safety": 3},
    }
    async with moved_in(place, folder / "state", **settings) as house:
        await house.furnish("v1.1.0", anew=True)
        await pay(house, "old")
        assert (await house.say("deploy v1.2.0")).ok
        exchanged = (await listed(house)).rows[0].name
        live = (await backed_up(house)).backup.name
        for name in (exchanged, live):
            assert (await house.say(f"backup pin {name}")).ok
        await pay(house, "new")
        yield Scene(house, house.write_toml(folder / "myfinance.toml"), live, exchanged)


async def well_again(scene: Scene, told: str) -> None:
    """After `recover`: users are served and pay, the database is one of the two, every listed backup is good."""
    house = scene.house
    live = await house.world.live()
    assert live.problem is None, f"{told}: {live.sentence}"
    assert live.proxy.mode is Mode.OPEN, told
    assert await running_worker(house) is None, told
    assert await payments(house) in (OLD, NEW), told
    assert ".restore-" not in await house.shell("ls -A"), told
    verified = await house.say("backup verify all")
    assert verified.ok, f"{told}: {verified.text}"
    there = await listed(house)
    assert there.interrupted == (), told
    assert {scene.live, scene.exchanged} <= {row.name for row in there.rows}, told
    await scene.paid_again()


async def test_killed_while_it_writes_the_program_or_only_the_worker(place: Place, tmp_path: Path) -> None:
    async with a_scene(place, tmp_path) as scene:
        house, words = scene.house, ("restore", scene.exchanged)
        for step in ("restore", "prove"):  # the application is stopped then
            await killed_in(house, scene.toml, step, *words, options=("--yes",))

            said = await house.say("recover", RECOVERY)

            assert said.ok, said.text
            assert f"`restore {scene.exchanged}`" in said.text
            assert "The database is whole" in said.text
            await well_again(scene, step)
        assert (await house.say("recover", RECOVERY)).text.startswith("Nothing was interrupted.")

        await house.sql("CREATE TABLE Padding (Page BLOB)", f"INSERT INTO Padding VALUES (zeroblob({PADDING}))")
        large = (await backed_up(house)).backup.name
        await house.sql("DELETE FROM Padding")
        restore = await house.begin(f"restore {large}", "restore", ADA, confirmed=True)
        worker = await running_worker(house)
        assert worker is not None
        await house.world.docker.signal(worker, "KILL")
        said = await restore

        assert said.outcome.exit_code == 1
        assert "it was killed (signal 9)" in said.text
        assert "The database is what it was before" in said.text
        assert await payments(house) == NEW
        await well_again(scene, "worker")


async def random_kills(scene: Scene, count: int, seed: int) -> None:
    """Kill the program, or only its worker, at random moments of what works on data."""
    dice, house = random.Random(seed), scene.house
    for number in range(count):
        words = dice.choice([("backup",), ("restore", scene.live), ("restore", scene.exchanged), ("vacuum",)])
        worker_only, after = dice.random() < 0.3, dice.uniform(0.2, 3.5)
        told = f"kill {number} of `{' '.join(words)}` after {after:.2f} s{', worker only' if worker_only else ''}"
        async with a_process_that_says(house, scene.toml, "--yes", *words) as process:
            # Random moments are the point here, so this one does not wait for a condition.
            await asyncio.sleep(after)
            if worker_only:
                if (worker := await running_worker(house)) is not None:
                    await _kill(house, worker)
                await process.wait()
            elif process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
                await process.wait()
        said = await house.say("recover", RECOVERY)
        assert said.ok, f"{told}: {said.text}"
        await well_again(scene, told)


async def _kill(house: House, worker: str) -> None:
    try:
        await house.world.docker.signal(worker, "KILL")
    except (Conflict, NotFound):
        return  # it ended a moment before


async def test_killed_at_random_moments(place: Place, tmp_path: Path) -> None:
    async with a_scene(place, tmp_path) as scene:
        await random_kills(scene, 3, SEED)


@pytest.mark.torture
async def test_a_hundred_kills_at_random_moments(place: Place, tmp_path: Path) -> None:
    async with a_scene(place, tmp_path) as scene:
        await random_kills(scene, 100, SEED + 1)
