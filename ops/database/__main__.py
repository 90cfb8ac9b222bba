"""`python -m ops.database --database FILE --backups DIR TASK [REQUEST] [TASK [REQUEST]]…`: the database worker's command line.

A request is one JSON object (ops/database/model.py), `-` one that stands in the variable MYFINANCE_WORKER_REQUEST (arguments
can be listed by everybody on the host). Tasks run in order until one fails; standard output carries JSON lines only.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from ops.database.owner import become_owner_of
from ops.database.places import Places
from ops.database.tasks import TASKS
from ops.errors import Failed, OpsError

REQUEST_VARIABLE = "MYFINANCE_WORKER_REQUEST"


def main(arguments: list[str] | None = None) -> int:
    """Run one task; 0 when it has a result, 1 when it has an error."""
    parser = argparse.ArgumentParser(prog="ops.database")
    parser.add_argument("--database", type=Path, required=True, help="the database file")
    parser.add_argument("--backups", type=Path, help="the directory of its backups")
    parser.add_argument("words", nargs="+", help="a task, its request, the next task, …")
    options = parser.parse_args(arguments)
    places = Places(options.database, options.backups or options.database.parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is being written is cleaned up
    try:
        become_owner_of(places.database, options.backups)
        for name, request in _pairs(options.words):
            task = TASKS[name]
            _say({"result": asdict(task.run(task.read(request), places, _tell))})
    except OpsError as error:
        _say({"error": {"what": error.what, "next_step": error.next_step}})
        return 1
    except Exception as error:  # the one place where the unexpected becomes a line for the process that started us
        traceback.print_exc()
        what = f"The database worker met an unexpected {type(error).__name__}: {error}."
        _say({"error": {"what": what, "next_step": "Look at the disk and the rights of the volume, then try again."}})
        return 1
    return 0


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for word in words:
        if word in TASKS:
            pairs.append((word, "{}"))
        elif not pairs:
            raise Failed(f"The database worker has no task {word}.", "This is a fault of the program that started it.")
        else:
            pairs[-1] = (pairs[-1][0], os.environ.get(REQUEST_VARIABLE, "") if word == "-" else word)
    return pairs


def _tell(note: str, percent: float | None = None) -> None:
    _say({"progress": {"note": note, "percent": percent}})


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
