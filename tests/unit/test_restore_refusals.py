"""Bad input to a restore: a clear sentence, and the database is what it was, to the last byte."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ops.database import backup, inspect, manifest, restore, stage
from ops.database.facts import opened
from ops.database.model import BackupRequest, InspectRequest, Manifest, RestoreRequest, StageRequest, Way, Why
from ops.database.places import Places
from ops.database.progress import quiet
from ops.errors import Failed
from tests.database_files import flip_bit, make_database, some_bits

RUN = "run-1"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for folder in ("volume", "backups"):
        (tmp_path / folder).mkdir()
    return Places(make_database(tmp_path / "volume" / "myfinance.db", payments=100), tmp_path / "backups")


@pytest.fixture
def untouched(places: Places) -> Iterator[None]:
    """The volume holds after the test what it held before it, and nothing else."""
    before = contents(places)
    yield
    assert contents(places) == before


def contents(places: Places) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in places.database.parent.iterdir()}


def take(places: Places, **changes: bool) -> Manifest:
    request = BackupRequest("myfinance", Why.MANUAL, RUN, **changes)  # type: ignore[arg-type]
    return backup.run(request, places, quiet).manifest


def kept(places: Places, made: Manifest) -> Path:
    return places.file(made.name)


def look(places: Places, name: str = "latest", known: str | None = None) -> None:
    inspect.run(InspectRequest(name, known), places, quiet)


def staging(places: Places, name: str = "latest", known: str | None = None, run: str = RUN) -> str:
    return stage.run(StageRequest(name, run, "wal", known), places, quiet).file


def reseal(places: Places, made: Manifest, **changes: object) -> Manifest:
    """Forge a manifest that fits a file that was changed."""
    path = kept(places, made)
    forged = replace(
        made, bytes=path.stat().st_size, stored_bytes=path.stat().st_size, sha256=manifest.file_sha256(path)
    )
    forged = manifest.sealed(replace(forged, **changes))  # type: ignore[arg-type]
    places.beside(made.name, ".json").write_text(json.dumps(asdict(forged)))
    return forged


@pytest.mark.parametrize(
    "name",
    ["../myfinance-20261124-020000", "/etc/passwd", "-rf", "my finance", "", "myfinance-20261124-020000/x", "x" * 5000,
     "myfinance-2026*", "myfinance-20261124-020000\n", "..", "myfinance-20261124-020000.json"],
)  # fmt: skip
@pytest.mark.usefixtures("untouched")
def test_a_name_that_is_none(places: Places, name: str) -> None:
    for ask in (look, staging):
        with pytest.raises(Failed, match="is not the name of a backup") as error:
            ask(places, name)
        assert len(error.value.message) < 300


@pytest.mark.usefixtures("untouched")
def test_a_name_that_nobody_has_and_an_empty_directory(places: Places) -> None:
    with pytest.raises(Failed, match="There is no backup myfinance-20200101-000000"):
        look(places, "myfinance-20200101-000000")
    with pytest.raises(Failed, match="There is no good backup"):
        look(places)


@pytest.mark.usefixtures("untouched")
def test_a_link_out_of_the_directory(places: Places, tmp_path: Path) -> None:
    made = take(places)
    shutil.move(kept(places, made), tmp_path / "elsewhere.db")
    places.beside(made.name, ".db").symlink_to(tmp_path / "elsewhere.db")
    for ask in (look, staging):
        with pytest.raises(Failed, match="is not a plain file"):
            ask(places, made.name)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def encrypted(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def flipped(path: Path) -> None:
    flip_bit(path, some_bits(path, 1, seed=7)[0])


def foreign(path: Path) -> None:
    """Another application's database, under a name of ours."""
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE Songs (Id INTEGER PRIMARY KEY, Title TEXT); INSERT INTO Songs VALUES (1, 'A')"
        )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("damage", [truncated, emptied, encrypted, flipped, foreign])
@pytest.mark.usefixtures("untouched")
def test_a_file_that_is_not_what_was_kept(places: Places, damage: Callable[[Path], None], packed: bool) -> None:
    made = take(places, compress=packed)
    damage(kept(places, made))
    with pytest.raises(Failed, match=r"cannot be used|has changed|is damaged"):
        staging(places, made.name)
    with pytest.raises(Failed, match=r"There is no good backup|has changed|is damaged"):
        staging(places)


@pytest.mark.parametrize("damage", [truncated, emptied, encrypted, foreign])
@pytest.mark.usefixtures("untouched")
def test_a_file_and_a_manifest_forged_together(places: Places, damage: Callable[[Path], None]) -> None:
    made = take(places)
    damage(kept(places, made))
    reseal(places, made)
    with pytest.raises(Failed, match="does not hold what it held"):
        staging(places, made.name)
    for ask in (look, staging):
        with pytest.raises(Failed, match="is not the one that was written when it was taken"):
            ask(places, made.name, made.manifest_sha256)


