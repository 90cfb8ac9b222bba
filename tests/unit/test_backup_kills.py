"""kill -9 at every touch of a file, and at random moments of a copy: never a listed bad backup, never a lost good one."""

from __future__ import annotations

import fcntl
import random
import time
from pathlib import Path

import pytest

from ops.database import listing, verify
from ops.database.model import VerifyRequest
from ops.database.places import Places
from ops.database.progress import quiet
from tests.database_files import Worker, WorkerServer, backup_request, make_database, replay_problem

KEEP_TWO = {"keep_last": 2, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_safety": 1}
_SIGKILL = -9


def names(worker: Worker) -> list[str]:
    """Names in the list, newest first; each of them is good, to the last bit. (Looked at in this process: it is quicker.)"""
    places = Places(worker.database, worker.backups)
    listed = listing.entries(places)
    verdicts = verify.run(VerifyRequest(), places, quiet).verdicts
    assert [one.problem for one in listed] == [None] * len(listed)
    assert sorted(one.name for one in listed) == [one.name for one in verdicts if one.problem is None]
    return [one.name for one in listed]


def left_behind(worker: Worker) -> list[str]:
    """Files that belong to no backup of the list."""
    kept = {name + ending for name in names(worker) for ending in (".db", ".db.zst", ".json", ".pin")}
    return [file for file in worker.files() if file not in kept]


@pytest.mark.parametrize("compress", [False, True])
def test_a_backup_killed_at_any_touch_of_a_file_is_whole_or_is_none_and_the_next_one_tells(
    worker: Worker, compress: bool
) -> None:
    first = worker.backup().made
    kept, moment, told = {first.name}, 0, 0
    while True:
        moment += 1
        killed = worker.say("backup", kill_at=moment, **backup_request(compress=compress))
        now = set(names(worker))
        assert kept <= now, f"killed at {moment}: a good backup is gone"
        assert len(now) <= len(kept) + 1
        left = left_behind(worker)
        said = worker.say("sweep").result["found"]
        # What is left is told, unless it is only the claim of a backup that was complete.
        assert bool(said) == any(
            not file.endswith(".claim") or file[:-6] not in now for file in left if file != ".lock"
        )
        assert left_behind(worker) == []
        assert set(names(worker)) == now
        told += len(said)
        if len(now) > 2 and killed.code == _SIGKILL:
            worker.say("retain", **KEEP_TWO)
            now = set(names(worker))
        kept = now
        if killed.code != _SIGKILL:
            assert killed.made.name in now
            break
    assert moment > 15
    assert told > 5
    assert replay_problem(worker.database, 300) is None


def test_retention_killed_at_any_touch_of_a_file_leaves_whole_backups_only(worker: Worker) -> None:
    pinned = worker.backup().made.name
    worker.say("pin", name=pinned, pinned=True, by="Olga")
    moment, removed = 0, 0
    while True:
        while len(names(worker)) < 5:
            worker.backup()
        before = names(worker)
        moment += 1
        killed = worker.say("retain", kill_at=moment, **KEEP_TWO)
        after = names(worker)
        assert after[:2] == before[:2]
        assert pinned in after
        removed += len(before) - len(after)
        said = worker.say("sweep").result["found"]
        assert left_behind(worker) == []
        assert names(worker) == after
        assert all("interrupted" in one for one in said)
        if killed.code != _SIGKILL:
            assert after == [*before[:2], pinned]
            break
    assert moment > 15
    assert removed > 10


def kill_backups(worker: Worker, count: int, seed: int) -> None:
    """Kill `count` backups of a larger database at random moments of their lives, and look after each."""
    chance = random.Random(seed)
    kept = {worker.backup().made.name}
    begun = time.monotonic()
    worker_process = worker.start("backup", **backup_request())
    worker_process.communicate()
    life = time.monotonic() - begun
    kept = set(names(worker))
    for number in range(count):
        process = worker.start("backup", **backup_request(compress=chance.random() < 0.3))
        time.sleep(chance.uniform(0.4, 1.05) * life)  # the first part is Python's own start
        process.kill()
        process.communicate()
        now = set(names(worker))
        assert kept <= now, f"kill {number} of seed {seed}: a good backup is gone"
        worker.say("sweep")
        assert left_behind(worker) == []
        kept = now
        if len(kept) > 4:
            worker.say("retain", **KEEP_TWO)
            kept = set(names(worker))
    assert replay_problem(worker.database) is None


@pytest.fixture
def larger(tmp_path: Path, worker_server: WorkerServer) -> Worker:
    """A worker whose copy takes a while."""
    return Worker(make_database(tmp_path / "myfinance.db", 30_000), tmp_path / "backups", worker_server)


def test_ten_backups_killed_at_random_moments(larger: Worker) -> None:
    kill_backups(larger, 10, seed=20261124)


@pytest.mark.torture
def test_a_hundred_backups_killed_at_random_moments(larger: Worker) -> None:
    kill_backups(larger, 100, seed=1)


def test_a_claim_that_somebody_holds_is_not_swept(worker: Worker) -> None:
    made = worker.backup().made.name
    claim, half = (worker.backups / f"myfinance-20200101-000000{ending}" for ending in (".claim", ".db.partial"))
    half.write_bytes(b"half")
    with claim.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert worker.say("sweep").result["found"] == []
        assert half.exists()
        assert names(worker) == [made]
    assert "interrupted" in worker.say("sweep").result["found"][0]
    assert worker.files() == [f"{made}.db", f"{made}.json"]
