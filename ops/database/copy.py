"""A copy of a database while others write to it: taken by SQLite itself, of one pinned moment, and compared with that moment."""

from __future__ import annotations

import random
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.database.facts import difference, integrity_problem, opened, read_facts
from ops.database.model import Facts
from ops.database.progress import Progress
from ops.database.trouble import Trouble, failure, trouble
from ops.errors import Failed

PAGES_A_STEP = 2000  # 8 MB of 4 KB pages: a progress line and a look at the deadline about every 20 ms
BUSY_SECONDS = 5.0
_PATIENCE_SECONDS = 2.0  # after so long, a lock is told and looked at less often
_OFTEN, _SELDOM = 0.002, 0.05  # seconds between two looks, at the most
_MAGIC = b"SQLite format 3\0"
_VERSIONS_AT, _ROLLBACK_JOURNAL = 18, b"\x01\x01"  # file format write and read version (fileformat.html, 1.3.3)
_MEND = "Look at what holds the database (a migration, a long transaction), then try again."


class Deadline:
    """So long and no longer: SQLite and CPython retry a busy database for ever, so the callback must raise (measured)."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self._end

    def check(self) -> None:
        """Raise when the time is up.

        Raises:
            Failed: it is.
        """
        if self.over():
            raise Failed(f"It was not done within {self.seconds:g} s, the longest that is allowed.", _MEND)


@dataclass(frozen=True)
class Snapshot:
    """What a database held at one moment (UTC)."""

    facts: Facts
    taken_at: datetime


def copy_snapshot(source: Path, destination: Path, deadline: Deadline, progress: Progress) -> Snapshot:
    """Copy one moment of `source` to the new file `destination`; that the copy is that moment is for `prove` to show.

    The read transaction that pins the moment also keeps the copy from starting over at each commit of others: without it a
    copy beside a busy writer never ended (measured). In WAL mode nobody waits for it; in DELETE mode writers do.
    The destination keeps no journal: a copy that was killed is then not even a database, where with one it opened as an
    empty database that passes integrity_check (measured). It is left unsynced; the caller names and syncs it.

    Raises:
        Failed: the source cannot be read, the time is up, or the disk is full.
    """
    try:
        with opened(source, 0) as live:
            pin(live, deadline, progress)
            taken_at = datetime.now(UTC)
            facts = read_facts(live)
            if facts.journal_mode != "wal":
                progress("writers wait while it is copied: the database is not in WAL mode", 0)
            _copy(live, destination, deadline, progress)
            live.execute("COMMIT")
    except sqlite3.Error as error:
        raise failure(source, "copied", error, "Nothing was kept.") from error
    deadline.check()
    return Snapshot(facts, taken_at)


def prove(copy: Path, snapshot: Snapshot) -> None:
    """Show that a copy nobody has open is sound and holds what was read.

    Raises:
        Failed: it does not.
    """
    problem = copy_problem(copy, snapshot.facts)
    if problem is not None:
        raise Failed(
            f"The copy is not what was read from the database: {problem}.",
            "Nothing was kept. Check the database (`backup verify latest` tells of the last good one) and its disk.",
        )


def pin(connection: sqlite3.Connection, deadline: Deadline, progress: Progress) -> None:
    """Begin a transaction that reads, whatever others do. SQLite's locks are not fair: beside a writer without pause in DELETE
    mode its own busy handler, which soon looks only ten times a second, did not get in within 5 s (measured). So the lock is
    tried for often, and at odd moments.

    Raises:
        sqlite3.Error: it cannot be read, or stays locked until the deadline.
    """
    since, told = time.monotonic(), False
    while True:
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # only the first read takes the lock
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if trouble(error) is not Trouble.LOCKED or deadline.over():
                raise
        else:
            return
        if not told and time.monotonic() - since > _PATIENCE_SECONDS:
            progress("waiting: somebody keeps the database locked")
            told = True
        time.sleep(random.uniform(0, _SELDOM if told else _OFTEN))  # noqa: S311 - no secret


def copy_problem(copy: Path, expected: Facts) -> str | None:
    """Why a copy that nobody has open is not what it should be; None when it is."""
    try:
        with opened(copy, 0, immutable=True) as connection:
            found = integrity_problem(connection)
            return found or difference(expected, read_facts(connection))
    except sqlite3.Error as error:
        return str(error)


def _copy(live: sqlite3.Connection, destination: Path, deadline: Deadline, progress: Progress) -> None:
    def step(_status: int, remaining: int, total: int) -> None:
        deadline.check()
        progress("copying", 65 * (total - remaining) / total if total else None)

    target = sqlite3.connect(destination, isolation_level=None)
    try:
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")  # synced once, whole, before it gets its name
        live.backup(target, pages=PAGES_A_STEP, progress=step)
    finally:
        target.close()
    _say_delete_mode(destination)


def _say_delete_mode(copy: Path) -> None:
    """A copy of a WAL database says WAL in its header: whoever opens it would make a -wal and -shm beside it. Written as two
    bytes and not by `PRAGMA journal_mode`, which would make those two files itself, for a kill to leave behind."""
    with copy.open("r+b") as file:
        if file.read(len(_MAGIC)) == _MAGIC:
            file.seek(_VERSIONS_AT)
            file.write(_ROLLBACK_JOURNAL)
