"""The clock's jobs: what they are and how they went, and one of them run now. The bot's clock runs them by the same command."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ops.database.model import Vacuumed, VacuumRequest
from ops.errors import OpsError, Refused
from ops.events import Step
from ops.jobs import Job, jobs_of, turn
from ops.model import Door
from ops.results import CareDone, Changed, Disk, Growth, JobState, Result, Schedule
from ops.runbooks.context import Context, Runbook
from ops.spelling import amount

CARE = Step("care", "Look at the database's growth, its disk and its free pages")

# A VACUUM holds changes for as long as it takes: it must win a fifth of the file and something to speak of.
_WORTH_SHARE, _WORTH_BYTES = 0.2, 50_000_000

# What each job runs, by the name of its command; `care` is a look of its own.
_COMMANDS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "backup": ("backup", {"note": None}),
    "verify": ("backup verify", {"name": "all"}),
    "drill": ("drill", {"name": "latest"}),
}


async def schedule(context: Context) -> Schedule:
    """`schedule`: the times by the configuration, the last results by the record; it needs no bot."""
    ledger, now = await context.ledger.jobs(), datetime.now(UTC)
    states = []
    for job in jobs_of(context.config):
        last = ledger.get(job.name)
        states.append(
            JobState(
                name=job.name,
                title=job.title,
                cron=job.cron,
                next_at=job.next_at(now),
                started=last.started if last else None,
                finished=last.finished if last else None,
                ok=last.ok if last else None,
                detail=last.detail if last else "",
            )
        )
    return Schedule(context.config.jobs.timezone, tuple(states))


def schedule_run(runbooks: Mapping[str, Runbook]) -> Runbook:
    """The runbook of `schedule run JOB`, which runs others of these."""

    async def run(context: Context) -> Result:
        return await JobRun(context, runbooks).run()

    return run


class JobRun:
    """One run of a job. `run()` is the runbook."""

    def __init__(self, context: Context, runbooks: Mapping[str, Runbook]) -> None:
        self._context, self._runbooks = context, runbooks
        self._name: str = context.arguments["job"]

    async def run(self) -> Changed:
        """Do the job's work, when it is our turn; when the clock asks, only if it is still due (another bot may have been quicker).

        Raises:
            Refused: it is running now, or another bot has run it.
            Failed: what it does has failed; the record keeps that.
        """
        context, name = self._context, self._name
        job = next(job for job in jobs_of(context.config) if job.name == name)
        with turn(context.config.project.state_dir, name) as mine:
            if not mine:
                raise Refused(f"The job {name} is running now.", "`schedule` tells when it has ended.")
            if context.run.actor.door is Door.SCHEDULE and not await _is_due(context, job):
                raise Refused(f"The job {name} has been run already, by another bot.", "`schedule` has its result.")
            return await self._recorded()

    async def _recorded(self) -> Changed:
        """The job's work, with its beginning and its end in the record."""
        ledger = self._context.ledger
        await ledger.job_started(self._name)
        ok, detail = False, "it met an unexpected error"
        try:
            result = await (self.care() if self._name == "care" else self._command())
            ok, detail = True, result.summary
        except OpsError as error:
            detail = error.what
            raise
        except asyncio.CancelledError:
            detail = self._context.run.stop_reason or "it was stopped"
            raise
        finally:
            await ledger.job_finished(self._name, ok, detail)
        return result

    async def _command(self) -> Changed:
        command, arguments = _COMMANDS[self._name]
        result = await self._runbooks[command](replace(self._context, arguments=arguments))
        assert isinstance(result, Changed)
        return result

    async def care(self) -> CareDone:
        """The look of the month: growth, disks, and what a VACUUM would win (a dry run)."""
        context = self._context
        await context.run.begin("Care for the database", (CARE,))
        async with context.run.step(CARE) as step:
            disk, growth = await self._runbooks["disk"](context), await self._runbooks["growth"](context)
            assert isinstance(disk, Disk)
            assert isinstance(growth, Growth)
            asked = VacuumRequest(dry_run=True, deadline_seconds=context.config.backups.deadline_seconds)
            vacuum = (await context.world.worker.ask(asked, run_id=context.run.id))[Vacuumed]
            worthwhile = vacuum.reclaimable >= max(_WORTH_BYTES, _WORTH_SHARE * vacuum.bytes_before)
            step.detail = (
                f"{amount(vacuum.bytes_before)}, of which a VACUUM would give back {amount(vacuum.reclaimable)}"
            )
        return CareDone(
            summary=f"The database has {step.detail}.",
            live=await context.world.live_sentence(),
            next_step="A VACUUM is worth it: `vacuum` says first what it costs." if worthwhile else "",
            growth=growth,
            disk=disk,
            vacuum=vacuum,
            worthwhile=worthwhile,
        )


async def _is_due(context: Context, job: Job) -> bool:
    ledger = context.ledger
    return job.is_due((await ledger.jobs()).get(job.name), await ledger.began(), datetime.now(UTC))
