"""`python -m ops.database --database FILE --backups DIR [TASK [REQUEST] [TASK [REQUEST]]…]`: the database worker's command line.

A request is one JSON object (ops/database/model.py). Without tasks they are read from standard input, until it ends: a line is a
JSON list of [TASK, REQUEST]. Tasks of one line run in order until one fails; standard output carries JSON lines only.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from ops.database.owner import become_owner_of
from ops.database.places import Places
from ops.database.tasks import TASKS
from ops.errors import Failed, OpsError


def main(arguments: list[str] | None = None) -> int:
    """Run tasks; 0 when those of the last line have a result, 1 when one has an error."""
    parser = argparse.ArgumentParser(prog="ops.database")
    parser.add_argument("--database", type=Path, required=True, help="the database file")
    parser.add_argument("--backups", type=Path, help="the directory of its backups")
    parser.add_argument("--mirror", type=Path, help="the mirror's directory, where it is one of this host")
    parser.add_argument("words", nargs="*", help="a task, its request, the next task, …")
    options = parser.parse_args(arguments)
    places = Places(options.database, options.backups or options.database.parent)
    signal.signal(signal.SIGTERM, _end)
    if not _told(lambda: become_owner_of(places.database, options.backups, options.mirror)):
        return 1
    if options.words:
        return 0 if _told(lambda: _run(_pairs(options.words), places)) else 1
    good = True
    for line in sys.stdin:
        asked = [(task, json.dumps(request)) for task, request in json.loads(line)]
        good = _told(lambda asked=asked: _run(asked, places))  # type: ignore[misc]
    return 0 if good else 1


def _end(number: int, _frame: FrameType | None) -> None:
    """Leave by an exception, so that what is being written is cleaned up. Once: the signal is sent until this process is gone,
    and a second exception would end the cleanup itself."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def _told(work: Callable[[], None]) -> bool:
    """Whether it went well; if not, why is one line for the process that asked."""
    try:
        work()
    except OpsError as error:
        _say({"error": {"what": error.what, "next_step": error.next_step}})
        return False
    except Exception as error:  # the one place where the unexpected becomes a line
        traceback.print_exc()
        what = f"The database worker met an unexpected {type(error).__name__}: {error}."
        _say({"error": {"what": what, "next_step": "Look at the disk and the rights of the volume, then try again."}})
        return False
    return True


def _run(tasks: list[tuple[str, str]], places: Places) -> None:
    for name, request in tasks:
        task = TASKS[name]
        _say({"result": asdict(task.run(task.read(request), places, _tell))})


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for word in words:
        if word in TASKS:
            pairs.append((word, "{}"))
        elif not pairs:
            raise Failed(f"The database worker has no task {word}.", "This is a fault of the program that started it.")
        else:
            pairs[-1] = (pairs[-1][0], word)
    return pairs


def _tell(note: str, percent: float | None = None) -> None:
    _say({"progress": {"note": note, "percent": percent}})


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
