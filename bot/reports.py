"""Health reports in the operations channel: on every lasting change, and by the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from bot.watch import Look, Watch
from handlers.messages.message import Message
from handlers.messages.report import change_message, scheduled_message
from ops.errors import Failed, OpsError
from ops.model import Actor, Door
from ops.parser import Invocation, parse
from ops.results import Health, History, Holder, Outcome, Status

log = structlog.get_logger(__name__)

WATCHER = Actor("health-watch", "health watch", Door.SCHEDULE)
REPORTER = Actor("health-report", "health report", Door.SCHEDULE)


class Looker(Protocol):
    """The operations door, as far as reports need it."""

    async def run(self, invocation: Invocation, actor: Actor) -> Outcome:
        """Ask a question."""
        ...

    def holder(self) -> Holder | None:
        """Who holds the operation lock now."""
        ...


class HealthReports:
    """Watches, and reports. `announce` posts a message and does not wait for it."""

    def __init__(
        self,
        door: Looker,
        announce: Callable[[Message], None],
        *,
        every_seconds: float,
        lasting: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._door = door
        self._announce = announce
        self._every_seconds = every_seconds
        self._clock = clock
        self._watch = Watch(lasting)

    async def watch(self) -> None:
        """Look for ever. A look that fails is logged; the next one comes."""
        while True:
            try:
                await self.look_once()
            except Exception:
                log.exception("a look at health failed")
            await asyncio.sleep(self._every_seconds)

    async def look_once(self) -> None:
        """One look, and what there is to tell after it."""
        # The run is asked for first and last: one that ends during the look is still seen.
        working = self._door.holder() is not None
        outcome = await self._door.run(parse(("health",)), WATCHER)
        runs = await self._runs()
        health = outcome.result if isinstance(outcome.result, Health) else None
        problem = outcome.error.what if outcome.error else ""
        working = working or self._door.holder() is not None
        changes = self._watch.look(Look(self._clock(), health, problem, working, runs))
        if changes:
            log.info("health has changed", changes=[change.kind.value for change in changes])
            self._announce(change_message(changes, health))

    async def report(self) -> None:
        """The scheduled report."""
        status, health = await asyncio.gather(
            self._door.run(parse(("status",)), REPORTER), self._door.run(parse(("health",)), REPORTER)
        )
        shown_status: Status | OpsError = status.result if isinstance(status.result, Status) else _error(status)
        shown_health: Health | OpsError = health.result if isinstance(health.result, Health) else _error(health)
        self._announce(scheduled_message(shown_status, shown_health))

    async def _runs(self) -> str:
        """Differs when a run began or ended; always the same when the record cannot tell."""
        outcome = await self._door.run(parse(("history", "1")), WATCHER)
        if not isinstance(outcome.result, History) or not outcome.result.runs:
            return ""
        newest = outcome.result.runs[0]
        return f"{newest.id} {newest.state}"


def _error(outcome: Outcome) -> OpsError:
    return outcome.error or Failed("There was no answer.", "Ask `status` in a terminal.")
