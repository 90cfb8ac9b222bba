"""VACUUM: the database file built anew without its free pages. Writers wait meanwhile, so it says first for how long."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ops.database.copy import BUSY_SECONDS
from ops.database.facts import difference, integrity_problem, opened, read_facts
from ops.database.model import Facts, Vacuumed, VacuumRequest
from ops.database.mounts import refuse_shared_wal
from ops.database.places import Places
from ops.database.progress import Progress
from ops.database.trouble import Trouble, failure
from ops.errors import Failed

_STALL_SECONDS_A_BYTE = 1.04 / 200e6  # measured: 1.04 s for 200 MB, WAL mode, two cores, a warm cache
_CHECKPOINT_MS = 100
_INSTRUCTIONS_A_LOOK = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond


def run(request: VacuumRequest, places: Places, progress: Progress) -> Vacuumed:
    """Say what a VACUUM needs and wins, and do it unless it is a dry run. Killed at any moment, the database is whole: SQLite
    writes it back in one transaction.

    Raises:
        Failed: the volume has no room, the database is damaged or stays locked, or the time is up (it is then as it was).
    """
    end = time.monotonic() + request.deadline_seconds
    database = places.database
    try:
        with opened(database, min(BUSY_SECONDS, request.deadline_seconds)) as connection:
            before, free_pages, version = _look(connection)
            told = _figures(before, free_pages, places)
            if request.dry_run:
                return told
            refuse_shared_wal(database, before.journal_mode)
            _refuse_full(told)
            _refuse_damaged(database, connection, "before the VACUUM, which is not begun")
            progress("building the database anew; writers wait", 10)
            stall = _vacuum(connection, database, end)
            progress("checking the database", 80)
            after = _prove(connection, database, before, version)
    except sqlite3.Error as error:
        raise failure(database, "vacuumed", error) from error
    return replace(told, bytes_after=after.page_size * after.page_count, stall_seconds=round(stall, 3), done=True)


def _look(connection: sqlite3.Connection) -> tuple[Facts, int, int]:
    """The facts, the free pages, and SQLite's number of the state others have left (it moves only when they commit)."""
    connection.execute("BEGIN")
    facts = read_facts(connection)
    free_pages, version = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("freelist_count", "data_version")
    )
    connection.execute("COMMIT")
    return facts, free_pages, version


def _figures(facts: Facts, free_pages: int, places: Places) -> Vacuumed:
    """As before the deed; `bytes_after` is then what the free pages alone would win (half-filled pages give more)."""
    size, reclaimable = facts.page_size * facts.page_count, facts.page_size * free_pages
    return Vacuumed(
        bytes_before=size,
        bytes_after=size - reclaimable,
        reclaimable=reclaimable,
        needed_bytes=2
        * size,  # the new file, and the journal or WAL through which it is written back (lang_vacuum.html)
        free_bytes=shutil.disk_usage(places.database.parent).free,
        stall_seconds=round(size * _STALL_SECONDS_A_BYTE, 3),
        done=False,
    )


def _refuse_full(told: Vacuumed) -> None:
    if told.free_bytes < told.needed_bytes:
        raise Failed(
            f"A VACUUM may take {told.needed_bytes:,} bytes on the volume, and {told.free_bytes:,} are free. "
            "Nothing was changed.",
            Trouble.FULL.value,
        )


def _refuse_damaged(database: Path, connection: sqlite3.Connection, when: str) -> None:
    problem = integrity_problem(connection)
    if problem is not None:
        raise Failed(f"{database.name} is damaged, found {when}: {problem}.", "Restore a backup: `backups` lists them.")


def _vacuum(connection: sqlite3.Connection, database: Path, end: float) -> float:
    """VACUUM, given up at `end`; how long writers waited. SQLite's own waiting for a lock is bounded by the same time."""
    connection.execute(f"PRAGMA busy_timeout = {max(1, int((end - time.monotonic()) * 1000))}")
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _INSTRUCTIONS_A_LOOK)
    started = time.monotonic()
    try:
        with _temporary_files_in(database.parent):
            connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise Failed(
            f"The VACUUM of {database.name} was given up at its deadline. The database is as it was.",
            "Try again when less is going on, or allow more time.",
        ) from error
    finally:
        connection.set_progress_handler(None, 0)
    return time.monotonic() - started


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """SQLite builds the new file where SQLITE_TMPDIR says (tempfiles.html, 5): on the volume, whose room was looked at, and not
    in a container's small /tmp. The file has no name, so one that was killed leaves nothing."""
    before = os.environ.get("SQLITE_TMPDIR")
    os.environ["SQLITE_TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SQLITE_TMPDIR"]
        else:
            os.environ["SQLITE_TMPDIR"] = before


def _prove(connection: sqlite3.Connection, database: Path, before: Facts, version: int) -> Facts:
    """The same content in fewer pages. When others have committed meanwhile (they waited, and went on), their rows are theirs:
    then the counts are not compared, and the rest is."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_MS}")
        connection.execute(
            "PRAGMA wal_checkpoint(TRUNCATE)"
        )  # a reader may keep the WAL; later checkpoints then empty it
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        after, _, version_now = _look(connection)
    except sqlite3.Error as error:
        raise failure(database, "read after the VACUUM", error, "The VACUUM itself was done.") from error
    expected = replace(before, page_count=after.page_count)
    if version_now != version:
        expected = replace(expected, tables=after.tables, foreign_key_violations=after.foreign_key_violations)
    problem = difference(expected, after)
    if problem is None and after.journal_mode != before.journal_mode:
        problem = f"its journal mode is {after.journal_mode} instead of {before.journal_mode}"
    if problem is not None:
        raise Failed(
            f"After the VACUUM {database.name} is not what it was: {problem}.",
            "Stop the application and restore the newest backup.",
        )
    _refuse_damaged(database, connection, "after the VACUUM")
    return after
