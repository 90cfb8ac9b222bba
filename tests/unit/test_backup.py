"""Taking backups: what is kept, under which name, and what a person reads when it cannot be done. Real files, real processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.database.mounts import mount_of, refuse_shared_wal
from ops.database.places import Places
from ops.errors import Failed
from tests.database_files import Worker, WorkerServer, backup_request, heard, make_database, replay_problem


def test_a_backup_holds_what_the_database_held_and_says_so(worker: Worker) -> None:
    answer = worker.backup(note="before the audit", colour="blue", release="v1.2.0", image_id="sha256:1", why="deploy")
    made = answer.made
    assert (made.note, made.colour, made.release, made.why, made.database) == (
        "before the audit",
        "blue",
        "v1.2.0",
        "deploy",
        "myfinance.db",
    )
    assert made.facts.tables["Transactions"] == 300
    assert made.facts.migrations == ("20250101000000_Initial", "20250601000000_AddIndex")
    assert (made.facts.user_version, made.facts.journal_mode) == (7, "wal")
    assert replay_problem(worker.stored(made.name), at_least=300) is None
    assert worker.files() == [f"{made.name}.db", f"{made.name}.json"]
    assert stat.S_IMODE(worker.stored(made.name).stat().st_mode) == 0o600
    assert [told["percent"] for told in answer.progress] == sorted(told["percent"] for told in answer.progress)


def test_commits_that_are_still_in_the_wal_are_in_the_backup_and_reading_it_leaves_nothing_beside_it(
    worker: Worker,
) -> None:
    with closing(sqlite3.connect(worker.database, isolation_level=None)) as application:
        application.execute("INSERT INTO Accounts VALUES (1000, 'in the wal', 5)")
        assert worker.database.with_name("myfinance.db-wal").stat().st_size > 0
        made = worker.backup().made
    with closing(sqlite3.connect(worker.stored(made.name))) as copy:
        assert copy.execute("SELECT Balance FROM Accounts WHERE Id = 1000").fetchone() == (5,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert worker.files() == [f"{made.name}.db", f"{made.name}.json"]


def test_a_packed_backup_is_smaller_and_is_proven_like_the_others(worker: Worker) -> None:
    made = worker.backup(compress=True).made
    assert made.stored_bytes < made.bytes
    assert worker.files() == [f"{made.name}.db.zst", f"{made.name}.json"]
    assert worker.problems() == {made.name: None}


def test_two_at_once_in_the_same_second_get_two_names_and_one_order(worker: Worker) -> None:
    both = [worker.start("backup", **backup_request(run_id=f"run-{number}")) for number in range(2)]
    made = [heard(process).made for process in both]
    assert len({one.name for one in made}) == 2
    assert sorted(one.sequence for one in made) == [1, 2]
    assert list(worker.problems().values()) == [None, None]


def test_a_clock_set_back_changes_names_and_not_the_order(worker: Worker) -> None:
    places = Places(worker.database, worker.backups)
    future = places.name_at(datetime.now(UTC) + timedelta(days=30))
    first = worker.backup().made
    for ending in (".db", ".json"):  # as if it had been taken when the clock was a month ahead
        (worker.backups / (first.name + ending)).rename(worker.backups / (future + ending))
    _rename_in_manifest(places, first.name, future)
    os.utime(worker.stored(future))
    second = worker.backup().made
    assert second.name < future
    assert [one["name"] for one in worker.listed()] == [second.name, future]
    assert worker.say("verify", names=["latest"]).result["verdicts"][0]["name"] == second.name


def _rename_in_manifest(places: Places, old: str, new: str) -> None:
    from dataclasses import replace

    from ops.database import manifest

    path = places.beside(new, ".json")
    path.rename(places.beside(old, ".json"))
    known = manifest.read(places, old)
    assert not isinstance(known, str)
    places.beside(old, ".json").unlink()
    manifest.write(places, manifest.sealed(replace(known, name=new)))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../myfinance-20261124-020000",
            "-rf",
            "a b",
            "",
            "myfinance-20261124-020000.db/../x",
            "/etc/passwd",
            "x" * 5000,
        ),
        *(
            "myfinance-20261124-0200001",
            "other-20261124-020000",
            "myfinance-20261124-020000\n",
            "myfinance-٢٠٢٦١١٢٤-٠٢٠٠٠٠",
        ),
    ],
)
def test_what_is_no_name_of_a_backup_touches_no_path(worker: Worker, name: str) -> None:
    answer = worker.say("verify", names=[name])
    assert answer.code == 1
    assert "is not the name of a backup" in answer.text
    assert len(answer.text) < 300


def test_a_link_out_of_the_directory_is_no_backup(worker: Worker, tmp_path: Path) -> None:
    made = worker.backup().made
    outside = tmp_path / "outside.db"
    worker.stored(made.name).rename(outside)
    worker.stored(made.name).symlink_to(outside)
    assert "not a plain file" in str(worker.listed()[0]["problem"])
    assert "not a plain file" in str(worker.problems(made.name)[made.name])


def test_files_that_are_not_ours_are_left_alone_and_mentioned(worker: Worker) -> None:
    for name in ("notes.txt", "myfinance-old.db", "finance-20261124-020000.db", "myfinance-20261124-020000.db.bak"):
        (worker.backups / name).write_text("mine")
    worker.backup()
    answer = worker.say("retain", keep_last=1, keep_daily=0, keep_weekly=0, keep_monthly=0, keep_safety=1)
    assert len(answer.result["unknown"]) == 4
    assert all((worker.backups / name).read_text() == "mine" for name in answer.result["unknown"])


# -- databases that cannot be backed up --------------------------------------------------------------------------------


def test_a_missing_database_is_an_error_and_never_a_new_empty_one(worker: Worker) -> None:
    worker.database.unlink()
    assert "There is no file myfinance.db" in worker.backup().text
    assert not worker.database.exists()
    assert worker.files() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"SQLite format 3\0 and then nothing of the kind" * 200, "not an SQLite database"),
        (os.urandom(8192), "encrypted"),
        (b"PK\x03\x04" + bytes(5000), "not an SQLite database"),
    ],
)
def test_what_is_no_database_gives_a_sentence_and_leaves_nothing(worker: Worker, content: bytes, says: str) -> None:
    for side in ("", "-wal", "-shm"):
        worker.database.with_name(worker.database.name + side).unlink(missing_ok=True)
    worker.database.write_bytes(content)
    assert says in worker.backup().text
    assert worker.files() == []
    assert worker.database.read_bytes() == content


def test_a_damaged_database_is_told_and_no_backup_of_it_is_kept(worker: Worker) -> None:
    with worker.database.open("r+b") as file:
        file.seek(4096 * 10)
        file.write(os.urandom(4096 * 3))
    answer = worker.backup()
    assert answer.code == 1
    assert "myfinance.db" in answer.text
    assert worker.files() == []


def test_a_database_whose_index_lies_can_be_read_and_is_not_kept_as_good(worker: Worker) -> None:
    content = bytearray(worker.database.read_bytes())
    first, second = (
        content.find(b"payment 17 "),
        content.rfind(b"payment 17 "),
    )  # in the table, and in the index on Text
    assert 0 < first < second
    content[second : second + 7] = b"payment"[::-1]
    worker.database.write_bytes(content)
    assert "not what was read from the database: row 17 missing from index TransactionsByText" in worker.backup().text
    assert worker.files() == []


def test_a_database_locked_for_ever_ends_at_the_deadline(worker: Worker) -> None:
    worker.database.unlink()
    make_database(worker.database, 10, mode="delete")
    with closing(sqlite3.connect(worker.database, isolation_level=None)) as application:
        application.execute("BEGIN EXCLUSIVE")
        answer = worker.backup(deadline_seconds=0.5)
    assert "locked" in answer.text
    assert worker.files() == []


def test_a_copy_that_takes_too_long_ends_at_the_deadline(worker: Worker) -> None:
    answer = worker.backup(deadline_seconds=0)
    assert "within 0 s" in answer.text
    assert worker.files() == []


def test_wal_on_a_shared_file_system_is_refused_and_delete_mode_is_not() -> None:
    mountinfo = (
        "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "40 22 0:35 /data /data rw,relatime shared:1 - virtiofs share rw\n"
        "41 22 0:36 / /my\\040disk rw - nfs4 server:/x rw\n"
        "42 40 0:37 / /data/local rw - tmpfs tmpfs rw\n"
    )
    for path, kind in (
        ("/data/x.db", "virtiofs"),
        ("/my disk/x.db", "nfs4"),
        ("/database/x.db", "ext4"),
        ("/data/local/x", "tmpfs"),
    ):
        mount = mount_of(Path(path), mountinfo)
        assert mount is not None
        assert mount.kind == kind
    with pytest.raises(Failed, match="virtiofs"):
        refuse_shared_wal(Path("/data/x.db"), "wal", mountinfo)
    refuse_shared_wal(Path("/data/x.db"), "delete", mountinfo)
    refuse_shared_wal(Path("/database/x.db"), "wal", mountinfo)


# -- directories that cannot take one ----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("compress", [False, True])
def test_a_disk_that_is_full_at_any_stage_fails_cleanly_and_keeps_what_was_there(
    tmp_path: Path, small_disk: Path, worker_server: WorkerServer, compress: bool
) -> None:
    database = make_database(tmp_path / "myfinance.db", 200)
    worker = Worker(database, small_disk, worker_server)
    first = worker.backup().made
    outcomes = []
    for room in range(0, 640, 4):  # KB that are left: from nothing to more than a packed and a plain copy need
        filler = small_disk / "filler"
        free = shutil.disk_usage(small_disk).free - room * 1024
        if free > 0:
            filler.write_bytes(bytes(free))
        answer = worker.backup(compress=compress, deadline_seconds=60)
        filler.unlink()
        assert worker.problems()[first.name] is None
        if answer.code == 0:
            outcomes.append("done")
            assert worker.problems()[answer.made.name] is None
            break
        outcomes.append(answer.text)
        assert "room" in answer.text
        assert worker.files() == [f"{first.name}.db", f"{first.name}.json"], answer.text
    assert outcomes[-1] == "done"
    assert len(outcomes) > 20


def test_a_read_only_directory_gives_a_sentence_and_can_still_be_listed(worker: Worker) -> None:
    made = worker.backup().made
    mount = ["mount", "--bind", str(worker.backups), str(worker.backups)]
    subprocess.run(mount, check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(worker.backups)], check=True)
        assert "cannot be written: Read-only file system" in worker.backup().text
        assert (
            "cannot be written: Read-only file system" in worker.say("pin", name="latest", pinned=True, by="Olga").text
        )
        assert [one["name"] for one in worker.listed()] == [made.name]
        assert worker.problems() == {made.name: None}
    finally:
        subprocess.run(["umount", str(worker.backups)], check=True)


def test_a_missing_directory_gives_a_sentence(worker: Worker) -> None:
    worker.backups.rmdir()
    assert "cannot be written: No such file or directory" in worker.backup().text
    assert "cannot be read: No such file or directory" in worker.say("list").text


def test_the_worker_becomes_the_owner_of_the_database_and_the_directory_becomes_its_own(worker: Worker) -> None:
    before = worker.backup().made
    os.chown(worker.database, 65534, 65534)
    os.chown(worker.database.parent, 65534, 65534)
    for parent in worker.database.parents[1:4]:
        parent.chmod(0o755)  # pytest makes them for root alone
    made = worker.backup().made
    assert {path.stat().st_uid for path in worker.backups.iterdir()} == {65534}
    assert worker.backups.stat().st_uid == 65534
    assert worker.problems() == {before.name: None, made.name: None}
