"""The live way: into the open database, through SQLite's backup API. Readers stay connected and keep their snapshot until
their next transaction; there is no new file, so nobody is left on an old one.

All pages are written in one transaction of the destination: killed on the way, the database is what it was.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from ops.database.compare import choose_way
from ops.database.copy import BUSY_SECONDS, PAGES_A_STEP, Deadline
from ops.database.facts import opened, read_facts
from ops.database.model import Facts, Way
from ops.database.progress import Progress
from ops.database.trouble import Trouble, failure
from ops.errors import Failed

_LOOK_SECONDS = 0.1  # between two tries for the write lock: the deadline is looked at as often
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def into(copy: Path, expected: Facts, database: Path, deadline: Deadline, progress: Progress) -> None:
    """Write a proven copy into the live database.

    Raises:
        Failed: this way does not fit the two, the volume has no room for the WAL, or the write lock was not had in time. The
            database is as it was.
    """
    _room(database, expected)
    try:
        with opened(copy, 0, immutable=True) as source, opened(database, BUSY_SECONDS) as live:
            _refuse_unfit(expected, live)
            live.execute(f"PRAGMA busy_timeout = {int(_LOOK_SECONDS * 1000)}")
            _write(source, live, database, deadline, progress)
            _shrink_wal(live, progress)
    except sqlite3.Error as error:
        raise failure(database, "restored", error) from error


def _refuse_unfit(expected: Facts, live: sqlite3.Connection) -> None:
    """The way was chosen when a person was asked; since then a migration may have run."""
    live.execute("BEGIN")
    way, reason = choose_way(expected, read_facts(live), None)
    live.execute("COMMIT")
    if way is not Way.LIVE:
        raise Failed(
            f"The copy cannot be written into the open database: {reason}. Nothing was changed.",
            "Start the restore again: it will stop the application and exchange the file.",
        )


def _write(
    source: sqlite3.Connection, live: sqlite3.Connection, database: Path, deadline: Deadline, progress: Progress
) -> None:
    """CPython retries a busy destination for ever (measured), so this callback is what ends it. Raising rolls back."""

    def step(status: int, remaining: int, total: int) -> None:
        if status == sqlite3.SQLITE_DONE:
            return  # committed: it is too late to be late
        try:
            deadline.check()
        except Failed as late:
            if status not in _BUSY:
                raise Failed(f"{late.what} {database.name} is as it was.", late.next_step) from late
            raise Failed(
                f"Somebody kept {database.name} locked for all of {deadline.seconds:g} s. It is as it was.",
                Trouble.LOCKED.value,
            ) from late
        if status == sqlite3.SQLITE_OK and total:
            progress("writing into the database", 10 + 60 * (total - remaining) / total)

    progress("waiting for the write lock", 10)
    source.backup(live, pages=PAGES_A_STEP, progress=step, sleep=_LOOK_SECONDS)


def _shrink_wal(live: sqlite3.Connection, progress: Progress) -> None:
    """The WAL has grown by the whole database (measured). A reader that still has its old snapshot keeps it from being
    emptied; then the application's own checkpoints do it later, so this is no failure, and writers need not wait for it."""
    try:
        busy, _, _ = live.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:  # the data is committed: what cannot be read of it, the check afterwards finds
        progress(f"the WAL could not be emptied: {error}", 75)
        return
    if busy:
        progress("a reader still holds its old snapshot, so the WAL stays large until it ends", 75)


def _room(database: Path, expected: Facts) -> None:
    needed, free = expected.page_size * expected.page_count, shutil.disk_usage(database.parent).free
    if free < needed:
        raise Failed(
            f"The volume has {free:,} bytes free, and the restore's WAL takes {needed:,}. Nothing was changed.",
            Trouble.FULL.value,
        )
