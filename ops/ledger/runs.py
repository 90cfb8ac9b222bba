"""Runs: one row each, from its intent to its outcome, with the audit's rows in the same transactions."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import datetime

from ops.ledger.audit import intent_row, late_outcome_row, outcome_row
from ops.ledger.steps import Steps
from ops.ledger.store import actor_in, moment
from ops.model import Role
from ops.results import RunRecord, StepRecord
from ops.run import Run


class Runs(Steps):
    """Runs with their steps."""

    async def intent(self, run: Run, role: Role, name: str) -> None:
        """Before a run of the command `name`: the run's row and the audit's first row, together."""
        actor, now = run.actor, time.time()
        begun = (
            "INSERT INTO runs (id, command, words, actor_id, actor_name, door, state, started) "
            "VALUES (?, ?, ?, ?, ?, ?, 'running', ?)"
        )
        values = (run.id, name, run.command, actor.id, actor.name, actor.door, now)
        await self._write((begun, values), intent_row(run, role, now))

    async def outcome(self, run: Run, role: Role, state: str, summary: str) -> None:
        """After a run: how it ended (done, failed, stopped, interrupted), in its row and as the audit's second row."""
        now = time.time()
        ended = "UPDATE runs SET state = ?, finished = ?, summary = ? WHERE id = ?"
        await self._write((ended, (state, now, summary, run.id)), outcome_row(run, role, now, state, summary))

    async def history(self, count: int) -> tuple[RunRecord, ...]:
        """The last runs, newest first, with their steps."""
        rows = await self._rows("SELECT * FROM runs ORDER BY started DESC, id DESC LIMIT ?", count)
        return tuple([_record(row, await self._steps(row["id"])) for row in rows])

    async def began(self) -> datetime:
        """When this record began; now, when there is nothing in it."""
        rows = await self._rows("SELECT min(started) AS at FROM runs")
        return moment(rows[0]["at"] if rows and rows[0]["at"] is not None else time.time())

    async def last_ended(self, name: str) -> RunRecord | None:
        """The last run of the command `name` that was done or has failed; one that was stopped or refused says nothing."""
        newest = "SELECT * FROM runs WHERE command = ? AND state IN ('done', 'failed') ORDER BY finished DESC LIMIT 1"
        rows = await self._rows(newest, name)
        return _record(rows[0], ()) if rows else None

    async def unfinished(self) -> tuple[RunRecord, ...]:
        """Runs that never told their end (killed) or were interrupted, oldest first."""
        rows = await self._rows("SELECT * FROM runs WHERE state IN ('running', 'interrupted') ORDER BY started")
        return tuple([_record(row, await self._steps(row["id"])) for row in rows])

    async def switched_to(self, run_id: str) -> str | None:
        """The colour a run began to send users to; None when its switch had not begun (or nobody wrote it down)."""
        asked = "SELECT body FROM events WHERE run_id = ? AND kind = 'SwitchBegun' ORDER BY id DESC LIMIT 1"
        rows = await self._rows(asked, run_id)
        return (json.loads(rows[0]["body"]).get("colour") or None) if rows else None

    async def users_left(self, colour: str, since_run: str) -> bool:
        """Whether a switch away from a colour has begun since the run that made it: so users were on it. (A switch *to* it that
        has begun may have failed.)"""
        asked = (
            "SELECT 1 FROM events WHERE run_id >= ? AND kind = 'SwitchBegun' "
            "AND json_extract(body, '$.colour') <> ? LIMIT 1"
        )
        return bool(await self._rows(asked, since_run, colour))

    async def close_unfinished(self, run_id: str, state: str, summary: str) -> None:
        """Give a run that never told its end one: `state` failed, stopped or done."""
        now = time.time()
        ended = (
            "UPDATE runs SET state = ?, finished = ?, summary = ? WHERE id = ? AND state IN ('running', 'interrupted')"
        )
        await self._write(late_outcome_row(run_id, now, state, summary), (ended, (state, now, summary, run_id)))


def _record(row: sqlite3.Row, steps: tuple[StepRecord, ...]) -> RunRecord:
    return RunRecord(
        id=row["id"],
        command=row["words"],
        actor=actor_in(row),
        state=row["state"],
        started=moment(row["started"]),
        finished=moment(row["finished"]) if row["finished"] is not None else None,
        summary=row["summary"],
        steps=steps,
        switch_begun=bool(row["switch_begun"]),
    )
