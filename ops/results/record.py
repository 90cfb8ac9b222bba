"""The record: runs, the audit, and who asks; and how a request ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.commands import Command
from ops.errors import OpsError
from ops.model import Actor, Role
from ops.results.base import Result


@dataclass(frozen=True)
class StepRecord:
    """A step as the ledger keeps it. `state`: started | done | failed."""

    name: str
    title: str
    state: str
    started: datetime
    seconds: float | None
    detail: str


@dataclass(frozen=True)
class RunRecord:
    """A run as the ledger keeps it. `state`: running | done | failed | stopped | refused | interrupted."""

    id: str
    command: str
    actor: Actor
    state: str
    started: datetime
    finished: datetime | None
    summary: str
    steps: tuple[StepRecord, ...] = ()
    switch_begun: bool = False


@dataclass(frozen=True)
class History(Result):
    """The last runs, newest first."""

    runs: tuple[RunRecord, ...]


@dataclass(frozen=True)
class AuditRow:
    """One row of the audit log. `kind`: intent (written before) or outcome (written after); never updated."""

    run_id: str
    kind: str
    at: datetime
    actor: Actor
    role: Role
    command: str
    outcome: str | None
    detail: str


@dataclass(frozen=True)
class Audit(Result):
    """The last audit rows, newest first."""

    rows: tuple[AuditRow, ...]


@dataclass(frozen=True)
class Whoami(Result):
    """Who the asker is here."""

    actor: Actor
    role: Role
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Help(Result):
    """The commands the asker may run; one only when one was asked for."""

    commands: tuple[Command, ...]
    role: Role
    detail: bool

    def as_json(self) -> dict[str, Any]:
        """Only what a program can use of each row."""
        rows = [{"command": c.name, "summary": c.summary, "example": c.example} for c in self.commands]
        return {"role": self.role.value, "commands": rows}


@dataclass(frozen=True)
class Outcome:
    """How a request ended: exactly one of `result` and `error` is set."""

    run_id: str
    result: Result | None = None
    error: OpsError | None = None

    @property
    def exit_code(self) -> int:
        """The terminal's exit code: 0 done, 1 failed, 2 usage, 3 refused."""
        return self.error.exit_code if self.error else 0
