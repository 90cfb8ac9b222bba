"""What a run tells while it goes: typed events, and nothing about how to show them.

Whoever called decides: a live Slack message, a terminal progress display, JSON lines. A sink that fails never fails the run
(`ops/run.py` logs it and goes on).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from ops.errors import Evidence


@dataclass(frozen=True)
class Step:
    """One line of a runbook: a name for the record and a title for people."""

    name: str
    title: str


@dataclass(frozen=True)
class Event:
    """Base of all events; `run_id` joins them, `at` is seconds since the epoch (UTC)."""

    run_id: str
    at: float

    def as_json(self) -> dict[str, Any]:
        """One flat JSON object with the kind of event under `event`."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class RunStarted(Event):
    """A run has the lock (where it needs one) and begins. `plan` is every step it means to take, in order."""

    command: str
    actor: str
    title: str  # e.g. "Deploy v1.2.0"
    plan: tuple[Step, ...]


@dataclass(frozen=True)
class StepStarted(Event):
    """A step began."""

    step: str


@dataclass(frozen=True)
class StepProgress(Event):
    """A step goes on; `percent` is 0-100 when it can be known, `note` one short sentence."""

    step: str
    note: str
    percent: float | None = None


@dataclass(frozen=True)
class StepDone(Event):
    """A step reached its goal; `detail` is one short sentence with the facts it found."""

    step: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class StepFailed(Event):
    """A step failed or was stopped; the run's end tells the rest."""

    step: str
    problem: str
    seconds: float


@dataclass(frozen=True)
class Note(Event):
    """Something a person should know that is no step of the plan (what a rollback will do, a switch back, a warning)."""

    text: str
    level: str = "info"  # info | warning


@dataclass(frozen=True)
class SwitchBegun(Event):
    """From here on the run can no longer be cancelled, only rolled back. `colour` is where users are to go."""

    colour: str = ""


@dataclass(frozen=True)
class RunFinished(Event):
    """A run's end. `outcome`: done | failed | stopped | interrupted (to be finished by recover)."""

    outcome: str
    summary: str
    live: str
    next_step: str
    seconds: float
    can_roll_back: bool
    evidence: Evidence = Evidence()


EventSink = Callable[[Event], Awaitable[None]]


async def ignore(event: Event) -> None:
    """The sink of callers that only want the result."""
