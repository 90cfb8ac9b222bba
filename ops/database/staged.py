"""The private copy of a restore: a file beside the database, named for its run. Its name, what is proved of it, its removal.

Beside the database and not in a temporary folder, because only a rename inside one file system is atomic.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Iterable
from pathlib import Path

from ops.database import aside
from ops.database.facts import integrity_problem, journal_mode_of, opened, read_facts
from ops.database.model import Facts
from ops.database.places import PARTIAL, STAGED, Places, sync
from ops.database.trouble import failure
from ops.errors import Failed

SIDES = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database (sqlite.org/tempfiles.html)
_RUN = r"[A-Za-z0-9][A-Za-z0-9-]{0,63}"
_FILE = re.compile(f"{re.escape(STAGED)}({_RUN})\\.db")
_LEFT_OVER = re.compile(f"{_FILE.pattern}({re.escape(PARTIAL)})?({'|'.join(SIDES)})?")


def staged_file(places: Places, run_id: str) -> Path:
    """Where the private copy of a run is made.

    Raises:
        Failed: that cannot be the id of a run.
    """
    if not re.fullmatch(_RUN, run_id):
        raise Failed(f"“{run_id[:60]}” is not the id of a run.", "Start the restore again.")
    return places.database.with_name(f"{STAGED}{run_id}.db")


def run_of(file: str) -> str | None:
    """The run whose private copy a file is; None when it is none."""
    found = _FILE.fullmatch(file)
    return found[1] if found else None


def found_copy(places: Places, file: str) -> Path:
    """The private copy that a request names: a plain file beside the database, with no journal of its own.

    Raises:
        Failed: it is something else.
    """
    if run_of(file) is None:
        raise Failed(f"“{file[:60]}” is not a staged copy. Nothing was changed.", "Start the restore again.")
    path = places.database.with_name(file)
    try:
        plain = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        plain = False
    if not plain or any(path.with_name(file + side).exists() for side in SIDES):
        raise Failed(
            f"The staged copy {file} is not there as it was made. Nothing was changed.", "Start the restore again."
        )
    return path


def proven(copy: Path) -> Facts:
    """What a copy nobody has open holds, once SQLite's full check has passed it. The facts name the journal mode of its
    header, which SQLite does not tell of a file that it may not write beside.

    Raises:
        Failed: it is damaged.
    """
    mode = journal_mode_of(copy)
    try:
        with opened(copy, 0, immutable=True) as connection:
            problem = integrity_problem(connection)
            if problem is not None:
                raise Failed(
                    f"The staged copy {copy.name} is damaged: {problem}. Nothing was changed.",
                    "Check the volume's disk, then start the restore again.",
                )
            facts = read_facts(connection)
    except sqlite3.Error as error:
        raise failure(copy, "read", error) from error
    return Facts(**{**vars(facts), "journal_mode": mode})


def remove(path: Path) -> None:
    """Remove a private copy, half-made or whole, with what SQLite may have left beside it."""
    for base in (path, path.with_name(path.name + PARTIAL)):
        for side in ("", *SIDES):
            base.with_name(base.name + side).unlink(missing_ok=True)


def sweep(places: Places, running: Iterable[str]) -> tuple[str, ...]:
    """Remove the private copies of runs that are not `running`; one sentence for each run. The database itself needs no
    mending: at each moment of a restore it was the whole old one or the whole new one. Only one that was damaged before has
    its WAL put back."""
    alive, folder = set(running), places.database.parent
    found = {match[1] for file in os.listdir(folder) if (match := _LEFT_OVER.fullmatch(file)) is not None}
    gone = sorted(found - alive)
    for run_id in gone:
        remove(staged_file(places, run_id))
    if gone:
        sync(folder)
    mended = aside.put_back(places.database, alive)
    return mended + tuple(
        f"The restore of run {run_id} was interrupted; its private copy was removed." for run_id in gone
    )
