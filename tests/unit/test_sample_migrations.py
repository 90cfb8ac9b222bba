"""The sample's migrations do what EF Core's do to a database, good and bad: that is what a release tool has to live with."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.api.database import Database
from sandbox.api.migrations import Migration, history, migrate
from sandbox.api.releases import RELEASES

BOOK = "INSERT INTO Transactions (AccountId, Amount, BookedAt) VALUES (1, '1.00', 'now')"


def bring(database: Database, release: str, *, rebuild_pause_s: float = 0.0) -> tuple[list[str], list[str]]:
    """Migrate as a release does at its start: the ids applied, and what it logged."""
    said: list[str] = []
    with database.connection() as connection:
        return migrate(connection, RELEASES[release].migrations, said.append, rebuild_pause_s), said


def test_history_and_lock_look_as_ef_core_writes_them(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")

    bring(database, "v1.1.0")

    with database.connection() as connection:
        rows = connection.execute("SELECT MigrationId, ProductVersion FROM __EFMigrationsHistory").fetchall()
        assert [tuple(row) for row in rows] == [
            ("20250106090000_InitialCreate", "9.0.6"),
            ("20250203090000_AddTransactionCategory", "9.0.6"),
        ]
        assert connection.execute("SELECT count(*) FROM __EFMigrationsLock").fetchone()[0] == 0


def test_a_row_left_in_the_lock_keeps_every_later_start_waiting(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    bring(database, "v1.0.0")
    with database.connection() as connection:
        connection.execute("INSERT INTO __EFMigrationsLock VALUES (1, 'a killed container')")
    waits, results = threading.Event(), []

    def later_start() -> None:
        with closing(sqlite3.connect(database.path, isolation_level=None)) as connection:
            results.append(migrate(connection, RELEASES["v1.1.0"].migrations, lambda _: waits.set()))

    start = threading.Thread(target=later_start)
    start.start()
    assert waits.wait(10)
    assert results == []
    with database.connection() as connection:
        connection.execute("DELETE FROM __EFMigrationsLock")
    start.join(10)

    assert results == [["20250203090000_AddTransactionCategory"]]


def test_a_rebuild_loses_what_is_written_between_its_transactions(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    bring(database, "v1.2.0")
    with database.transaction() as connection:
        connection.execute(BOOK)
    rebuild = threading.Thread(target=bring, args=(database, "v1.5.0"), kwargs={"rebuild_pause_s": 0.5})

    rebuild.start()
    with closing(sqlite3.connect(database.path)) as other_colour:
        copied = "SELECT count(*) FROM sqlite_master WHERE name = 'ef_temp_Transactions'"
        while other_colour.execute(copied).fetchone()[0] == 0:
            assert rebuild.is_alive()
        other_colour.execute(BOOK)
        other_colour.commit()
        acknowledged = other_colour.execute("SELECT count(*) FROM Transactions").fetchone()[0]
    rebuild.join(20)

    with database.connection() as connection:
        assert (acknowledged, connection.execute("SELECT count(*) FROM Transactions").fetchone()[0]) == (2, 1)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_rebuild_keeps_rows_keys_and_indexes_when_nobody_writes(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    bring(database, "v1.2.0")
    with database.transaction() as connection:
        for _ in range(3):
            connection.execute(BOOK)
    with database.connection() as connection:
        root_before = connection.execute("SELECT rootpage FROM sqlite_master WHERE name='Transactions'").fetchone()[0]

    bring(database, "v1.5.0")

    with database.connection() as connection:
        root, sql = connection.execute("SELECT rootpage, sql FROM sqlite_master WHERE name='Transactions'").fetchone()
        indexes = {row[1] for row in connection.execute("PRAGMA index_list('Transactions')")}
        assert root != root_before
        assert "VARCHAR" not in sql
        assert indexes == {"IX_Transactions_AccountId", "IX_Transactions_BookedAt"}
        assert [row[0] for row in connection.execute("SELECT Id FROM Transactions ORDER BY Id")] == [1, 2, 3]
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_migration_that_fails_leaves_neither_itself_nor_the_lock(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    bring(database, "v1.0.0")
    broken = Migration("20990101000000_Broken", ("CREATE TABLE Half (Id INTEGER)", "INSERT INTO Nowhere VALUES (1)"))

    with pytest.raises(sqlite3.OperationalError, match="Nowhere"), database.connection() as connection:
        migrate(connection, (broken,), lambda _: None)

    with database.connection() as connection:
        assert history(connection) == ["20250106090000_InitialCreate"]
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'Half'").fetchone()[0] == 0
        assert connection.execute("SELECT count(*) FROM __EFMigrationsLock").fetchone()[0] == 0


def test_wal_is_chosen_when_the_file_is_made_and_not_again(tmp_path: Path) -> None:
    path = tmp_path / "restored.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE Old (Id INTEGER)")

    with Database(path).connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    with Database(tmp_path / "new.db").connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
