"""What a deploy costs beyond what the application needs to start, with a database of 100 MB and production's health rules."""

from __future__ import annotations

import time

from bench.figure import Figure, median
from ops.aio import until
from ops.events import StepDone
from ops.model import Colour
from tests.house import House

DATABASE_MB = 100
BAR_SECONDS = 3.0
STARTS = 3

_FILL = """
import sqlite3
with sqlite3.connect("/data/myfinance.db", timeout=30) as database:
    database.execute("CREATE TABLE IF NOT EXISTS Padding (Page BLOB)")
    database.executemany("INSERT INTO Padding SELECT randomblob(?)", [(1_000_000,)] * MB)
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""


async def deploy_overhead(house: House) -> list[Figure]:
    """A whole deploy, less the application's own start, soak and drain, which are shown apart."""
    await _fill(house)
    own = median([await _own_start(house) for _ in range(STARTS)])
    version = "v1.1.0" if await house.release() == "v1.2.0" else "v1.2.0"
    started = time.monotonic()
    said = await house.say(f"deploy {version}")
    whole = time.monotonic() - started
    assert said.ok, said.text
    steps = {event.step: event.seconds for event in said.events if isinstance(event, StepDone)}
    overhead = whole - own - steps["soak"] - steps["drain"]
    shown = ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())
    parts = {"overhead_s": overhead, "own_start_s": own, "whole_s": whole, **{f"{k}_s": v for k, v in steps.items()}}
    told = f"{overhead:.2f} s (whole {whole:.2f}, own start {own:.2f}; {shown})"
    name = f"deploy overhead, {DATABASE_MB} MB database"
    return [Figure(name, told, f"< {BAR_SECONDS:g} s", overhead < BAR_SECONDS, parts)]


async def _fill(house: House) -> None:
    """Make the shared database 100 MB large, by a process in the live colour's container."""
    live = (await house.world.live()).colour
    assert live is not None
    script = _FILL.replace("MB", str(DATABASE_MB))
    code, output = await house.world.docker.execute(house.config.container(live), ["python3", "-c", script])
    assert code == 0, output


async def _own_start(house: House) -> float:
    """Seconds from asking the engine to start the stopped standby until its health path answers well for the first time."""
    idle = (await house.world.live()).idle
    await house.world.stacks.stop(idle)
    started = time.monotonic()
    await house.world.stacks.start(idle)
    assert await until(lambda: _good(house, idle), seconds=30, every=0.01)
    return time.monotonic() - started


async def _good(house: House, colour: Colour) -> bool | None:
    answer = await house.world.stacks.health(await house.world.stacks.state(colour))
    return True if answer.good else None
