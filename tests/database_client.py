"""An application that stays connected and does as it is told, one line at a time, for tests of restores.

`python -m tests.database_client DATABASE` answers each line with one number:
`pay` pays without pause until the next line comes, at least once, and answers that line; `hold` the last payment that was acknowledged;
`begin` opens a transaction and counts the payments it sees; `count` counts again; `end` ends it and counts anew.
"""

from __future__ import annotations

import select
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.database_writer import pay

ROOT = Path(__file__).resolve().parents[1]
_BUSY_SECONDS = 30.0  # as .NET's provider waits


class Client:
    """Such an application in a process of its own."""

    def __init__(self, database: Path) -> None:
        command = [sys.executable, "-m", "tests.database_client", str(database)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
        )
        self.say("count")

    def tell(self, line: str) -> None:
        """Say something and do not wait."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")

    def say(self, line: str) -> int:
        """Say something and hear the number."""
        assert self.process.stdout is not None
        self.tell(line)
        answer = self.process.stdout.readline()
        assert answer, f"the application ended at “{line}”"
        return int(answer)

    def stop(self) -> None:
        """Let it close its connection and end."""
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        """End it as a power cut would, with its WAL and its locks as they are."""
        self.process.kill()
        self.process.communicate(timeout=60)


@contextmanager
def connected(database: Path) -> Iterator[Client]:
    """An application connected to the database for the length of a block."""
    client = Client(database)
    try:
        yield client
    finally:
        client.stop()


def main() -> None:
    """Do as told until nobody speaks any more."""
    connection = sqlite3.connect(Path(sys.argv[1]), timeout=_BUSY_SECONDS, isolation_level=None)
    last = 0
    told = open(0, "rb", buffering=0)  # noqa: SIM115 unbuffered, so that `select` sees the next line whenever it came
    while line := told.readline().decode().strip():
        if line == "pay":
            while True:
                last = _one(connection, "SELECT coalesce(max(Id), 0) FROM Transactions") + 1
                pay(connection, last)
                if select.select([told], [], [], 0)[0]:
                    break
            continue
        if line == "begin":
            connection.execute("BEGIN")
        if line == "end":
            connection.execute("COMMIT")
        answer = last if line == "hold" else _one(connection, "SELECT count(*) FROM Transactions")
        print(answer, flush=True)
    connection.close()


def _one(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


if __name__ == "__main__":
    main()
