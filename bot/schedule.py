"""What happens by the clock: the health report and the ledger's backup. Jobs are declared at start and kept in memory only."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.tasks import TaskRegistry
from ops.errors import ConfigError

# APScheduler 3 counts the days of the week from Monday = 0, cron from Sunday = 0 (and 7); names mean the same to both.
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


def cron_trigger(line: str, timezone: str, key: str) -> CronTrigger:
    """A crontab line as people know it (`0 9 * * 1-5` is Monday to Friday).

    Raises:
        ConfigError: it cannot be read.
    """
    fields = line.split()
    try:
        if len(fields) == 5:
            fields[4] = _named_days(fields[4])
        return CronTrigger.from_crontab(" ".join(fields), timezone=timezone)
    except (ValueError, LookupError) as error:
        raise ConfigError(
            f"{key} = {line!r} (time zone {timezone!r}) is not a time anybody can keep: {error}.",
            "Write five crontab fields, minute hour day month weekday, for example 0 9 * * 1-5, and a time zone such as UTC.",
        ) from error


def _named_days(field: str) -> str:
    """The weekday field with every day named: `1-5` → `mon,tue,wed,thu,fri`, `*/3` → `sun,wed,sat`, `*` stays."""
    if field == "*":
        return field
    return ",".join(_DAYS[day] for day in sorted({day for part in field.split(",") for day in _days(part)}))


def _days(part: str) -> range:
    days, _, step = part.partition("/")
    first, dash, last = ("0-6" if days == "*" else days).partition("-")
    until = last if dash else "6" if step else first
    return range(_day(first), _day(until) + 1, int(step or 1))


def _day(text: str) -> int:
    return _DAYS.index(text.lower()) if text.isalpha() else int(text)


def _starter(job: Job, tasks: TaskRegistry) -> Callable[[], Coroutine[Any, Any, None]]:
    async def run() -> None:
        tasks.start(job.work(), f"scheduled {job.name}")

    return run
