"""The database worker, killed at a chosen moment: just before the K-th time that it changes or opens a file.

`python -m tests.killed_worker K ARGUMENTS…`: the interpreter's audit events (PEP 578) are the moments, so nothing of the worker is
replaced. It ends by SIGKILL, or as the worker does when there are fewer moments.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from ops.database.__main__ import main as worker

_MOMENTS = {"os.rename", "os.remove", "os.link", "os.chmod", "os.chown", "os.utime", "sqlite3.connect", "open"}


def killer(moment: int, folder: str) -> Callable[[str, tuple[object, ...]], None]:
    """The hook that ends this process at that moment among those that touch files of `folder`."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in _MOMENTS and folder in str(arguments[0]):
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


if __name__ == "__main__":
    number, arguments = int(sys.argv[1]), sys.argv[2:]
    sys.addaudithook(killer(number, os.path.dirname(arguments[arguments.index("--database") + 1])))
    sys.exit(worker(arguments))
