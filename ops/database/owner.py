"""Running as the database file's owner, so that every file SQLite makes beside it belongs to the application too.

Measured: a database or `-wal` that belongs to another user gives the application "unable to open database file" or "attempt to
write a readonly database".
"""

from __future__ import annotations

import os
from pathlib import Path


def become_owner_of(path: Path) -> None:
    """Give up root for the owner of `path`, or of its folder while it does not exist. Without root, nothing happens."""
    if os.geteuid() != 0:
        return
    subject = path if path.exists() else path.parent
    owner = subject.stat()
    if owner.st_uid == 0:
        return
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
