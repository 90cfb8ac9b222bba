"""Running as the database file's owner, so that every file SQLite makes beside it belongs to the application too.

Measured: a database or `-wal` that belongs to another user gives the application "unable to open database file" or "attempt to
write a readonly database".
"""

from __future__ import annotations

import os
from pathlib import Path


def become_owner_of(database: Path, backups: Path | None = None) -> None:
    """Give up root for the owner of `database`, or of its folder while it does not exist. Without root, nothing happens.

    The backup directory is handed over where that owner could not write in it: only this worker writes there.
    """
    if os.geteuid() != 0:
        return
    subject = database if database.exists() else database.parent
    owner = subject.stat()
    if owner.st_uid == 0:
        return
    if backups is not None and backups.stat().st_uid != owner.st_uid:
        os.chown(backups, owner.st_uid, owner.st_gid)
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
