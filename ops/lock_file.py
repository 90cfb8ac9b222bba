"""One open lock file: the kernel's lock on it, the line of text in it, and whether its name still means this very file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ops.state_files import create_private

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_MOST = 16_384  # bytes; the text is one line of JSON far below that
_LOCKED_BYTE = 1 << 30  # Windows locks ranges, and what is locked cannot be read: far behind the text


class LockFile:
    """Dies with its process: the kernel drops the lock when the last descriptor is closed, however that came about."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> LockFile:
        """Open the file; on a read-only disk for reading, which is enough to lock it.

        Raises:
            OSError: it cannot be opened, or there is none and `create` is False.
        """
        if create and not path.exists():
            create_private(path)
        try:
            return cls(path, os.open(path, os.O_RDWR))
        except PermissionError:
            return cls(path, os.open(path, os.O_RDONLY))
        except OSError:
            if not path.exists():
                raise
            return cls(path, os.open(path, os.O_RDONLY))

    def try_lock(self, *, shared: bool = False) -> bool:
        """Take the lock when it is free; never waits."""
        try:
            if sys.platform == "win32":
                os.lseek(self._descriptor, _LOCKED_BYTE, os.SEEK_SET)
                msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except PermissionError:  # how Windows says that it is taken
            if sys.platform != "win32":
                raise
            return False
        return True

    def is_current(self) -> bool:
        """True while the name still leads to this file. Compared by inode, which host and container see alike."""
        try:
            return self._path.stat().st_ino == os.fstat(self._descriptor).st_ino
        except FileNotFoundError:
            return False
        except OSError:
            return True  # a dying disk does not tell; the kernel's lock is still ours

    def read(self) -> str:
        """The first line. A longer one that was there before may still stand behind it."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, _MOST).decode(errors="replace").partition("\n")[0]

    def write(self, line: str) -> None:
        """Replace the line, in one write.

        Raises:
            OSError: the disk is full or read-only.
        """
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, line.encode() + b"\n")

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)
