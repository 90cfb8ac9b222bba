"""kill -9 at every touch of a file, and at random moments inside SQLite: the whole old database or the whole new one."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ops.database.facts import integrity_problem, opened
from tests.database_client import Client, connected
from tests.database_files import Worker, WorkerServer, make_database, replay_problem

_SIGKILL = -9
THEN = 200  # payments in the backup
State = str


@pytest.fixture
def scene(tmp_path: Path, worker_server: WorkerServer) -> Scene:
    return Scene(tmp_path, worker_server)


class Scene:
    """A backup with 200 payments, and a database whose application went on and was killed: a hot WAL, or a journal."""

    def __init__(self, folder: Path, server: WorkerServer) -> None:
        self.volume, self.template = folder / "volume", folder / "template"
        self.volume.mkdir()
        self.database = self.volume / "myfinance.db"
        self.worker = Worker(self.database, folder / "backups", server)
        self.snapshot = folder / "snapshot.db"
        self.now = 0

    def prepare(self, *, mode: str = "wal", ballast: int = 0) -> None:
        """Make it; `ballast` is MB of other rows, half of which are deleted after the backup."""
        make_database(self.database, THEN, mode=mode)
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE Ballast (Id INTEGER PRIMARY KEY, Data BLOB)")
            connection.execute("BEGIN")
            for _ in range(ballast * 50):
                connection.execute("INSERT INTO Ballast (Data) VALUES (randomblob(20000))")
            connection.execute("COMMIT")
            assert self.worker.backup().code == 0
            connection.execute("DELETE FROM Ballast WHERE Id % 2")
        with connected(
            self.database
        ) as earlier:  # so that the main file without its WAL is neither the one nor the other
            earlier.tell("pay")
            assert earlier.say("hold") > THEN
        application = Client(self.database)
        application.tell("pay")
        self.now = application.say("hold")
        application.kill()
        shutil.copytree(self.volume, self.template)

    def reset(self) -> None:
        """As it was before anybody restored."""
        shutil.rmtree(self.volume)
        shutil.copytree(self.template, self.volume)

    def staged(self, mode: str = "wal") -> str:
        """A staged copy, ready after each reset."""
        answer = self.worker.say("stage", name="latest", run_id="run-1", journal_mode=mode)
        assert answer.code == 0, answer.error
        file = str(answer.result["file"])
        shutil.copy2(self.volume / file, self.template)
        return file

    def state(self, mode: str = "wal") -> State:
        """`old` or `new`, whole, and in its journal mode; anything else fails."""
        self.snapshot.unlink(missing_ok=True)
        with opened(self.database, 5) as connection:
            assert integrity_problem(connection) is None
            count = connection.execute("SELECT count(*) FROM Transactions").fetchone()[0]
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == mode
            connection.execute("VACUUM INTO ?", (str(self.snapshot),))
        assert replay_problem(self.snapshot) is None
        assert count in (THEN, self.now)
        return "new" if count == THEN else "old"

    def swept(self) -> list[str]:
        """What the next start says; after it only the database is there."""
        said = list(self.worker.say("sweep").result["found"])
        left = {file.name for file in self.volume.iterdir()}
        assert left <= {"myfinance.db", "myfinance.db-wal", "myfinance.db-shm", "myfinance.db-journal"}
        return said


@pytest.mark.parametrize(("way", "mode"), [("live", "wal"), ("replace", "wal"), ("replace", "delete")])
def test_a_restore_killed_at_any_touch_of_a_file(scene: Scene, way: str, mode: str) -> None:
    scene.prepare(mode=mode)
    file = scene.staged(mode)
    moment, seen = 0, []
    while True:
        moment += 1
        scene.reset()
        killed = scene.worker.say("restore", kill_at=moment, file=file, way=way)
        interrupted = (scene.volume / file).exists()
        if moment % 2:  # whether the next start sweeps first, or the application opens the database first
            said = scene.swept()
            seen.append(scene.state(mode))
        else:
            seen.append(scene.state(mode))
            said = scene.swept()
        assert said == (
            ["The restore of run run-1 was interrupted; its private copy was removed."] if interrupted else []
        )
        if killed.code != _SIGKILL:
            assert killed.code == 0, killed.error
            break
    assert moment > 5
    assert seen == sorted(seen, reverse=True)  # old, old, … new, new
    assert set(seen) == {"old", "new"}


def test_staging_killed_at_any_touch_of_a_file_leaves_the_database_alone(scene: Scene) -> None:
    scene.prepare()
    before = {file.name: file.read_bytes() for file in scene.volume.iterdir()}
    moment = 0
    while True:
        moment += 1
        killed = scene.worker.say("stage", kill_at=moment, name="latest", run_id="run-1", journal_mode="wal")
        if killed.code != _SIGKILL:
            assert killed.code == 0, killed.error
            assert scene.worker.say("sweep", running=["run-1"]).result["found"] == []
            break
        scene.swept()
        assert {file.name: file.read_bytes() for file in scene.volume.iterdir()} == before
    assert moment > 8
    assert scene.state() == "old"


def test_a_damaged_database_is_never_lost_whenever_its_replacement_is_killed(scene: Scene) -> None:
    scene.prepare()
    torn = os.urandom(40_000)
    (scene.template / "myfinance.db").write_bytes(torn)
    hot = (scene.template / "myfinance.db-wal").read_bytes()
    file = scene.staged()
    moment, seen = 0, set()
    while True:
        moment += 1
        scene.reset()
        killed = scene.worker.say("restore", kill_at=moment, file=file, way="replace")
        said = scene.worker.say("sweep").result["found"]
        kept = scene.volume / "myfinance.damaged-run-1.db"
        if kept.exists():
            seen.add("new")
            assert scene.state() == "new"
        else:
            seen.add("old")
            kept = scene.database
        assert kept.read_bytes() == torn
        assert kept.with_name(kept.name + "-wal").read_bytes() == hot
        if killed.code != _SIGKILL:
            assert killed.code == 0, killed.error
            assert said == []
            break
    assert seen == {"old", "new"}


def kill_at_random(
    scene: Scene, count: int, seed: int, task: str, check: Callable[[], State], **request: str
) -> set[str]:
    """Kill `count` workers at random moments of their work (not of Python's start), and look after each."""
    chance, seen = random.Random(seed), set()
    life, file = 0.0, scene.staged()
    for number in range(count + 1):
        scene.reset()
        told = {"file": file} if task == "restore" else {"dry_run": False}
        process = scene.worker.start(task, **told, **request)
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        begun = time.monotonic()
        if number == 0:  # the first one may end, to know how long it takes
            process.communicate()
            life = time.monotonic() - begun
        else:
            time.sleep(chance.uniform(0, life))
            process.kill()
            process.communicate()
        seen.add(check())
        scene.swept()
    return seen


def unvacuumed(scene: Scene) -> Callable[[], State]:
    """A check that a VACUUM changed nothing but the size."""

    def check() -> State:
        assert scene.state() == "old"
        with opened(scene.database, 5) as connection:
            assert connection.execute("SELECT count(*) FROM Ballast").fetchone()[0] > 0
            return "large" if connection.execute("PRAGMA freelist_count").fetchone()[0] else "small"

    return check


def test_two_of_each_killed_at_random(scene: Scene) -> None:
    scene.prepare(ballast=3)
    kill_at_random(scene, 2, 20261124, "restore", scene.state, way="live")
    kill_at_random(scene, 2, 20261125, "restore", scene.state, way="replace")
    kill_at_random(scene, 2, 20261126, "vacuum", unvacuumed(scene))


@pytest.mark.torture
def test_a_hundred_killed_at_random(scene: Scene) -> None:
    scene.prepare(ballast=40)
    assert kill_at_random(scene, 35, 1, "restore", scene.state, way="live") == {"old", "new"}
    assert kill_at_random(scene, 30, 2, "restore", scene.state, way="replace") == {"old", "new"}
    assert kill_at_random(scene, 35, 3, "vacuum", unvacuumed(scene)) == {"large", "small"}
