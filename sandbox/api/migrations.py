"""Migrations, applied the way EF Core 9 applies them to SQLite: same tables, same lock, same transactions.

Sources, read in EF Core 9: `SqliteHistoryRepository` (the two tables, the lock row and its retry), `Migrator` (lock, history,
pending ones in order), `MigrationCommandExecutor` (a command that suppresses the transaction commits the one before it) and
`SqliteMigrationsSqlGenerator` (the rebuild: copy, foreign keys off, drop and rename, foreign keys on, indexes).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

PRODUCT_VERSION = "9.0.6"  # what EF Core writes beside each migration: its own version
LOCK_RETRY_S = 0.1  # EF starts at 1 s; the sample starts in less than that. Doubled each time, as EF does
LOCK_RETRY_MAX_S = 60.0

Log = Callable[[str], None]


@dataclass(frozen=True)
class Migration:
    """`commands` are SQL statements; a PRAGMA among them runs outside the transaction, which ends the one before it."""

    id: str
    commands: tuple[str, ...]


def rebuild(table: str, columns: str, keep: tuple[str, ...], indexes: tuple[str, ...]) -> tuple[str, ...]:
    """EF Core's rebuild of `table`: `columns` is its new definition, `keep` the columns copied over.

    Rows that another process writes between the copy and the drop are lost: that is EF Core's behaviour, and the reason why
    such a release must not start while the other colour writes.
    """
    names = ", ".join(f'"{name}"' for name in keep)
    return (
        f'CREATE TABLE "ef_temp_{table}" ({columns})',
        f'INSERT INTO "ef_temp_{table}" ({names}) SELECT {names} FROM "{table}"',  # noqa: S608 our own names
        "PRAGMA foreign_keys = 0",
        f'DROP TABLE "{table}"',
        f'ALTER TABLE "ef_temp_{table}" RENAME TO "{table}"',
        "PRAGMA foreign_keys = 1",
        *indexes,
    )


def migrate(
    connection: sqlite3.Connection, migrations: tuple[Migration, ...], log: Log, rebuild_pause_s: float = 0.0
) -> list[str]:
    """Apply what is pending, in order, and return the ids applied. Ids in the history that are not ours are left alone."""
    applied: list[str] = []
    with _migrations_lock(connection, log):
        connection.execute(
            'CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" ('
            '"MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY, "ProductVersion" TEXT NOT NULL)'
        )
        done = set(history(connection))
        for migration in migrations:
            if migration.id not in done:
                log(f"applying migration '{migration.id}'")
                _apply(connection, migration, rebuild_pause_s)
                applied.append(migration.id)
    return applied


def history(connection: sqlite3.Connection) -> list[str]:
    """The ids of the migrations that stand in the database, in order."""
    rows = connection.execute('SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY "MigrationId"')
    return [row[0] for row in rows]


def _apply(connection: sqlite3.Connection, migration: Migration, rebuild_pause_s: float) -> None:
    remember = 'INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion") VALUES (?, ?)'
    try:
        for command in migration.commands:
            if command.startswith("PRAGMA"):
                if connection.in_transaction:
                    connection.execute("COMMIT")
                    time.sleep(rebuild_pause_s)
            elif not connection.in_transaction:
                connection.execute("BEGIN IMMEDIATE")
            connection.execute(command)
        if not connection.in_transaction:
            connection.execute("BEGIN IMMEDIATE")
        connection.execute(remember, (migration.id, PRODUCT_VERSION))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _migrations_lock(connection: sqlite3.Connection, log: Log) -> Iterator[None]:
    """EF Core's lock is a row, not a kernel lock: a process killed while it holds it leaves every later start waiting."""
    connection.execute(
        'CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ('
        '"Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL)'
    )
    delay = LOCK_RETRY_S
    while not _try_lock(connection):
        log(f"waiting for the migrations lock ('__EFMigrationsLock' has a row); next try in {delay:.1f} s")
        time.sleep(delay)
        delay = min(delay * 2, LOCK_RETRY_MAX_S)
    try:
        yield
    finally:
        connection.execute('DELETE FROM "__EFMigrationsLock"')


def _try_lock(connection: sqlite3.Connection) -> bool:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
    cursor = connection.execute('INSERT OR IGNORE INTO "__EFMigrationsLock" ("Id", "Timestamp") VALUES (1, ?)', (now,))
    return cursor.rowcount == 1
