"""Files of the state directory: private, and owned by whoever owns the directory, so that the bot in its container (not root)
and an administrator's terminal on the host (root) can both use them.
"""

from __future__ import annotations

import os
from pathlib import Path


def ensure_folder(folder: Path) -> None:
    """Make the folder when it is missing: readable by its owner only, who is the owner of the folder above.

    Raises:
        OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    _hand_over(folder, folder.parent)


def create_private(path: Path) -> None:
    """Make an empty file, mode 0600, unless there is one. An existing file is not opened: closing a descriptor of a database
    that this process has open would drop SQLite's locks (POSIX; measured).

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    _hand_over(path, path.parent)


def _hand_over(path: Path, like: Path) -> None:
    if hasattr(os, "chown") and os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
