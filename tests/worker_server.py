"""Starts database workers by fork, so that a test need not pay half a second of imports for each: `python -m tests.worker_server`.

A line of JSON in: `arguments` of ops.database, `out` (a file for its standard output), `kill_at` (or null: the worker is killed
by SIGKILL just before it touches a file for the n-th time). A line of JSON out: how the process ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from typing import Any

import fsspec.implementations.local  # noqa: F401 - what a task imports late: reading it is no touch of the test's files

from ops.database.__main__ import main

# Everything by which Python changes or opens a file (docs.python.org/3/library/audit_events.html).
_TOUCHES = (
    "open",
    "os.remove",
    "os.rename",
    "os.link",
    "os.chmod",
    "os.truncate",
    "os.mkdir",
    "os.chown",
    "fcntl.flock",
    "sqlite3.connect",
)


def _kill_at(touch: int) -> None:
    left = touch

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in _TOUCHES:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _work(arguments: list[str], out: str, kill_at: int | None) -> None:
    code = 70
    try:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        if kill_at:
            _kill_at(kill_at)
        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)  # nothing of this server may run twice


if __name__ == "__main__":
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _work(job["arguments"], job["out"], job["kill_at"])
        _, status = os.waitpid(pid, 0)
        print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)