@pytest.mark.usefixtures("untouched")
def test_a_manifest_that_is_gone_changed_or_anothers(places: Places) -> None:
    first, second = take(places), take(places)
    path, other = places.beside(first.name, ".json"), places.beside(second.name, ".json")
    whole = path.read_text()
    for text, sentence in (
        (whole.replace('"manual"', '"safety"'), "Its manifest was changed"),
        (other.read_text(), "Its manifest belongs to"),
        ("{", "Its manifest cannot be read"),
    ):
        path.write_text(text)
        with pytest.raises(Failed, match=sentence):
            staging(places, first.name)
    path.unlink()
    with pytest.raises(Failed, match="It has no manifest"):
        staging(places, first.name)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("CREATE TABLE Songs (Id INTEGER PRIMARY KEY)", "no table in common"),
        ("CREATE TABLE Accounts (Id); CREATE TABLE __EFMigrationsHistory (MigrationId TEXT, ProductVersion TEXT);"
         "INSERT INTO __EFMigrationsHistory VALUES ('20200101000000_Songs', '9')", "no migration in common"),
        ("CREATE TABLE Accounts (Id); PRAGMA application_id = 77", "its application id is 99, the database's 77"),
    ],
)  # fmt: skip
def test_a_backup_of_another_application(places: Places, script: str, reason: str) -> None:
    with closing(sqlite3.connect(places.database)) as connection:
        connection.execute("PRAGMA application_id = 99")
    made = take(places)
    places.database.unlink()
    with closing(sqlite3.connect(places.database)) as connection:
        connection.executescript(script)
    before = contents(places)
    with pytest.raises(Failed, match=f"{made.name} is of another application: .*{reason}"):
        look(places, made.name)
    assert contents(places) == before


def test_an_empty_database_takes_any_backup(places: Places) -> None:
    take(places)
    places.database.unlink()
    with closing(sqlite3.connect(places.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert inspect.run(InspectRequest("latest"), places, quiet).way is Way.REPLACE


def test_a_database_that_stays_locked_is_not_compared(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "BUSY_SECONDS", 0.3)
    take(places)
    with opened(places.database, 1) as holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Failed, match="somebody keeps it locked"):
            look(places)


@pytest.mark.usefixtures("untouched")
def test_a_staged_copy_that_is_not_one(places: Places, tmp_path: Path) -> None:
    (places.database.parent / "x.db").write_bytes(b"x")
    for file in ("x.db", "../x.db", "myfinance.db", ".restore-../../x.db", ".restore-.db", ".restore-run-1.db.partial"):
        with pytest.raises(Failed, match="is not a staged copy"):
            restore.run(RestoreRequest(file, Way.REPLACE), places, quiet)
    (places.database.parent / "x.db").unlink()
    link = places.database.parent / ".restore-run-9.db"
    link.symlink_to(places.database)
    with pytest.raises(Failed, match="is not there as it was made"):
        restore.run(RestoreRequest(link.name, Way.REPLACE), places, quiet)
    link.unlink()
    with pytest.raises(Failed, match="is not there as it was made"):
        restore.run(RestoreRequest(link.name, Way.REPLACE), places, quiet)
    take(places)
    for run in ("../x", "-x", "", "a b", "x" * 65):
        with pytest.raises(Failed, match="is not the id of a run"):
            staging(places, run=run)


@pytest.mark.parametrize("way", [Way.LIVE, Way.REPLACE])
def test_a_staged_copy_that_was_damaged_meanwhile_never_reaches_the_database(places: Places, way: Way) -> None:
    take(places)
    before, copy = contents(places), places.database.with_name(staging(places))
    whole = copy.read_bytes()
    copy.write_bytes(whole[:8192] + os.urandom(8192) + whole[16_384:])
    with pytest.raises(Failed, match=r"is damaged.*Nothing was changed"):
        restore.run(RestoreRequest(copy.name, way), places, quiet)
    copy.unlink()
    assert contents(places) == before


def test_a_database_that_is_a_link_is_not_exchanged(places: Places, tmp_path: Path) -> None:
    take(places)
    file = staging(places)
    shutil.move(places.database, tmp_path / "real.db")
    places.database.symlink_to(tmp_path / "real.db")
    with pytest.raises(Failed, match=r"myfinance\.db is a link"):
        restore.run(RestoreRequest(file, Way.REPLACE), places, quiet)
    assert places.database.is_symlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_volume_that_is_full_at_any_stage_fails_cleanly(places: Places, small_disk: Path) -> None:
    small = Places(small_disk / "myfinance.db", places.backups)
    shutil.copy(places.database, small.database)
    take(places)
    before, outcomes = contents(small), []
    for room in range(0, 1024, 8):  # KB that are left
        filler = small_disk / "filler"
        filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - room * 1024)))
        try:
            restore.run(RestoreRequest(staging(small), Way.LIVE), small, quiet)
        except Failed as error:
            outcomes.append(error.what)
            restored = False
        else:
            restored = True
        filler.unlink()
        (small_disk / ".restore-run-1.db").unlink(missing_ok=True)  # what a sweep does
        if restored:
            break
        assert contents(small) == before
    assert restored
    assert any("the copy of" in what for what in outcomes)
    assert any("the restore's WAL takes" in what for what in outcomes)
    assert all(what.endswith(("Nothing was restored.", "Nothing was changed.")) for what in outcomes)


def test_a_volume_that_is_read_only(places: Places, small_disk: Path) -> None:
    small = Places(small_disk / "myfinance.db", places.backups)
    shutil.copy(places.database, small.database)
    take(places)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Failed, match="could not take the copy: Read-only file system"):
        staging(small)


def test_a_wal_database_on_a_shared_file_system_is_not_restored(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops.database import mounts

    take(places)
    told = tmp_path / "mountinfo"
    told.write_text(
        "1 1 0:1 / / rw - ext4 /dev/x rw\n2 1 0:2 / " + str(places.database.parent) + " rw - nfs4 x:/y rw\n"
    )
    monkeypatch.setattr(mounts, "MOUNTINFO", told)
    with pytest.raises(Failed, match="is in WAL mode on a nfs4 file system"):
        staging(places)
    assert [file.name for file in places.database.parent.iterdir()] == ["myfinance.db"]
