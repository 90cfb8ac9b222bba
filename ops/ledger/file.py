"""The ledger's file: opened, brought to the current schema, backed up; and set aside when it is damaged.

Losing it must not cost anyone the rollback, so a damaged ledger never stops the program: it is moved aside and a new one begun.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import structlog

from ops.ledger.schema import MIGRATIONS

log = structlog.get_logger(__name__)
_KEPT_BACKUPS = 10
_BUSY_SECONDS = 10.0


def prepare(path: Path) -> str | None:
    """Make sure a healthy ledger of the current schema stands at `path`. Blocking: run it in a thread.

    Returns a sentence for people when the old one had to be set aside.

    Raises:
        OSError, sqlite3.Error: the place cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    notice = None
    try:
        _migrate(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and not _damaged(path):
            raise  # locked, read-only or full: not damage
        aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                os.replace(part, aside.with_name(aside.name + suffix))
        notice = f"The ledger was damaged ({error}); it was set aside as {aside.name} and a new one begun."
        log.exception("ledger set aside", problem=str(error), aside=str(aside))
        _migrate(path)
    return notice


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    os.chmod(path, 0o600)
    return connection


def _damaged(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def _migrate(path: Path) -> None:
    connection = _connect(path)
    try:
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its check found damage")
        connection.execute("PRAGMA journal_mode = WAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise sqlite3.OperationalError(f"the ledger is of a newer program (schema {version}); use that program")
        if 0 < version < len(MIGRATIONS):
            backup(path)
        connection.execute("BEGIN IMMEDIATE")
        # Asked again inside the transaction: another process may have been faster.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in MIGRATIONS[version:]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    finally:
        connection.close()


def _statements(script: str) -> list[str]:
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements


def backup(path: Path) -> Path:
    """Copy the ledger with SQLite's backup API into `ledger-backups/` beside it, keep the last ten. Blocking.

    The copy is checked before it gets its name.
    """
    folder = path.with_name("ledger-backups")
    folder.mkdir(exist_ok=True)
    target = folder / f"ledger-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.db"
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    source, copy = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True), sqlite3.connect(partial)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the copy of the ledger is damaged")
    finally:
        copy.close()
        source.close()
    os.chmod(partial, 0o600)
    os.replace(partial, target)
    for old in sorted(folder.glob("ledger-*.db"))[:-_KEPT_BACKUPS]:
        old.unlink()
    return target
