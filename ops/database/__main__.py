"""`python -m ops.database TASK …`: the database worker's command line. Standard output carries JSON lines only."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ops.database.owner import become_owner_of
from ops.database.status import read_status


def main(arguments: list[str] | None = None) -> int:
    """Run one task; 0 when it has a result, 1 when it has an error."""
    parser = argparse.ArgumentParser(prog="ops.database")
    tasks = parser.add_subparsers(dest="task", required=True)
    status = tasks.add_parser("status", help="size, journal mode, versions, migrations")
    status.add_argument("database", type=Path)
    options = parser.parse_args(arguments)
    try:
        become_owner_of(options.database)
        print(json.dumps({"result": asdict(read_status(options.database))}))
    except Exception as error:  # the one place where a failure becomes a JSON line for the process that started us
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
