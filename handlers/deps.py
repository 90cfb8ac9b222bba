"""What every feature is given: the door to ops, the record, the tasks, the way out to Slack. Nothing here is global."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.dedup import Dedup
from handlers.messages.message import Message
from handlers.outbox import Outbox
from handlers.shelf import Shelf
from ops.config import Config
from ops.events import EventSink
from ops.model import Actor
from ops.parser import Invocation
from ops.results import Outcome


class Door(Protocol):
    """The operations door (ops/operations.py), as far as Slack needs it."""

    async def run(
        self, invocation: Invocation, actor: Actor, sink: EventSink = ..., *, confirmed: bool = ...
    ) -> Outcome:
        """Authorise, lock, audit, run, audit. Never raises OpsError: it is in the outcome. What must be confirmed and is not
        answers a preview."""
        ...


class Tasks(Protocol):
    """Work that outlives the listener that began it (bot/tasks.py)."""

    @property
    def closing(self) -> bool:
        """True once the bot was told to end: nothing new may be started."""
        ...

    def start(self, work: Coroutine[Any, Any, None], name: str) -> object:
        """Run `work` to its end; its failure is logged, its end awaited at shutdown."""
        ...


class JobReports(Protocol):
    """What came of a job of the clock (handlers/job_reports.py)."""

    async def tell(self, job: str, outcome: Outcome) -> None:
        """Post the report in the operations channel. Never raises."""
        ...

    async def message(self, job: str, outcome: Outcome) -> Message:
        """The report."""
        ...


@dataclass(frozen=True)
class Deps:
    """Everything a feature works with."""

    config: Config
    door: Door
    outbox: Outbox
    tasks: Tasks
    dedup: Dedup
    shelf: Shelf
    job_reports: JobReports

    @property
    def channel(self) -> str:
        """The operations channel: runs are posted there, wherever they were asked for."""
        return self.config.slack.channel

    @property
    def slash(self) -> str:
        """The slash command: `/myfinance`."""
        return self.config.slack.command
