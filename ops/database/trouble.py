"""SQLite's errors by what a person can do about them, and as sentences."""

from __future__ import annotations

import sqlite3
from enum import Enum
from pathlib import Path

from ops.errors import Failed

# Primary result codes (sqlite.org/rescode.html); an extended code holds its primary one in its lowest byte.
_PERM, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 3, 5, 6, 8, 10, 11, 13, 14, 26


class Trouble(Enum):
    """What kind of trouble it is; the value is what to do about it."""

    LOCKED = "Look at what holds the database (a migration, a long transaction, a tool), end that, then try again."
    DAMAGED = "`backups` lists what can be put in its place."
    FULL = "Free room on the volume's disk (`disk`), then try again."
    FORBIDDEN = "Check who owns the files on the volume, and that it is not mounted read-only."
    OTHER = "Check the volume and its disk, then try again."


_KINDS = {
    _BUSY: Trouble.LOCKED,
    _LOCKED: Trouble.LOCKED,
    _CORRUPT: Trouble.DAMAGED,
    _NOTADB: Trouble.DAMAGED,
    _FULL: Trouble.FULL,
    _IOERR: Trouble.FULL,  # what a full disk looks like through a memory map or a journal
    _PERM: Trouble.FORBIDDEN,
    _READONLY: Trouble.FORBIDDEN,
    _CANTOPEN: Trouble.FORBIDDEN,
}


def trouble(error: sqlite3.Error) -> Trouble:
    """The kind of an error; Python's own errors about SQLite carry no code and are OTHER."""
    return _KINDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, Trouble.OTHER)


def failure(database: Path, deed: str, error: sqlite3.Error, after: str = "Nothing was changed.") -> Failed:
    """The error for people. `deed` is what could not be done (“compared”, “restored”); `after` what state that leaves."""
    kind = trouble(error)
    text = f"{database.name} could not be {deed}: {error}."
    if kind is Trouble.LOCKED:
        text = f"{database.name} could not be {deed}: somebody keeps it locked ({error})."
    if kind is Trouble.DAMAGED:
        text = f"{database.name} could not be {deed}: it is damaged, or not an SQLite database ({error})."
    return Failed(f"{text} {after}", kind.value)
