"""The ledger: who did what, in a side SQLite file. It is the history, not the truth: what is live the proxy and labels know.

Several processes may use it at once (the bot, a terminal). Every write is one short transaction.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import structlog

from ops import ledger_file
from ops.aio import finish
from ops.database.status import DatabaseStatus
from ops.errors import Failed
from ops.events import Event, RunFinished, RunStarted, StepDone, StepFailed, StepProgress, StepStarted, SwitchBegun
from ops.model import Actor, Door, Role
from ops.results import AuditRow, DatabaseFigures, Freeze, RunRecord, StepRecord
from ops.run import Run

log = structlog.get_logger(__name__)

SEEN_SECONDS = 3600.0  # Slack's last retry of an event comes after about six minutes
BUTTON_SECONDS = 14 * 24 * 3600.0


class LedgerDown(Failed):
    """The ledger cannot be written."""


class Ledger:
    """An open ledger, or a ledger that could not be opened: then reads find nothing and writes raise LedgerDown."""

    def __init__(self, path: Path, connection: aiosqlite.Connection | None, notice: str | None) -> None:
        self._path = path
        self._connection = connection
        self._titles: dict[tuple[str, str], str] = {}
        self._writing = asyncio.Lock()
        self.notice = notice

    @classmethod
    @asynccontextmanager
    async def open(cls, state_dir: Path) -> AsyncIterator[Ledger]:
        """Open `ledger.db` in the state directory, creating or upgrading it. Never raises: see `notice`."""
        path = state_dir / "ledger.db"
        try:
            notice = await asyncio.to_thread(ledger_file.prepare, path)
            connection = await aiosqlite.connect(path, timeout=10, isolation_level=None)
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

    # -- the two ways in ----------------------------------------------------------------------------------------

    async def _write(self, statements: Iterable[tuple[str, tuple[Any, ...]]]) -> int:
        """Run statements as one transaction; how many rows the last one changed."""
        if self._connection is None:
            raise LedgerDown(self.notice or "The ledger cannot be used.", _MEND)
        async with self._writing:
            try:
                # Never cut short: a run that is cancelled between BEGIN and COMMIT would leave the transaction open, and every
                # later write of this process would fail.
                return await finish(_transaction(self._connection, statements))
            except sqlite3.Error as error:
                raise LedgerDown(f"The ledger cannot be written: {error}.", _MEND) from error

    async def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        if self._connection is None:
            return []
        try:
            return list(await self._connection.execute_fetchall(sql, values))
        except sqlite3.Error as error:
            log.exception("ledger cannot be read", problem=str(error))
            return []

    # -- runs and the audit log ---------------------------------------------------------------------------------

    async def intent(self, run: Run, role: Role, words: str) -> None:
        """Before a run: the run's row and the audit's first row, together."""
        actor, now = run.actor, time.time()
        await self._write(
            [
                (
                    "INSERT INTO runs (id, command, words, actor_id, actor_name, door, state, started) "
                    "VALUES (?, ?, ?, ?, ?, ?, 'running', ?)",
                    (run.id, words, run.command, actor.id, actor.name, actor.door, now),
                ),
                _audit(run, role, "intent", now, None, ""),
            ]
        )

    async def outcome(self, run: Run, role: Role, state: str, summary: str) -> None:
        """After a run: how it ended (done, failed, stopped, interrupted), in its row and as the audit's second row."""
        now = time.time()
        await self._write(
            [
                ("UPDATE runs SET state = ?, finished = ?, summary = ? WHERE id = ?", (state, now, summary, run.id)),
                _audit(run, role, "outcome", now, state, summary),
            ]
        )

    async def refusal(self, run: Run, role: Role, why: str) -> None:
        """A command that was not begun: both audit rows at once."""
        now = time.time()
        await self._write(
            [_audit(run, role, "intent", now, None, ""), _audit(run, role, "outcome", now, "refused", why)]
        )

    async def event(self, event: Event) -> None:
        """Keep an event; steps also as rows, so that a killed run shows the step it was in."""
        if isinstance(event, StepProgress):
            return  # hundreds a run, and worth nothing afterwards
        statements = list(self._step_statements(event))
        kind, body = type(event).__name__, json.dumps(event.as_json(), default=str)
        keep = "INSERT INTO events (run_id, at, kind, body) VALUES (?, ?, ?, ?)"
        await self._write([*statements, (keep, (event.run_id, event.at, kind, body))])

    def _step_statements(self, event: Event) -> Iterable[tuple[str, tuple[Any, ...]]]:
        if isinstance(event, RunStarted):
            self._titles |= {(event.run_id, step.name): step.title for step in event.plan}
        elif isinstance(event, StepStarted):
            title = self._titles.get((event.run_id, event.step), event.step)
            yield (
                "INSERT INTO steps (run_id, number, name, title, state, started) "
                "SELECT ?, count(*) + 1, ?, ?, 'started', ? FROM steps WHERE run_id = ?",
                (event.run_id, event.step, title, event.at, event.run_id),
            )
        elif isinstance(event, StepDone | StepFailed):
            done = isinstance(event, StepDone)
            detail = event.detail if isinstance(event, StepDone) else event.problem
            yield (
                "UPDATE steps SET state = ?, seconds = ?, detail = ? WHERE run_id = ? AND name = ? AND state = 'started'",
                ("done" if done else "failed", event.seconds, detail, event.run_id, event.step),
            )
        elif isinstance(event, SwitchBegun):
            yield ("UPDATE runs SET switch_begun = 1 WHERE id = ?", (event.run_id,))
        elif isinstance(event, RunFinished):
            self._titles = {key: title for key, title in self._titles.items() if key[0] != event.run_id}

    async def history(self, count: int) -> tuple[RunRecord, ...]:
        """The last runs, newest first, with their steps."""
        rows = await self._rows("SELECT * FROM runs ORDER BY started DESC, id DESC LIMIT ?", count)
        return tuple([_run(row, await self._steps(row["id"])) for row in rows])

    async def unfinished(self) -> tuple[RunRecord, ...]:
        """Runs that never told their end (killed) or were interrupted, oldest first."""
        rows = await self._rows("SELECT * FROM runs WHERE state IN ('running', 'interrupted') ORDER BY started")
        return tuple([_run(row, await self._steps(row["id"])) for row in rows])

    async def close_unfinished(self, run_id: str, state: str, summary: str) -> None:
        """Give a run that never told its end one: `state` failed, stopped or done."""
        done = (
            "UPDATE runs SET state = ?, finished = ?, summary = ? WHERE id = ? AND state IN ('running', 'interrupted')"
        )
        row = (
            "INSERT INTO audit (run_id, kind, at, actor_id, actor_name, door, role, command, outcome, detail) "
            "SELECT id, 'outcome', ?, actor_id, actor_name, door, '', words, ?, ? FROM runs WHERE id = ?"
        )
        now = time.time()
        await self._write([(row, (now, state, summary, run_id)), (done, (state, now, summary, run_id))])

    async def _steps(self, run_id: str) -> tuple[StepRecord, ...]:
        rows = await self._rows("SELECT * FROM steps WHERE run_id = ? ORDER BY number", run_id)
        return tuple(
            StepRecord(r["name"], r["title"], r["state"], _at(r["started"]), r["seconds"], r["detail"]) for r in rows
        )

    async def audit(self, count: int) -> tuple[AuditRow, ...]:
        """The last audit rows, newest first."""
        rows = await self._rows("SELECT * FROM audit ORDER BY id DESC LIMIT ?", count)
        return tuple(
            AuditRow(
                r["run_id"],
                r["kind"],
                _at(r["at"]),
                _actor(r),
                Role(r["role"]) if r["role"] else Role.NOBODY,
                r["command"],
                r["outcome"],
                r["detail"],
            )
            for r in rows
        )

    # -- the freeze ---------------------------------------------------------------------------------------------

    async def freeze(self) -> Freeze | None:
        """The freeze in force."""
        rows = await self._rows("SELECT * FROM freezes WHERE ended IS NULL ORDER BY id DESC LIMIT 1")
        return Freeze(_actor(rows[0]), rows[0]["reason"], _at(rows[0]["since"])) if rows else None

    async def begin_freeze(self, actor: Actor, reason: str) -> None:
        """Freeze; one that was in force is ended, so that there is one at most."""
        now = time.time()
        add = "INSERT INTO freezes (actor_id, actor_name, door, reason, since) VALUES (?, ?, ?, ?, ?)"
        await self._write(
            [
                ("UPDATE freezes SET ended = ? WHERE ended IS NULL", (now,)),
                (add, (actor.id, actor.name, actor.door, reason, now)),
            ]
        )

    async def end_freeze(self) -> bool:
        """End the freeze; False when there was none."""
        return await self._write([("UPDATE freezes SET ended = ? WHERE ended IS NULL", (time.time(),))]) > 0

    # -- what Slack needs remembered ----------------------------------------------------------------------------

    async def first_sight(self, key: str) -> bool:
        """True when this id was not seen in the last hour (and is from now on)."""
        now = time.time()
        old = ("DELETE FROM seen WHERE at < ?", (now - SEEN_SECONDS,))
        return await self._write([old, ("INSERT OR IGNORE INTO seen (key, at) VALUES (?, ?)", (key, now))]) > 0

    async def save_button(self, action: Mapping[str, Any]) -> str:
        """Keep what a button does; its opaque id."""
        button_id, now = secrets.token_urlsafe(16), time.time()
        old = ("DELETE FROM buttons WHERE made < ?", (now - BUTTON_SECONDS,))
        add = ("INSERT INTO buttons (id, action, made) VALUES (?, ?, ?)", (button_id, json.dumps(dict(action)), now))
        await self._write([old, add])
        return button_id

    async def button(self, button_id: str) -> dict[str, Any] | None:
        """What a button does; None when it is unknown or older than two weeks."""
        oldest = time.time() - BUTTON_SECONDS
        rows = await self._rows("SELECT action FROM buttons WHERE id = ? AND made >= ?", button_id, oldest)
        return dict(json.loads(rows[0]["action"])) if rows else None

    async def save_post(self, run_id: str, channel: str, ts: str) -> None:
        """Keep where a run's message stands."""
        await self._write(
            [("INSERT OR REPLACE INTO posts (run_id, channel, ts) VALUES (?, ?, ?)", (run_id, channel, ts))]
        )

    async def post(self, run_id: str) -> tuple[str, str] | None:
        """(channel, ts) of a run's message."""
        rows = await self._rows("SELECT channel, ts FROM posts WHERE run_id = ?", run_id)
        return (rows[0]["channel"], rows[0]["ts"]) if rows else None

    # -- facts worth remembering --------------------------------------------------------------------------------

    async def save_database(self, status: DatabaseStatus) -> None:
        """Keep the database's figures, so that `status` need not start a worker. Best effort."""
        await self._save_fact("database", asdict(status))

    async def database_figures(self, path: str) -> DatabaseFigures | None:
        """The database's last known figures, with their age."""
        if (found := await self._fact("database")) is None:
            return None
        value, at = found
        return DatabaseFigures(
            path=path,
            bytes=value["bytes"],
            wal_bytes=value["wal_bytes"],
            journal_mode=value["journal_mode"],
            sqlite_version=value["written_by"],
            page_size=value["page_size"],
            migrations=tuple(value["migrations"]),
            problem=value["problem"],
            age_seconds=max(time.time() - at, 0.0),
        )

    async def save_live_release(self, version: str) -> None:
        """Keep which release went live last. Best effort."""
        await self._save_fact("live", version)

    async def last_live_release(self) -> str | None:
        """The release that went live last, as far as is known."""
        found = await self._fact("live")
        return str(found[0]) if found else None

    async def _save_fact(self, name: str, value: Any) -> None:
        keep = "INSERT OR REPLACE INTO facts (name, value, at) VALUES (?, ?, ?)"
        try:
            await self._write([(keep, (name, json.dumps(value), time.time()))])
        except LedgerDown as error:
            log.warning("a fact was not kept", name=name, problem=error.what)

    async def _fact(self, name: str) -> tuple[Any, float] | None:
        rows = await self._rows("SELECT value, at FROM facts WHERE name = ?", name)
        return (json.loads(rows[0]["value"]), rows[0]["at"]) if rows else None

    async def backup(self) -> Path:
        """Copy the ledger itself, checked, beside it; the last ten copies are kept.

        Raises:
            LedgerDown: it could not be copied.
        """
        try:
            return await asyncio.to_thread(ledger_file.backup, self._path)
        except (OSError, sqlite3.Error) as error:
            raise LedgerDown(f"The ledger could not be backed up: {error}.", _MEND) from error


async def _transaction(connection: aiosqlite.Connection, statements: Iterable[tuple[str, tuple[Any, ...]]]) -> int:
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


_MEND = "Check the disk and the rights of the state directory (project.state_dir). A rollback works without the ledger."


def _audit(run: Run, role: Role, kind: str, at: float, outcome: str | None, detail: str) -> tuple[str, tuple[Any, ...]]:
    sql = (
        "INSERT INTO audit (run_id, kind, at, actor_id, actor_name, door, role, command, outcome, detail) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    actor = run.actor
    return sql, (run.id, kind, at, actor.id, actor.name, actor.door, role, run.command, outcome, detail)


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _actor(row: sqlite3.Row) -> Actor:
    return Actor(row["actor_id"], row["actor_name"], Door(row["door"]))


def _run(row: sqlite3.Row, steps: tuple[StepRecord, ...]) -> RunRecord:
    finished = _at(row["finished"]) if row["finished"] is not None else None
    return RunRecord(
        row["id"],
        row["words"],
        _actor(row),
        row["state"],
        _at(row["started"]),
        finished,
        row["summary"],
        steps,
        bool(row["switch_begun"]),
    )
