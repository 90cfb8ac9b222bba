"""Backups while an application commits without pause: each is whole, by SQLite's check and by replaying what was acknowledged."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.database_files import (
    Worker,
    WorkerServer,
    acknowledged,
    make_database,
    replay_problem,
    writing,
)

ROUNDS = 50


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_fifty_backups_beside_a_writer_are_fifty_whole_ones_and_a_plain_copy_is_caught(
    tmp_path: Path, worker_server: WorkerServer, mode: str
) -> None:
    database, log = make_database(tmp_path / "myfinance.db", 2000, mode=mode), tmp_path / "log"
    worker = Worker(database, tmp_path / "backups", worker_server)
    plain, caught = tmp_path / "plain.db", 0
    with writing(database, log):
        for _ in range(ROUNDS):
            before = acknowledged(log)
            answer = worker.backup()
            after = acknowledged(log)
            made = answer.made
            copy = worker.stored(made.name)
            assert replay_problem(copy, at_least=before) is None
            assert _integrity(copy) == "ok"
            assert made.facts.tables["Transactions"] <= after + 1  # the one whose log line was being written
            copy.unlink()
            (worker.backups / f"{made.name}.json").unlink()
            if caught < 3:
                before = acknowledged(log)
                shutil.copyfile(
                    database, plain
                )  # as `docker cp` does it; this process has no connection to lose locks of
                caught += replay_problem(plain, at_least=before) is not None
    assert caught > 0, "the plain copy was whole every time: this test proves nothing"
    assert acknowledged(log) > 2000 + ROUNDS, "the application could not work meanwhile"
    assert replay_problem(database.rename(tmp_path / "closed.db")) is None


def test_that_writers_wait_is_told_only_where_they_do(worker: Worker, tmp_path: Path) -> None:
    assert not any("wait" in told["note"] for told in worker.backup().progress)
    worker.database.unlink()
    make_database(worker.database, mode="delete")
    assert "writers wait" in worker.backup().progress[0]["note"]


def _integrity(copy: Path) -> str:
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
