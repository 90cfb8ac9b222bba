"""VACUUM: it says first, takes its time from nobody for ever, and changes nothing but the size."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ops.database import vacuum
from ops.database.facts import integrity_problem, opened, read_facts
from ops.database.model import Facts, Vacuumed, VacuumRequest
from ops.database.places import Places
from ops.database.progress import quiet
from ops.errors import Failed
from tests.database_client import connected
from tests.database_files import make_database


def with_holes(path: Path, mode: str = "wal", megabytes: int = 4) -> Places:
    """A database of which about half is free pages."""
    make_database(path, payments=100, mode=mode)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE Ballast (Id INTEGER PRIMARY KEY, Data BLOB)")
        connection.execute("BEGIN")
        for _ in range(megabytes * 50):
            connection.execute("INSERT INTO Ballast (Data) VALUES (randomblob(20000))")
        connection.execute("COMMIT")
        connection.execute("DELETE FROM Ballast WHERE Id % 2")
    return Places(path, path.parent)


def facts(database: Path) -> Facts:
    with opened(database, 5) as connection:
        assert integrity_problem(connection) is None
        return read_facts(connection)


def go(places: Places, *, dry: bool = False, seconds: float = 30) -> Vacuumed:
    return vacuum.run(VacuumRequest(dry, seconds), places, quiet)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_it_says_what_it_wins_and_then_wins_it(tmp_path: Path, mode: str) -> None:
    places = with_holes(tmp_path / "myfinance.db", mode)
    before = facts(places.database)
    told = go(places, dry=True)
    assert not told.done
    assert facts(places.database) == before
    assert told.reclaimable > 1_500_000
    assert told.needed_bytes == 2 * told.bytes_before
    assert 0 < told.stall_seconds < 1
    done = go(places)
    assert done.done
    assert done.bytes_after <= told.bytes_after < told.bytes_before == done.bytes_before
    assert done.bytes_after == places.database.stat().st_size
    after = facts(places.database)
    assert after == replace(before, page_count=after.page_count)
    assert {file.name for file in tmp_path.iterdir()} == {"myfinance.db"}


def test_beside_an_application_that_goes_on_paying(tmp_path: Path) -> None:
    places = with_holes(tmp_path / "myfinance.db")
    with connected(places.database) as application:
        application.tell("pay")
        assert go(places).done
        acknowledged = application.say("hold")
        assert application.say("count") == acknowledged > 100
    assert facts(places.database).tables["Transactions"] == acknowledged


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_locked_for_ever_ends_at_the_deadline(tmp_path: Path, mode: str) -> None:
    places = with_holes(tmp_path / "myfinance.db", mode)
    before = places.database.stat().st_size
    with opened(places.database, 1) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Failed, match=r"somebody keeps it locked .* Nothing was changed") as error:
            go(places, seconds=0.5)
    assert "Look at what holds the database" in error.value.next_step
    assert places.database.stat().st_size == before
    assert go(places).done


def test_one_that_takes_too_long_is_given_up_and_nothing_is_changed(tmp_path: Path) -> None:
    places = with_holes(tmp_path / "myfinance.db")
    with closing(sqlite3.connect(places.database, isolation_level=None)) as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) "
            "INSERT INTO Ballast (Data) SELECT i FROM n"
        )
    before = facts(places.database)
    with opened(places.database, 1) as connection, pytest.raises(Failed, match="given up at its deadline"):
        vacuum._vacuum(connection, places.database, 0)
    assert facts(places.database) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_without_room_it_is_refused(small_disk: Path) -> None:
    places = with_holes(small_disk / "myfinance.db", "delete", megabytes=3)
    before = facts(places.database)
    told = go(places, dry=True)
    assert told.free_bytes < told.needed_bytes
    with pytest.raises(Failed, match=r"may take [\d,]+ bytes on the volume, and [\d,]+ are free\. Nothing was changed"):
        go(places)
    assert facts(places.database) == before


def test_a_disk_that_fills_up_on_the_way_leaves_the_database_as_it_was(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = with_holes(small_disk / "myfinance.db", "delete", megabytes=3)
    before = facts(places.database)
    monkeypatch.setattr(vacuum, "_refuse_full", lambda told: (small_disk / "filler").write_bytes(bytes(4_200_000)))
    with pytest.raises(Failed, match=r"disk is full|disk I/O error"):
        go(places)
    (small_disk / "filler").unlink()
    assert facts(places.database) == before
    assert [file.name for file in small_disk.iterdir()] == ["myfinance.db"]


def test_a_damaged_or_missing_database_is_not_touched(tmp_path: Path) -> None:
    places = with_holes(tmp_path / "myfinance.db")
    whole = places.database.read_bytes()
    torn = whole[:8192] + os.urandom(30_000) + whole[38_192:]
    places.database.write_bytes(torn)
    with pytest.raises(Failed, match="damaged"):
        go(places)
    assert places.database.read_bytes() == torn
    places.database.unlink()
    with pytest.raises(Failed, match=r"There is no file myfinance\.db"):
        go(places)
    assert list(tmp_path.iterdir()) == []
