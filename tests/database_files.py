"""Database files for tests: a database like MyFinance's, an application that writes to it, and the worker as a process.

Tests of files speak to the worker as the engine does: the same command, JSON in and JSON lines out.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ops.database.model import BackupRequest, Manifest, Why
from tests.database_writer import ACCOUNTS, pay, payment

ROOT = Path(__file__).resolve().parents[1]
_MANIFEST = TypeAdapter(Manifest)
_SCHEMA = """
CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
CREATE TABLE Accounts (Id INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT NOT NULL, Balance INTEGER NOT NULL);
CREATE TABLE Transactions (Id INTEGER PRIMARY KEY, AccountId INTEGER NOT NULL REFERENCES Accounts (Id),
                           Amount INTEGER NOT NULL, Text TEXT NOT NULL);
CREATE INDEX TransactionsByText ON Transactions (Text);
CREATE INDEX TransactionsByAccount ON Transactions (AccountId, Amount);
CREATE VIEW Overdrawn AS SELECT * FROM Accounts WHERE Balance < 0;
INSERT INTO "__EFMigrationsHistory" VALUES ('20250101000000_Initial', '9.0.0'), ('20250601000000_AddIndex', '9.0.0');
PRAGMA user_version = 7;
"""


def make_database(path: Path, payments: int = 300, *, mode: str = "wal") -> Path:
    """A database with some accounts and payments, in `wal` or `delete` mode, closed and checkpointed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO Accounts VALUES (?, ?, 0)", [(n + 1, f"A{n}") for n in range(ACCOUNTS)])
        connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous = OFF")
        for number in range(1, payments + 1):
            pay(connection, number)
    return path


def replay_problem(copy: Path, at_least: int = 0) -> str | None:
    """Why a copy is not exactly what payments 1 … n make, with n ≥ `at_least`; None when it is."""
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        try:
            found = connection.execute("SELECT * FROM Transactions ORDER BY Id").fetchall()
            balances = dict(connection.execute("SELECT Id, Balance FROM Accounts").fetchall())
        except sqlite3.DatabaseError as error:
            return str(error)
    if len(found) < at_least:
        return f"{len(found)} payments, and {at_least} were acknowledged before it was begun"
    expected = dict.fromkeys(range(1, ACCOUNTS + 1), 0)
    for number, row in enumerate(found, 1):
        account, amount, text = payment(number)
        if row != (number, account, amount, text):
            return f"payment {number} is {row}"
        expected[account] += amount
    return None if balances == expected else "the balances are not what the payments make"


@contextmanager
def writing(database: Path, log: Path) -> Iterator[subprocess.Popen[str]]:
    """An application that pays without pause beside the block; it has begun when the block begins."""
    command = [sys.executable, "-m", "tests.database_writer", str(database), str(log)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        deadline = time.monotonic() + 20
        while acknowledged(log) == 0:
            assert process.poll() is None, "the writer ended"
            assert time.monotonic() < deadline, "the writer never began"
            time.sleep(0.01)
        yield process
    finally:
        process.communicate(timeout=60)
    assert process.returncode == 0, "the writer failed"


def acknowledged(log: Path) -> int:
    """The last payment whose commit was acknowledged."""
    lines = log.read_bytes().split(b"\n")[:-1] if log.exists() else []
    return int(lines[-1]) if lines else 0


@dataclass
class Answer:
    """What one run of the worker came to."""

    code: int
    result: Any
    error: dict[str, str] | None
    progress: list[dict[str, Any]] = field(default_factory=list)

    @property
    def made(self) -> Manifest:
        """The manifest of the backup that was taken."""
        assert self.result is not None, self.error
        return _MANIFEST.validate_python(self.result["manifest"])

    @property
    def text(self) -> str:
        """What a person reads of an error."""
        assert self.error is not None, self.result
        return f"{self.error['what']} {self.error['next_step']}"


class WorkerServer:
    """Starts workers quickly (tests/worker_server.py)."""

    def __init__(self, folder: Path) -> None:
        self._out = folder / "out"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> WorkerServer:
        command = [sys.executable, "-m", "tests.worker_server"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.communicate(timeout=30)

    def run(self, arguments: list[str], kill_at: int | None = None) -> Answer:
        """Run one worker to its end."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"arguments": arguments, "out": str(self._out), "kill_at": kill_at}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return _answer(json.loads(self._process.stdout.readline()), self._out.read_text())


class Worker:
    """The database worker on files of a test: what the engine starts in a container is started as a process here."""

    def __init__(self, database: Path, backups: Path, server: WorkerServer | None = None) -> None:
        self.database, self.backups, self._server = database, backups, server
        backups.mkdir(exist_ok=True)

    def arguments(self, task: str, **request: Any) -> list[str]:
        """What one task is started with."""
        return ["--database", str(self.database), "--backups", str(self.backups), task, json.dumps(request)]

    def start(self, task: str, **request: Any) -> subprocess.Popen[str]:
        """Begin one task, to be ended by `heard` or by a signal."""
        command = [sys.executable, "-m", "ops.database", *self.arguments(task, **request)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    def say(self, task: str, *, kill_at: int | None = None, **request: Any) -> Answer:
        """Run one task to its end, or to its n-th touch of a file."""
        if self._server is None:
            return heard(self.start(task, **request))
        return self._server.run(self.arguments(task, **request), kill_at)

    def backup(self, **request: Any) -> Answer:
        """Take a backup."""
        return self.say("backup", **backup_request(**request))

    def listed(self) -> list[dict[str, Any]]:
        """Backups in the list, newest first."""
        answer = self.say("list")
        assert answer.result is not None, answer.error
        return list(answer.result["entries"])

    def problems(self, *names: str, **request: Any) -> dict[str, str | None]:
        """What `verify` finds, by name."""
        answer = self.say("verify", names=names, **request)
        assert answer.result is not None, answer.error
        return {one["name"]: one["problem"] for one in answer.result["verdicts"]}

    def stored(self, name: str) -> Path:
        """The kept file of a backup that is not packed."""
        return self.backups / f"{name}.db"

    def files(self) -> list[str]:
        """Every file in the backup directory, but for its lock."""
        return sorted(path.name for path in self.backups.iterdir() if path.name not in (".lock", ".mirror.lock"))


def heard(process: subprocess.Popen[str]) -> Answer:
    """The end of a worker that was started."""
    out, err = process.communicate(timeout=120)
    assert process.returncode < 0 or out, err
    return _answer(process.returncode, out)


def _answer(code: int, out: str) -> Answer:
    lines = [json.loads(line) for line in out.splitlines()]
    last = lines[-1] if lines else {}
    told = [line["progress"] for line in lines if "progress" in line]
    return Answer(code, last.get("result"), last.get("error"), told)


def backup_request(**changes: Any) -> dict[str, Any]:
    """A request for a backup, with what matters to the test changed."""
    return {**asdict(BackupRequest("myfinance", Why.MANUAL, "run-1")), **changes}


def flip_bit(path: Path, bit: int) -> None:
    """Turn one bit of a file around; twice is as if never."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ (1 << bit % 8)]))


def some_bits(path: Path, count: int, seed: int) -> list[int]:
    """Bits all over a file, the same ones for the same seed."""
    return random.Random(seed).sample(range(path.stat().st_size * 8), count)
