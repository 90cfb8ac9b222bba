"""`myfinance status` as a whole process: what a person in a hurry waits for."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figure import Figure, median
from bench.program import PROGRAM, running

RUNS = 7
BAR_SECONDS = 1.0


async def status_process(toml: Path) -> list[Figure]:
    """From the start of the process to its end."""
    taken = []
    for _ in range(RUNS):
        started = time.monotonic()
        async with running(*PROGRAM, "--config", toml, "status") as process:
            assert await process.wait() == 0
        taken.append(time.monotonic() - started)
    middle = median(taken)
    told = f"{middle:.2f} s (longest {max(taken):.2f} s)"
    parts = {"median_s": middle, "longest_s": max(taken)}
    return [Figure("`myfinance status`, whole process", told, f"< {BAR_SECONDS:g} s", middle < BAR_SECONDS, parts)]
