"""A second place for backups: on another disk and by SFTP, over real files and a real server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.database_files import Answer, Worker, flip_bit, replay_problem
from tests.sftp_server import PASSWORD, USER, SftpServer, sftp_server


def mirror(worker: Worker, url: Path | str, **request: Any) -> Answer:
    return worker.say("mirror", **{"url": str(url), "options": {}, **request})


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def family(*names: str) -> list[str]:
    return sorted(name + ending for name in names for ending in (".db", ".json"))


def test_what_is_missing_there_is_copied_and_what_is_there_stays(worker: Worker, tmp_path: Path) -> None:
    there = tmp_path / "other" / "place"
    one, two = (worker.backup().made.name for _ in range(2))
    assert mirror(worker, there).result == {"copied": [one, two], "present": 2, "removed": []}
    assert files(there) == family(one, two)
    assert replay_problem(there / f"{two}.db", 300) is None
    (there / "notes.txt").write_text("mine")
    three = worker.backup().made.name
    assert mirror(worker, f"file://{there}").result == {"copied": [three], "present": 3, "removed": []}
    assert mirror(worker, there, remove=[one]).result == {"copied": [], "present": 2, "removed": [one]}
    assert files(there) == sorted([*family(two, three), "notes.txt"])


def test_a_packed_backup_and_a_named_one_are_copied_too(worker: Worker, tmp_path: Path) -> None:
    worker.backup()
    made = worker.backup(compress=True).made.name
    assert mirror(worker, tmp_path / "there", names=["latest"]).result["copied"] == [made]
    assert files(tmp_path / "there") == [f"{made}.db.zst", f"{made}.json"]


def test_a_backup_that_was_damaged_here_is_not_spread(worker: Worker, tmp_path: Path) -> None:
    made = worker.backup().made.name
    flip_bit(worker.stored(made), 9999)
    assert "not what was sent" in mirror(worker, tmp_path / "there").text
    assert files(tmp_path / "there") == []


def test_the_copy_there_can_be_put_back_and_is_good(worker: Worker, tmp_path: Path) -> None:
    made = worker.backup().made.name
    mirror(worker, tmp_path / "there")
    again = Worker(worker.database, tmp_path / "there")
    assert again.problems() == {made: None}


def test_a_mirror_killed_at_any_touch_of_a_file_never_leaves_a_bad_backup_there(worker: Worker, tmp_path: Path) -> None:
    made, there = worker.backup().made.name, tmp_path / "there"
    for moment in range(1, 400):
        answer = worker.say("mirror", kill_at=moment, url=str(there), options={})
        if (there / f"{made}.json").exists():
            assert Worker(worker.database, there).problems() == {made: None}
            break
        assert answer.code != 0
    assert mirror(worker, there).result["present"] == 1
    assert files(there) == family(made), "half-written files of killed ones are taken away"


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with 64 KB on it."""
    disk = tmp_path / "full"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_there_is_told_and_nothing_half_written_stays(worker: Worker, full_disk: Path) -> None:
    worker.backup()
    answer = mirror(worker, full_disk)
    assert "No space left on device" in answer.text
    assert "The backups here are whole" in answer.text
    assert files(full_disk) == []


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("nonsense://x", {}, "nonsense"),
        ("sftp://keeper:secret@127.0.0.1:1/backups", {}, "sftp://127.0.0.1:1/backups"),
        ("gs://bucket/backups", {}, "gcsfs"),
        ("/proc/nowhere", {}, "/proc/nowhere"),
    ],
)
def test_a_place_that_cannot_be_used_is_told_without_its_password(
    worker: Worker, url: str, options: dict[str, str], says: str
) -> None:
    worker.backup()
    answer = mirror(worker, url, options=options)
    assert says in answer.text
    assert "secret" not in answer.text


# -- SFTP --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "remote").mkdir()
    with sftp_server(tmp_path / "remote") as running:
        yield running


def test_by_sftp_it_is_the_same(worker: Worker, server: SftpServer) -> None:
    one, two = (worker.backup().made.name for _ in range(2))
    url = f"sftp://127.0.0.1:{server.port}/backups"
    options = {"username": USER, "password": PASSWORD}
    assert mirror(worker, url, options=options).result == {"copied": [one, two], "present": 2, "removed": []}
    assert mirror(worker, url, options=options, remove=[one]).result == {"copied": [], "present": 1, "removed": [one]}
    assert files(server.folder / "backups") == family(two)
    assert replay_problem(server.folder / "backups" / f"{two}.db", 300) is None


def test_a_wrong_password_is_told(worker: Worker, server: SftpServer) -> None:
    worker.backup()
    options = {"username": USER, "password": "wrong-one"}
    answer = mirror(worker, f"sftp://127.0.0.1:{server.port}/backups", options=options)
    assert "Authentication failed" in answer.text
    assert "wrong-one" not in answer.text
