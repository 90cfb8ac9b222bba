"""A verified backup against `cp` + fsync of the same file in the same run, what it costs a writer, and what the usual ways are worth.

All on files, by the very command that runs in the worker's container; the container's own start is not in it.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.figure import Figure, median
from bench.writer import Writing, writing
from ops.database.model import BackupRequest, Why

SIZES_MB = (200, 1000)
ROUNDS = 3
RATIO, STALL = 6.0, 1.5
PAUSE_SECONDS = 0.002  # between two commits of the application whose stall is measured
PATIENCE_SECONDS = 20.0  # how long a way that never ends is waited for
COPIES = 5
ROOT = Path(__file__).resolve().parents[1]

# Rows and an index as an application has them: integrity_check has something to check.
_FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO Transactions (AccountId, Amount, Text) SELECT i % 997, i % 100000, hex(randomblob(450)) FROM n
"""
_ROW_BYTES = 945
# What `docker cp` does to the file, without Docker; and that the bytes are on the disk.
_CP = 'cp -- "$1" "$2" && sync -- "$2"'
# The backup API in small steps without a pinned snapshot, as the command line of SQLite does it.
_STEPS = """
import sqlite3, sys
source, copy = (sqlite3.connect(f"file:{path}?mode={mode}", uri=True) for path, mode in zip(sys.argv[1:], ("rw", "rwc")))
source.backup(copy, pages=100)
"""


@dataclass(frozen=True)
class _Taken:
    """One copy: how long it took, and the slowest commit of the writer meanwhile (0 without a writer)."""

    seconds: float
    stall: float


