"""What happens by the clock. Jobs are declared at start and kept in memory only: their last runs are in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.tasks import TaskRegistry
from ops.jobs import Job

Work = Callable[[str], Coroutine[Any, Any, None]]


def build_schedule(jobs: tuple[Job, ...], work: Work, tasks: TaskRegistry) -> AsyncIOScheduler:
    """A scheduler that has not been started; `work` is called with a job's name when it is due. A job that was late runs once,
    however late, and never beside itself.

    Raises:
        ConfigError: a crontab line or the time zone cannot be read; the message names the key.
    """
    scheduler = AsyncIOScheduler(job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
    for job in jobs:
        if (trigger := job.trigger()) is not None:
            scheduler.add_job(_starter(job.name, work, tasks), trigger, id=job.name, name=job.name)
    return scheduler


def _starter(name: str, work: Work, tasks: TaskRegistry) -> Callable[[], Coroutine[Any, Any, None]]:
    async def run() -> None:
        tasks.start(work(name), f"scheduled {name}")

    return run
