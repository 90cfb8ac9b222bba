"""Staging: a private, proven copy of a backup beside the database, ready to be put in its place. The database is not touched."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

from ops.database import manifest
from ops.database.copy import Deadline, copy_problem
from ops.database.facts import journal_mode_of, opened
from ops.database.kept import believed
from ops.database.model import Manifest, Staged, StageRequest
from ops.database.mounts import refuse_shared_wal
from ops.database.packing import unpacked
from ops.database.places import PARTIAL, Places, sync
from ops.database.progress import Progress
from ops.database.staged import remove, staged_file
from ops.database.trouble import failure
from ops.errors import Failed

_OTHER = "Take another one: `backups` lists them, `backup verify all` tells which are good."


def run(request: StageRequest, places: Places, progress: Progress) -> Staged:
    """Make the private copy and prove it against the hash and the facts of its manifest, or leave nothing.

    Raises:
        Failed: the backup is not what it was, the volume has no room or cannot be written, or the time is up.
    """
    known, kept = believed(places, request.name, request.known_sha256)
    mode = request.journal_mode or known.facts.journal_mode
    refuse_shared_wal(places.database, mode)
    copy = staged_file(places, request.run_id)
    partial = copy.with_name(copy.name + PARTIAL)
    _room(places, known)
    try:
        remove(copy)
        progress("copying the backup", 0)
        unpacked(kept, partial, Deadline(request.deadline_seconds))
        progress("checking the copy", 50)
        _prove(kept, partial, known)
        _set_journal_mode(partial, mode)
        sync(partial)
        partial.rename(copy)
        sync(copy.parent)
    except BaseException as error:
        _clear(copy)
        if isinstance(error, OSError):
            raise _unwritable(places, error) from error
        raise
    found = journal_mode_of(copy)
    assert found is not None  # it has just been proven to be a database
    return Staged(copy.name, replace(known.facts, journal_mode=found))


def _prove(kept: Path, copy: Path, known: Manifest) -> None:
    """The hash is taken of what was copied, so that what is proved is what will be used; a packed one has zstd's own
    checksum over its content, and its hash is of the packed file."""
    if manifest.file_sha256(kept if known.compressed else copy) != known.sha256:
        raise Failed(f"The backup {known.name} has changed since it was taken (SHA-256). Nothing was restored.", _OTHER)
    problem = copy_problem(copy, known.facts)
    if problem is not None:
        raise Failed(f"The backup {known.name} does not hold what it held: {problem}. Nothing was restored.", _OTHER)


def _set_journal_mode(copy: Path, mode: str) -> None:
    """Give the copy the live database's journal mode: it is a word in the file, and a backup always says DELETE. Modes that
    are not kept in the file (truncate, persist, memory) are the application's own to set."""
    wanted = "wal" if mode == "wal" else "delete"
    try:
        with opened(copy, 0) as connection:
            found = str(connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0])
    except sqlite3.Error as error:
        raise failure(copy, f"put in {wanted} mode", error) from error
    if found != wanted:
        raise Failed(
            f"The staged copy could not be put in {wanted} mode; it is in {found} mode. Nothing was restored.",
            "Check the volume: SQLite needs shared memory beside the database for WAL.",
        )


def _room(places: Places, known: Manifest) -> None:
    free = shutil.disk_usage(places.database.parent).free
    if free < known.bytes:
        raise Failed(
            f"The volume has {free:,} bytes free, and the copy of {known.name} takes {known.bytes:,}. Nothing was restored.",
            "Free room on the volume's disk (`disk`), then try again.",
        )


def _clear(copy: Path) -> None:
    try:
        remove(copy)
    except OSError:  # the disk that failed is the one it is on; the sweep finds it by its name
        return


def _unwritable(places: Places, error: OSError) -> Failed:
    return Failed(
        f"The volume of {places.database.name} could not take the copy: {error.strerror}. Nothing was restored.",
        "Check its rights and the room on its disk (`disk`), then try again.",
    )
