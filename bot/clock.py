"""The bot's clock: every job at its time, once for all bots, and at the start what was missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog

from handlers.deps import Door
from ops.errors import OpsError, Refused
from ops.jobs import Job, turn
from ops.ledger import Ledger
from ops.model import Actor
from ops.model import Door as Doors
from ops.parser import parse
from ops.results import Outcome

log = structlog.get_logger(__name__)


class Clock:
    """Runs jobs. Those of the database go through the door like any command; the bot's own are `works` by name. `tell` posts what
    came of a job; `closing` says whether the bot is ending."""

    def __init__(
        self,
        jobs: tuple[Job, ...],
        door: Door,
        ledger: Ledger,
        tell: Callable[[str, Outcome], Awaitable[None]],
        works: Mapping[str, Callable[[], Awaitable[None]]],
        state_dir: Path,
        *,
        closing: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._door, self._ledger, self._tell, self._works = door, ledger, tell, works
        self._state_dir, self._closing, self._now = state_dir, closing, now

    async def make_up(self) -> None:
        """Run, one after the other, what was missed while no bot was there."""
        for job in self._jobs.values():
            if self._closing():
                return
            if await self._is_due(job):
                log.info("a job was missed; it runs now", job=job.name)
                await self.run(job.name)

    async def run(self, name: str) -> None:
        """The job is due. When another bot runs it, or has run it since it was due, nothing happens here."""
        job = self._jobs[name]
        if not await self._is_due(job):
            log.info("a job was run by another bot", job=name)
        elif name in self._works:
            await self._own(job)
        else:
            await self._through_the_door(job)

    async def _through_the_door(self, job: Job) -> None:
        actor = Actor(job.name, f"{job.name} job", Doors.SCHEDULE)
        outcome = await self._door.run(parse(("schedule", "run", job.name)), actor)
        if isinstance(outcome.error, Refused):  # another bot was quicker
            log.info("a job did not begin", job=job.name, reason=outcome.error.what)
            return
        log.info("a job has ended", job=job.name, run=outcome.run_id, problem=str(outcome.error or ""))
        await self._tell(job.name, outcome)

    async def _own(self, job: Job) -> None:
        with turn(self._state_dir, job.name) as mine:
            if not mine or not await self._is_due(job):
                return
            await self._ledger.job_started(job.name)
            problem = "it was cut short"
            try:
                await self._works[job.name]()
                problem = ""
            except OpsError as error:
                problem = error.what
                raise
            finally:
                await self._ledger.job_finished(job.name, not problem, problem)

    async def _is_due(self, job: Job) -> bool:
        return job.is_due((await self._ledger.jobs()).get(job.name), await self._ledger.began(), self._now())
