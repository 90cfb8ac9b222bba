"""The jobs of the clock: what they are, when each is due, and whose turn it is when two bots are there.

The schedule itself is kept nowhere: it is declared when the bot starts. What remains of a job is its last run, in the ledger, and
that decides: a job is due when its last due time lies after the end of its last run. So one that was missed while the bot was
away runs once when it is back, and one that another bot has run is not run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ops.config import Config
from ops.cron import cron_trigger, last_due, next_due
from ops.ledger.care import JobRun
from ops.lock_file import LockFile

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_LEDGER_BACKUP = "30 3 * * *"
# A timer may fire a moment before the time it was set for.
_EARLY = timedelta(seconds=1)


@dataclass(frozen=True)
class Job:
    """One job. `cron` is a crontab line of five fields in `timezone`, "" for never; `key` the setting that says so."""

    name: str
    title: str
    cron: str
    timezone: str
    key: str

    def trigger(self) -> CronTrigger | None:
        """Its due times; None when it never runs.

        Raises:
            ConfigError: the line or the time zone cannot be read; the message names the setting.
        """
        return cron_trigger(self.cron, self.timezone, self.key) if self.cron.strip() else None

    def next_at(self, now: datetime) -> datetime | None:
        """When it is due next."""
        trigger = self.trigger()
        return next_due(trigger, now) if trigger else None

    def is_due(self, last: JobRun | None, began: datetime, now: datetime) -> bool:
        """True when its last due time lies after the end of its last run; for one that never ran to its end, after `began`,
        when the record began: a new installation has missed nothing."""
        trigger = self.trigger()
        due = last_due(trigger, now + _EARLY) if trigger else None
        done = last.finished if last is not None and last.finished is not None else began
        return due is not None and due > done


def jobs_of(config: Config) -> tuple[Job, ...]:
    """All jobs, in the order in which missed ones are made up for: a backup first, then what reads backups."""
    jobs, reports = config.jobs, config.reports
    return (
        Job("backup", "Backup of the database, and the summary of the day", jobs.backup, jobs.timezone, "jobs.backup"),
        Job("verify", "Every kept backup is read whole and checked", jobs.verify, jobs.timezone, "jobs.verify"),
        Job("drill", "The newest backup is restored beside the world and its release started", jobs.drill, jobs.timezone, "jobs.drill"),
        Job("care", "Growth of the database, and whether a VACUUM is worth it", jobs.care, jobs.timezone, "jobs.care"),
        Job("health-report", "What users get, and the state of both colours", reports.cron, reports.timezone, "reports.cron"),
        Job("ledger-backup", "Backup of this program's own record", _LEDGER_BACKUP, "UTC", "(built in)"),
    )  # fmt: skip


@contextmanager
def turn(state_dir: Path, name: str) -> Iterator[bool]:
    """True for the block when nobody else runs this job now; the kernel gives the turn back when its holder dies."""
    file = LockFile.open(state_dir / f"job-{name}.lock")
    try:
        yield file.try_lock()
    finally:
        file.close()
