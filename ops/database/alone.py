"""Is anybody else there? Asked of the kernel about an open file, because SQLite's locks do not tell: a connection that is in
no transaction holds none in DELETE mode, and would go on writing to the file that was exchanged."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 0.05


def others_have_it_open(handle: int, patience_seconds: float) -> bool:
    """Whether another open handle on the same file remains after that time, in whatever process or container of this kernel.

    The kernel grants a write lease only on a file that nobody else has open (fcntl(2), F_SETLEASE). `handle` is open for
    writing and belongs to the file's owner; while it is the only one of this process. Where the file system knows no leases,
    the answer is no, and SQLite's own locks are all there is.
    """
    end = time.monotonic() + patience_seconds
    with _no_sigio():
        while True:
            try:
                fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            except OSError as error:
                if error.errno != errno.EAGAIN:
                    return False
            else:
                fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
                return False
            if time.monotonic() > end:
                return True
            time.sleep(_LOOK_SECONDS)


@contextmanager
def handle_on(path: os.PathLike[str]) -> Iterator[int]:
    """An open handle on a file, for that question. No SQLite connection of this process to the file may live when it is
    closed: that would drop the connection's locks (facts: POSIX locks belong to the process)."""
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _no_sigio() -> Iterator[None]:
    """Somebody who opens the file in the moment the lease is held makes the kernel send SIGIO, which ends a process that has
    made no arrangement for it."""
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGIO, before)