class _Bench:
    """A database of one size, and a place for copies of it."""

    def __init__(self, folder: Path) -> None:
        self.database, self._copy = folder / "myfinance.db", folder / "copy.db"
        self._backups, self._log = folder / "backups", folder / "written.log"

    def fill(self, mb: int) -> None:
        """Make the database that large (10⁶ bytes), in WAL mode."""
        connection = sqlite3.connect(self.database)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE Written (Number INTEGER PRIMARY KEY, Text TEXT NOT NULL)")
        connection.execute("CREATE TABLE Transactions (Id INTEGER PRIMARY KEY, AccountId INT, Amount INT, Text TEXT)")
        connection.execute(_FILL, (mb * 1_000_000 // _ROW_BYTES,))
        connection.execute("CREATE INDEX TransactionsByAccount ON Transactions (AccountId)")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    @asynccontextmanager
    async def application(self, pause: float) -> AsyncIterator[Writing]:
        """A writer beside the block."""
        self._log.unlink(missing_ok=True)
        async with writing(self.database, self._log, pause=pause) as writer:
            yield writer

    async def taken(self, way: Callable[[], Awaitable[None]], writer: Writing | None = None) -> _Taken:
        """Copy one way; nothing of it stays."""
        self.clear()
        since, begun = time.time(), time.perf_counter()
        await way()
        seconds = time.perf_counter() - begun
        if writer is None:
            return _Taken(seconds, 0.0)
        until = time.time()
        await asyncio.sleep(2 * seconds + 0.2)  # the commit that waits at the end is told of when it is done
        return _Taken(seconds, writer.longest(since, until))

    async def cp(self) -> None:
        """The bytes of the main file, and an fsync."""
        await _ended("sh", "-c", _CP, "cp", self.database, self._copy)

    async def verified(self) -> None:
        """Our backup, as the worker runs it: copy, checks, hash, manifest, fsync."""
        request = json.dumps(asdict(BackupRequest("bench", Why.MANUAL, "bench")))
        self._backups.mkdir(exist_ok=True)
        places = ("--database", self.database, "--backups", self._backups)
        await _ended(sys.executable, "-m", "ops.database", *places, "backup", request)

    async def stepwise(self) -> None:
        """`sqlite3 DATABASE ".backup COPY"`; where there is no such program, the same steps by the same library."""
        program = shutil.which("sqlite3")
        command = (program, self.database, f".backup {self._copy}") if program else _steps(self.database, self._copy)
        await _ended(*command)

    def lost(self, acknowledged: int) -> str | None:
        """What is wrong with the copy; None when it is whole and has every commit acknowledged before it was begun."""
        connection = sqlite3.connect(f"{self._copy.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            found = connection.execute("SELECT coalesce(max(Number), 0) FROM Written").fetchone()[0]
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return f"unreadable ({error})"
        finally:
            connection.close()
        if verdict != "ok":
            return "torn"
        return f"{acknowledged - found} acknowledged commits are not in it" if found < acknowledged else None

    def kept(self) -> Path:
        """The backup that `verified` has just made."""
        (found,) = self._backups.glob("*.db")
        return found

    def take_over(self, path: Path) -> None:
        """Look at that file as the copy."""
        path.replace(self._copy)

    def clear(self) -> None:
        """Remove every copy."""
        for path in [self._copy, *self._copy.parent.glob("copy.db-*")]:
            path.unlink(missing_ok=True)
        shutil.rmtree(self._backups, ignore_errors=True)


async def backup() -> list[Figure]:
    """Everything, in a folder on this disk that is removed at the end."""
    (ROOT / "build").mkdir(exist_ok=True)
    figures: list[Figure] = []
    for mb in SIZES_MB:
        with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-backup-") as folder:
            bench = _Bench(Path(folder))
            await asyncio.to_thread(bench.fill, mb)
            figures += await _against_cp(bench, mb)
            if mb == SIZES_MB[0]:
                figures += [await _never_ends(bench), await _plain_copies(bench)]
    return figures


async def _against_cp(bench: _Bench, mb: int) -> list[Figure]:
    await bench.taken(bench.cp)  # warms the page cache for both
    quiet = [(await bench.taken(bench.cp), await bench.taken(bench.verified)) for _ in range(ROUNDS)]
    async with bench.application(PAUSE_SECONDS) as writer:
        busy = [(await bench.taken(bench.cp, writer), await bench.taken(bench.verified, writer)) for _ in range(ROUNDS)]
    bench.clear()
    cp, ours = (median([pair[which].seconds for pair in quiet]) for which in (0, 1))
    cp_stall, our_stall = (median([pair[which].stall for pair in busy]) for which in (0, 1))
    ratio, stall = ours / cp, our_stall / cp_stall
    required = mb == SIZES_MB[-1]
    return [
        Figure(
            f"a verified backup of {mb} MB against cp + fsync",
            f"{ratio:.1f} × ({ours:.2f} s; cp {cp:.2f} s)",
            f"≤ {RATIO:g} ×" if required else "shown",
            not required or ratio <= RATIO,
            {"ratio": ratio, "backup_s": ours, "cp_s": cp},
        ),
        Figure(
            f"longest stall of a writer meanwhile, {mb} MB",
            f"{stall:.2f} × what cp causes ({our_stall * 1000:.0f} ms; cp {cp_stall * 1000:.0f} ms)",
            f"≤ {STALL:g} ×" if required else "shown",
            not required or stall <= STALL,
            {"ratio": stall, "backup_stall_s": our_stall, "cp_stall_s": cp_stall},
        ),
    ]


async def _never_ends(bench: _Bench) -> Figure:
    """Any commit of another connection makes the usual way begin again."""
    async with bench.application(0.0):
        ours = (await bench.taken(bench.verified)).seconds
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                seconds = (await bench.taken(bench.stepwise)).seconds
        except TimeoutError:
            seconds = PATIENCE_SECONDS
    ended = seconds < PATIENCE_SECONDS
    theirs = f"ended after {seconds:.1f} s" if ended else f"had not ended after {PATIENCE_SECONDS:g} s"
    return Figure(
        "`sqlite3 .backup` beside a busy writer",
        f"{theirs}; ours took {ours:.2f} s",
        "ours ends",
        ours < PATIENCE_SECONDS,
        {"ours_s": ours, "sqlite3_s": seconds},
    )


async def _plain_copies(bench: _Bench) -> Figure:
    """What a `docker cp` of the live file is worth: what was acknowledged before it began must be in it."""
    found: dict[str, list[str | None]] = {"cp": [], "ours": []}
    async with bench.application(0.0) as writer:
        for _ in range(COPIES):
            acknowledged = writer.commits()[-1].number
            await bench.taken(bench.cp)
            found["cp"].append(bench.lost(acknowledged))
            acknowledged = writer.commits()[-1].number
            await bench.taken(bench.verified)
            bench.take_over(bench.kept())
            found["ours"].append(bench.lost(acknowledged))
    bad, our_bad = ([one for one in found[way] if one] for way in ("cp", "ours"))
    return Figure(
        "a plain copy of the live file, as the old scripts made it",
        f"{len(bad)} of {COPIES} bad ({_first(bad)}); ours {len(our_bad)} of {COPIES}",
        "ours 0",
        not our_bad,
        {"bad": len(bad), "ours_bad": len(our_bad), "of": COPIES},
    )


def _first(problems: Sequence[str | None]) -> str:
    return problems[0] or "" if problems else "none this time"


def _steps(*paths: Path) -> tuple[str | Path, ...]:
    return (sys.executable, "-c", _STEPS, *paths)


async def _ended(*command: str | Path) -> None:
    """Run a command to its end; when nobody waits any more, it is killed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode(errors="replace")
