"""What came of a job of the clock, as the operations channel reads it, whoever ran it."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from handlers.announce import Announcer
from handlers.deps import Door
from handlers.messages.backups import PIN, VERIFY
from handlers.messages.daily import Around, daily_message, job_message
from handlers.messages.message import Message
from handlers.shelf import Prepared, Shelf
from ops.model import Actor
from ops.model import Door as Doors
from ops.parser import parse
from ops.results import BackupDone, Backups, Disk, LastBackup, Outcome, Result, Schedule

log = structlog.get_logger(__name__)

REPORTER = Actor("job-report", "job report", Doors.SCHEDULE)


class JobReports:
    """Composes and announces."""

    def __init__(self, door: Door, shelf: Shelf, announcer: Announcer) -> None:
        self._door, self._shelf, self._announcer = door, shelf, announcer

    async def tell(self, job: str, outcome: Outcome) -> None:
        """Post the report of a job that the clock has run. Never raises."""
        try:
            self._announcer.announce(await self.message(job, outcome))
        except Exception:
            log.exception("the report of a job could not be made", job=job, run=outcome.run_id)

    async def message(self, job: str, outcome: Outcome) -> Message:
        """The report of a job."""
        if job == "backup":
            return daily_message(outcome, await self._around(outcome), await self._buttons(outcome))
        return job_message(job, outcome)

    async def _around(self, outcome: Outcome) -> Around:
        backups, disk, schedule = [await self._ask(word) for word in ("backups", "disk", "schedule")]
        listing = backups if isinstance(backups, Backups) else None
        return Around(
            now=datetime.now(UTC),
            last_verified=newest_good(listing),
            backups=listing,
            disk=disk if isinstance(disk, Disk) else None,
            schedule=schedule if isinstance(schedule, Schedule) else None,
        )

    async def _ask(self, word: str) -> Result | None:
        outcome = await self._door.run(parse((word,)), REPORTER)
        if outcome.error is not None:
            log.warning("a part of a report is missing", part=word, problem=outcome.error.what)
        return outcome.result

    async def _buttons(self, outcome: Outcome) -> dict[str, str | None]:
        verify = await self._shelf.prepare(Prepared(("backup", "verify", "all")))
        if not isinstance(outcome.result, BackupDone):
            return {VERIFY: verify}
        return {PIN: await self._shelf.prepare(Prepared(("backup", "pin", outcome.result.backup.name))), VERIFY: verify}


def newest_good(listing: Backups | None) -> LastBackup | None:
    """The newest backup of the directory that can be relied on."""
    row = next((row for row in listing.rows if row.good and row.taken_at), None) if listing else None
    if row is None or row.taken_at is None:
        return None
    age = row.age_seconds if row.age_seconds is not None else 0.0
    return LastBackup(row.name, row.taken_at, age, row.verified_at, row.problem)
