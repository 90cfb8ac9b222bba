"""What happens by the clock: the health report and the ledger's backup. Jobs are declared at start and kept in memory only."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.tasks import TaskRegistry
from ops.cron import cron_trigger


@dataclass(frozen=True)
class Job:
    """One job: its name, when (a crontab line of five fields), the configuration key that says so, and what."""

    name: str
    cron: str
    key: str
    work: Callable[[], Coroutine[Any, Any, None]]


def build_schedule(jobs: list[Job], timezone: str, tasks: TaskRegistry) -> AsyncIOScheduler:
    """A scheduler that has not been started. A job that was late runs once, however late, and never beside itself.

    Raises:
        ConfigError: a crontab line or the time zone cannot be read; the message names the key.
    """
    scheduler = AsyncIOScheduler(job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
    for job in jobs:
        scheduler.add_job(_starter(job, tasks), cron_trigger(job.cron, timezone, job.key), id=job.name, name=job.name)
    return scheduler


def _starter(job: Job, tasks: TaskRegistry) -> Callable[[], Coroutine[Any, Any, None]]:
    async def run() -> None:
        tasks.start(job.work(), f"scheduled {job.name}")

    return run
