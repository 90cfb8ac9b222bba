"""Running as the database file's owner, so that every file SQLite makes beside it belongs to the application too.

Measured: a database or `-wal` that belongs to another user gives the application "unable to open database file" or "attempt to
write a readonly database".
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def become_owner_of(database: Path, backups: Path | None = None, mirror: Path | None = None) -> None:
    """Give up root for the owner of `database`; while that does not exist, of its folder; where the volume is not mounted at
    all, of the backups. Without root, nothing happens.

    The backup directory, the mirror's on this host, and what is in them are handed over where that owner could not write: only
    the worker writes there.
    """
    if os.geteuid() != 0:
        return
    subject = next((path for path in (database, database.parent, backups) if path is not None and path.exists()), None)
    if subject is None:
        return
    owner = subject.stat()
    os.setgroups([])
    # A directory that is missing, or on a disk that became read-only: the task that has to write there says so.
    for directory in (backups, mirror):
        with suppress(OSError):
            if directory is not None:
                _hand_over(directory, owner.st_uid, owner.st_gid)
    if owner.st_uid != 0:
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _hand_over(directory: Path, user: int, group: int) -> None:
    if _may_write(directory, user, group):
        return
    for path in directory.iterdir():
        if path.is_file() and not path.is_symlink():
            os.chown(path, user, group, follow_symlinks=False)
    os.chown(directory, user, group)


def _may_write(directory: Path, user: int, group: int) -> bool:
    """What the kernel itself says of that user (rights, access lists, a root without its capabilities); and back to root."""
    os.setegid(group)
    os.seteuid(user)
    try:
        return os.access(directory, os.W_OK | os.X_OK, effective_ids=True)
    finally:
        os.seteuid(0)
        os.setegid(0)
