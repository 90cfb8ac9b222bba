"""The program as a process, and what the kernel says about it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PROGRAM = (
    sys.executable,
    "-c",
    "import sys; from bot.cli import main; sys.exit(main())",
)  # what the console script does


@asynccontextmanager
async def running(*command: str | Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process while the block runs; ended politely after it."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env={**os.environ, **environment}, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def resident_mb(pid: int) -> float:
    """Memory of a process that is in RAM now, in MB (10⁶ bytes; Linux)."""
    line = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6
