"""The open ledger file, and the two ways in that every group of records uses: `_write` and `_rows`."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import aiosqlite
import structlog

from ops.aio import finish
from ops.errors import Failed
from ops.ledger import file
from ops.model import Actor, Door

log = structlog.get_logger(__name__)

_BUSY_SECONDS = (
    2.0  # a transaction of ours takes milliseconds: who holds the file longer is stuck, and a rollback must not wait
)
_GIVEN_UP_SECONDS = 30.0  # and after that long it is waited for again

Statement = tuple[str, tuple[Any, ...]]  # SQL and its parameters
_MEND = "Check the disk and the rights of the state directory (project.state_dir). A rollback works without the ledger."


class LedgerDown(Failed):
    """The ledger cannot be written."""


class Store:
    """An open ledger, or a ledger that could not be opened: then reads find nothing and writes raise LedgerDown."""

    def __init__(self, path: Path, connection: aiosqlite.Connection | None, notice: str | None) -> None:
        self._path = path
        self._connection = connection
        self._writing = asyncio.Lock()
        self._given_up_until = 0.0  # monotonic: until then a file that somebody else holds is not waited for
        self.notice = notice  # a sentence for people when the file could not be used as it was

    @classmethod
    @asynccontextmanager
    async def open(cls, state_dir: Path) -> AsyncIterator[Self]:
        """Open `ledger.db` in the state directory, creating or upgrading it. Never raises: see `notice`."""
        path = state_dir / "ledger.db"
        try:
            notice = await asyncio.to_thread(file.prepare, path)
            connection = await aiosqlite.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            log.exception("ledger cannot be opened", problem=str(error), path=str(path))
            yield cls(path, None, f"The ledger {path} cannot be opened: {error}.")
            return
        try:
            connection.row_factory = sqlite3.Row
            await connection.execute("PRAGMA synchronous = FULL")  # a record that a power cut forgets is none
            yield cls(path, connection, notice)
        finally:
            await connection.close()

    async def backup(self) -> Path:
        """Copy the ledger itself, checked, beside it; the last ten copies are kept.

        Raises:
            LedgerDown: it could not be copied.
        """
        try:
            return await asyncio.to_thread(file.backup, self._path)
        except (OSError, sqlite3.Error) as error:
            raise LedgerDown(f"The ledger could not be backed up: {error}.", _MEND) from error

    async def _write(self, *statements: Statement) -> int:
        """Run statements as one transaction; how many rows the last one changed."""
        if self._connection is None:
            raise LedgerDown(self.notice or "The ledger cannot be used.", _MEND)
        async with self._writing:
            waits = 0 if time.monotonic() < self._given_up_until else _BUSY_SECONDS
            try:
                await self._connection.execute(f"PRAGMA busy_timeout = {waits * 1000:.0f}")
                # Never cut short: a run that is cancelled between BEGIN and COMMIT would leave the transaction open, and every
                # later write of this process would fail.
                return await finish(_transaction(self._connection, statements))
            except sqlite3.Error as error:
                if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    self._given_up_until = time.monotonic() + _GIVEN_UP_SECONDS
                raise LedgerDown(f"The ledger cannot be written: {error}.", _MEND) from error

    async def _best_effort(self, *statements: Statement) -> None:
        """The same for what is not worth a failure: a ledger that cannot be written is logged."""
        try:
            await self._write(*statements)
        except LedgerDown as error:
            log.warning("a record was not kept", problem=error.what)

    async def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What a query finds; nothing when the ledger cannot be read, for reading it is never worth a failure."""
        if self._connection is None:
            return []
        try:
            return list(await self._connection.execute_fetchall(sql, values))
        except sqlite3.Error as error:
            log.exception("ledger cannot be read", problem=str(error))
            return []


async def _transaction(connection: aiosqlite.Connection, statements: tuple[Statement, ...]) -> int:
    await connection.execute("BEGIN IMMEDIATE")
    try:
        changed = 0
        for sql, values in statements:
            changed = (await connection.execute(sql, values)).rowcount
        await connection.execute("COMMIT")
    except BaseException:
        await connection.execute("ROLLBACK")
        raise
    return changed


def moment(seconds: float) -> datetime:
    """A column of seconds since the epoch as a time (UTC)."""
    return datetime.fromtimestamp(seconds, UTC)


def actor_in(row: sqlite3.Row) -> Actor:
    """Who stands in a row's columns `actor_id`, `actor_name` and `door`."""
    return Actor(row["actor_id"], row["actor_name"], Door(row["door"]))
