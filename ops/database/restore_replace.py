"""The replace way: the application is stopped, and one rename puts the copy in the database's place.

Why a crash at any moment leaves the whole old or the whole new database: before the rename the old main file is complete by
itself (its WAL is written back, its journal rolled back, both are gone), after it the new one is, and rename(2) has no moment
between. The old file's journal mode is not changed on the way, so nothing needs mending after a crash.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.database import aside
from ops.database.alone import handle_on, others_have_it_open
from ops.database.copy import Deadline
from ops.database.facts import integrity_problem
from ops.database.places import sync
from ops.database.progress import Progress
from ops.database.staged import SIDES, run_of
from ops.database.trouble import Trouble, failure, trouble
from ops.errors import Failed

# For short visitors, such as a worker that reads the figures; the application was stopped before.
PATIENCE_SECONDS = 10.0


def exchange(
    copy: Path, database: Path, deadline: Deadline, progress: Progress, *, keep_old: bool = False
) -> str | None:
    """Put a proven copy in the place of the database, with its owner and mode. Durable on return. The answer is the name
    under which a damaged old database was set aside; a whole one is gone (its safety backup is there), but with `keep_old`.

    Raises:
        Failed: somebody has the database open, or it cannot be taken over; it is then as it was. Or somebody still has the
            old file open afterwards; the message says so.
    """
    if database.is_symlink():
        raise Failed(
            f"{database.name} is a link, and an exchange would replace the link. Nothing was changed.",
            "Give the file itself as database.file.",
        )
    patience = min(PATIENCE_SECONDS, deadline.seconds)
    try:
        if not database.exists():
            return _rename(copy, database, gone=False, progress=progress)
        with handle_on(database) as old:
            _refuse_company(database, old, patience)
            _dress(copy, os.fstat(old))
            with _taken(database, patience) as whole:
                deadline.check()
                kept = _rename(copy, database, whole and not keep_old, progress)
            _refuse_remaining(database, old, patience)
            return kept
    except OSError as error:
        raise Failed(
            f"{database.name} could not be exchanged: {error.strerror}. It is as it was, or it is the new one: both are whole.",
            Trouble.FORBIDDEN.value,
        ) from error


def _refuse_company(database: Path, old: int, patience: float) -> None:
    if others_have_it_open(old, patience):
        raise Failed(
            f"Some process still has {database.name} open, so it is not exchanged: what that process writes would be lost. "
            "Nothing was changed.",
            "Stop what uses it (both colours, tools on the host, other containers with the volume), then try again.",
        )


def _refuse_remaining(database: Path, old: int, patience: float) -> None:
    """The proof after the deed: no connection is left on the old file."""
    if others_have_it_open(old, patience):
        raise Failed(
            f"{database.name} is exchanged and whole, and some process opened the old file in that moment: what it writes is "
            "lost.",
            "End that process (a tool on the host, another container with the volume), then start the application.",
        )


def _dress(copy: Path, old: os.stat_result) -> None:
    """Owner and mode as before: a database of another owner gives the application “attempt to write a readonly database”."""
    made = copy.stat()
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        os.chown(copy, old.st_uid, old.st_gid)
    os.chmod(copy, stat.S_IMODE(old.st_mode))
    sync(copy)


@contextmanager
def _taken(database: Path, patience: float) -> Iterator[bool]:
    """Hold the database exclusively; yields whether it is whole, and then its main file is complete by itself.

    The connection stays open over the rename, so that nobody can begin to use the old file. Closing it afterwards harms
    nothing: SQLite sees that the file was moved away and touches neither journal nor WAL of the new one (its
    databaseIsUnmoved; a test holds it).
    """
    uri = f"{database.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    try:
        yield _made_whole(connection, database)
    finally:
        connection.close()


def _made_whole(connection: sqlite3.Connection, database: Path) -> bool:
    try:
        # In this mode SQLite keeps the lock after a transaction, and does without the -shm that a killed process has left.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")  # rolls a hot journal back, reads a hot WAL
        problem = integrity_problem(connection)
        connection.execute("COMMIT")
        if problem is not None:
            return False
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        if trouble(error) is Trouble.DAMAGED:
            return False
        raise failure(database, "taken over", error) from error
    if busy:
        raise Failed(
            f"The WAL of {database.name} could not be written back. Nothing was changed.", Trouble.LOCKED.value
        )
    return True


def _rename(copy: Path, database: Path, gone: bool, progress: Progress) -> str | None:
    kept = None if gone else aside.set_aside(database, run_of(copy.name) or "")
    if kept is not None:
        progress(f"the old database has no safety backup; it is kept as {kept}", 60)
    for side in SIDES:  # a stale one would be replayed into the new database (measured: 0 of 8 intact)
        database.with_name(database.name + side).unlink(missing_ok=True)
    sync(database.parent)  # a power cut must not keep the rename and forget the removal
    copy.rename(database)
    sync(database.parent)
    return kept
