"""The audit log: an intent before and an outcome after, two rows joined by the run's id; never updated, never deleted from."""

from __future__ import annotations

import time

from ops.ledger.store import Statement, Store, actor_in, moment
from ops.model import Role
from ops.results import AuditRow
from ops.run import Run


def intent_row(run: Run, role: Role, at: float) -> Statement:
    """What is about to be done, by whom, with which role."""
    return _row(run, role, "intent", at, None, "")


def outcome_row(run: Run, role: Role, at: float, outcome: str, detail: str) -> Statement:
    """How it ended."""
    return _row(run, role, "outcome", at, outcome, detail)


def late_outcome_row(run_id: str, at: float, outcome: str, detail: str) -> Statement:
    """How a run ended whose own process could not tell: who it was stands in the run's row, the role does not."""
    sql = (
        "INSERT INTO audit (run_id, kind, at, actor_id, actor_name, door, role, command, outcome, detail) "
        "SELECT id, 'outcome', ?, actor_id, actor_name, door, '', words, ?, ? FROM runs WHERE id = ?"
    )
    return sql, (at, outcome, detail, run_id)


def _row(run: Run, role: Role, kind: str, at: float, outcome: str | None, detail: str) -> Statement:
    sql = (
        "INSERT INTO audit (run_id, kind, at, actor_id, actor_name, door, role, command, outcome, detail) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    actor = run.actor
    return sql, (run.id, kind, at, actor.id, actor.name, actor.door, role, run.command, outcome, detail)


class AuditLog(Store):
    """Reading the log, and the one entry that belongs to no run: a command that was not begun."""

    async def refusal(self, run: Run, role: Role, why: str) -> None:
        """A command that was not begun: both audit rows at once."""
        now = time.time()
        await self._write(intent_row(run, role, now), outcome_row(run, role, now, "refused", why))

    async def audit(self, count: int) -> tuple[AuditRow, ...]:
        """The last audit rows, newest first."""
        rows = await self._rows("SELECT * FROM audit ORDER BY id DESC LIMIT ?", count)
        return tuple(
            AuditRow(
                run_id=row["run_id"],
                kind=row["kind"],
                at=moment(row["at"]),
                actor=actor_in(row),
                role=Role(row["role"]) if row["role"] else Role.NOBODY,
                command=row["command"],
                outcome=row["outcome"],
                detail=row["detail"],
            )
            for row in rows
        )
