"""What a database holds, read in one transaction: the figures a copy must equal, and the checks it must pass."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.database.model import Facts
from ops.errors import Failed

HISTORY, LOCK_TABLE = "__EFMigrationsHistory", "__EFMigrationsLock"
_MAGIC = b"SQLite format 3\0"
_VERSION_AT, _WAL = 18, 2  # the write version: 1 rollback journal, 2 WAL
_HEADER_BYTES = 100  # the SQLite file header; offset 96 holds the version that wrote last (fileformat.html, 1.3.16)


@contextmanager
def opened(database: Path, busy_seconds: float, *, immutable: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that never makes a new file: `mode=rw`, so that a missing database is an error. `immutable` is for
    copies nobody writes: no locks, no -wal and -shm beside it. Transactions are begun by hand.

    Raises:
        Failed: there is no such file, or it cannot be opened.
    """
    if not database.is_file():
        raise Failed(f"There is no file {database.name}.", "Check database.file and database.volume.")
    mode = "mode=ro&immutable=1" if immutable else "mode=rw"
    connection = sqlite3.connect(
        f"{database.absolute().as_uri()}?{mode}", uri=True, timeout=busy_seconds, isolation_level=None
    )
    try:
        yield connection
    finally:
        connection.close()


def read_facts(connection: sqlite3.Connection) -> Facts:
    """Everything a copy must equal. Inside a transaction all of it is of one moment; counting reads every table."""
    # The name in the quotes comes from the database's own schema, and is quoted as SQL asks for it.
    rows = {name: _one(connection, f"SELECT count(*) FROM {_quoted(name)}") for name in _tables(connection)}  # noqa: S608
    migrations: tuple[str, ...] = ()
    if HISTORY in rows:
        found = connection.execute(f'SELECT "MigrationId" FROM "{HISTORY}" ORDER BY "MigrationId"').fetchall()  # noqa: S608
        migrations = tuple(str(row[0]) for row in found)
    return Facts(
        tables=rows,
        schema_sha256=_schema(connection),
        migrations=migrations,
        user_version=_one(connection, "PRAGMA user_version"),
        application_id=_one(connection, "PRAGMA application_id"),
        page_size=_one(connection, "PRAGMA page_size"),
        page_count=_one(connection, "PRAGMA page_count"),
        journal_mode=str(connection.execute("PRAGMA journal_mode").fetchone()[0]),
        foreign_key_violations=len(connection.execute("PRAGMA foreign_key_check").fetchall()),
        migration_lock=rows.get(LOCK_TABLE, 0) > 0,
    )


def integrity_problem(connection: sqlite3.Connection) -> str | None:
    """What SQLite's own full check finds first; None when it finds nothing. Not a verification by itself: it sees one bit
    flip in three, and an empty database passes (measured)."""
    try:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else " ".join(str(found).removeprefix("*** in database main ***").split())


def difference(expected: Facts, found: Facts) -> str | None:
    """The first thing in which two databases differ, as a clause; None when they hold the same. The journal mode belongs to
    the file and not to its content, and so do free pages at its end."""
    for table in sorted(expected.tables.keys() | found.tables.keys()):
        then, now = expected.tables.get(table), found.tables.get(table)
        if then != now:
            return f"table {table} has {_rows(now)} instead of {_rows(then)}"
    if expected.schema_sha256 != found.schema_sha256:
        return "its schema is another one"
    if expected.migrations != found.migrations:
        return "its migration history is another one"
    for name in ("user_version", "application_id", "page_size", "page_count"):
        if getattr(expected, name) != getattr(found, name):
            return f"its {name} is {getattr(found, name)} instead of {getattr(expected, name)}"
    if found.foreign_key_violations > expected.foreign_key_violations:
        return f"{found.foreign_key_violations} rows break a foreign key instead of {expected.foreign_key_violations}"
    return None


def last_writer(database: Path) -> str | None:
    """The SQLite version that wrote the file last: the application's. Never call it while this process has a connection to
    the file: closing a plain handle drops SQLite's POSIX locks (measured: acknowledged commits were lost)."""
    with database.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return None
    (number,) = struct.unpack(">I", header[96:100])
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}" if number else None


def journal_mode_of(database: Path) -> str | None:
    """`wal` or `delete`, from the header (fileformat.html, 1.3.3), without a lock to wait for; None when it is no SQLite
    database. The same warning as for `last_writer`."""
    with database.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_MAGIC):
        return None
    return "wal" if header[_VERSION_AT] == _WAL else "delete"


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [str(row[0]) for row in rows]


def _schema(connection: sqlite3.Connection) -> str:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _one(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(count: int | None) -> str:
    return "nothing (it is missing)" if count is None else f"{count} rows"
