"""An application that writes: one process, one commit after the other, and a log of what was acknowledged and how long it took.

`python -m bench.writer DATABASE LOG [--pause SECONDS]` until its standard input is closed. Each line of the log is `number
started seconds` (`started` since the epoch), written after the commit was acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.aio import until

_BUSY_SECONDS = 30.0  # as .NET's provider waits


@dataclass(frozen=True)
class Commit:
    """One acknowledged commit."""

    number: int
    started: float
    seconds: float


class Writing:
    """A writer that runs. `log` grows as it commits."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def commits(self) -> list[Commit]:
        """Everything acknowledged so far."""
        lines = self._log.read_text().splitlines(keepends=True) if self._log.exists() else []
        whole = (line.split() for line in lines if line.endswith("\n"))
        return [Commit(int(number), float(started), float(seconds)) for number, started, seconds in whole]

    async def has_begun(self) -> bool | None:
        """True once it commits."""
        return bool(self.commits()) or None

    def longest(self, since: float, until: float) -> float:
        """Seconds of the slowest commit that was under way in that time."""
        return max(one.seconds for one in self.commits() if one.started + one.seconds > since and one.started < until)


@asynccontextmanager
async def writing(database: Path, log: Path, *, pause: float = 0.0) -> AsyncIterator[Writing]:
    """A writer beside the block; `pause` seconds between its commits. `log` is a file that is not there yet."""
    command = [sys.executable, "-m", "bench.writer", str(database), str(log), "--pause", str(pause)]
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    made = Writing(log)
    try:
        assert await until(made.has_begun, seconds=30, every=0.05)
        yield made
    finally:
        process.stdin.close()
        await process.wait()


def main() -> int:
    """Write until nobody listens."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--pause", type=float, default=0.0)
    options = parser.parse_args()
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    connection = sqlite3.connect(options.database, timeout=_BUSY_SECONDS, isolation_level=None)
    number = connection.execute("SELECT coalesce(max(Number), 0) FROM Written").fetchone()[0]
    with options.log.open("w", buffering=1) as log:
        while not ended.is_set():
            number += 1
            started, begun = time.time(), time.perf_counter()
            connection.execute("INSERT INTO Written (Number, Text) VALUES (?, ?)", (number, f"payment {number}"))
            log.write(f"{number} {started} {time.perf_counter() - begun}\n")
            if options.pause:
                time.sleep(options.pause)
    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
