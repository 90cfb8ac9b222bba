"""The figures of a database: sizes, journal mode, SQLite versions, migrations, room on its disk."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from ops.database.facts import last_writer
from ops.database.model import StatusRequest
from ops.database.places import Places
from ops.database.progress import Progress

_BUSY_SECONDS = 5.0


@dataclass(frozen=True)
class DatabaseStatus:
    """Sizes are bytes. `problem` is one sentence when the database cannot be read; the fields behind it are then None."""

    bytes: int | None
    wal_bytes: int | None
    journal_mode: str | None
    page_size: int | None
    written_by: str | None  # SQLite version of the last writer: the application's
    sqlite_version: str  # the worker's own
    migrations: tuple[str, ...]
    free_bytes: int  # on the volume's disk
    problem: str | None = None


def run(request: StatusRequest, places: Places, progress: Progress) -> DatabaseStatus:
    """The task `status`."""
    return read_status(places.database)


def read_status(database: Path) -> DatabaseStatus:
    """Read the figures. The database is opened `mode=rw`, so that a missing one is a finding and never a new empty file."""
    disk = os.statvfs(database.parent)
    free = disk.f_bavail * disk.f_frsize
    wal = database.with_name(database.name + "-wal")
    if not database.exists():
        return _unreadable(f"There is no file {database.name} on the volume yet.", free)
    # Before any connection of this process: closing a plain file descriptor drops SQLite's own POSIX locks (measured).
    written_by = last_writer(database)
    size, wal_size = database.stat().st_size, wal.stat().st_size if wal.exists() else 0
    try:
        connection = sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)
        try:
            journal_mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            page_size = connection.execute("PRAGMA page_size").fetchone()[0]
            migrations = _migrations(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        return _unreadable(f"{database.name} cannot be read: {error}.", free, size, wal_size)
    return DatabaseStatus(size, wal_size, journal_mode, page_size, written_by, sqlite3.sqlite_version, migrations, free)


def _unreadable(problem: str, free: int, size: int | None = None, wal: int | None = None) -> DatabaseStatus:
    return DatabaseStatus(size, wal, None, None, None, sqlite3.sqlite_version, (), free, problem)


def _migrations(connection: sqlite3.Connection) -> tuple[str, ...]:
    known = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'"
    ).fetchone()
    if not known:
        return ()
    rows = connection.execute('SELECT MigrationId FROM "__EFMigrationsHistory" ORDER BY MigrationId').fetchall()
    return tuple(row[0] for row in rows)
