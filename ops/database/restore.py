"""Putting a staged copy in the database's place, and proving that it is there."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from ops.database import restore_live, restore_replace
from ops.database.copy import BUSY_SECONDS, Deadline
from ops.database.facts import difference, integrity_problem, opened, read_facts
from ops.database.model import Facts, Restored, RestoreRequest, Way
from ops.database.places import Places, sync
from ops.database.progress import Progress
from ops.database.staged import found_copy, proven, remove
from ops.database.trouble import failure
from ops.errors import Failed

_UNDO = "Put the safety backup back; nothing else may write to the database until then."


def run(request: RestoreRequest, places: Places, progress: Progress) -> Restored:
    """Restore. A crash at any moment leaves the whole old database or the whole new one.

    Raises:
        Failed: the copy is not as it was made, the database cannot be had, the time is up (the database is then as it was),
            or what stands there afterwards is not what was staged (the message says so).
    """
    started, deadline = time.monotonic(), Deadline(request.deadline_seconds)
    try:
        copy = found_copy(places, request.file)
        progress("checking the staged copy", 0)
        expected = proven(copy)
    except OSError as error:
        raise Failed(
            f"The staged copy {request.file} cannot be read: {error.strerror}. Nothing was changed.",
            "Check the rights on the volume, then start the restore again.",
        ) from error
    set_aside = None
    if request.way is Way.LIVE:
        restore_live.into(copy, expected, places.database, deadline, progress)
    else:
        set_aside = restore_replace.exchange(copy, places.database, deadline, progress, keep_old=request.keep_old)
    progress("checking the restored database", 80)
    facts = _prove(places.database, expected)
    with suppress(OSError):  # the database is restored and proved; the sweep removes what stays
        remove(copy)
        sync(copy.parent)
    return Restored(facts, round(time.monotonic() - started, 3), set_aside)


def _prove(database: Path, expected: Facts) -> Facts:
    """Nothing ends before this: facts compared again, SQLite's full check, the journal mode as it is wanted."""
    try:
        with opened(database, BUSY_SECONDS) as connection:
            connection.execute("BEGIN")
            found = read_facts(connection)
            problem = difference(expected, found) or integrity_problem(connection)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise failure(database, "read after the restore", error, _UNDO) from error
    if problem is None and found.journal_mode != expected.journal_mode:
        problem = f"its journal mode is {found.journal_mode} instead of {expected.journal_mode}"
    if problem is not None:
        raise Failed(
            f"What stands in the place of {database.name} after the restore is not what was staged: {problem}.", _UNDO
        )
    return found
