"""`python -m ops.database --database FILE --backups DIR TASK [REQUEST]`: the database worker's command line.

The request is one JSON object (ops/database/model.py); standard output carries JSON lines only.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from ops.database.owner import become_owner_of
from ops.database.places import Places
from ops.database.tasks import TASKS
from ops.errors import OpsError


def main(arguments: list[str] | None = None) -> int:
    """Run one task; 0 when it has a result, 1 when it has an error."""
    parser = argparse.ArgumentParser(prog="ops.database")
    parser.add_argument("--database", type=Path, required=True, help="the database file")
    parser.add_argument("--backups", type=Path, help="the directory of its backups")
    parser.add_argument("task", choices=sorted(TASKS))
    parser.add_argument("request", nargs="?", default="{}", help="one JSON object")
    options = parser.parse_args(arguments)
    places = Places(options.database, options.backups or options.database.parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is being written is cleaned up
    try:
        become_owner_of(places.database, options.backups)
        task = TASKS[options.task]
        answer = task.run(task.read(options.request), places, _tell)
        _say({"result": asdict(answer)})
    except OpsError as error:
        _say({"error": {"what": error.what, "next_step": error.next_step}})
        return 1
    except Exception as error:  # the one place where the unexpected becomes a line for the process that started us
        traceback.print_exc()
        what = f"The database worker met an unexpected {type(error).__name__}: {error}."
        _say({"error": {"what": what, "next_step": "Look at the disk and the rights of the volume, then try again."}})
        return 1
    return 0


def _tell(note: str, percent: float | None = None) -> None:
    _say({"progress": {"note": note, "percent": percent}})


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
