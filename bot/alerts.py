"""Alerts in the operations channel: looks at the record often and at the disks now and then, and tells what somebody has to mend."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.alert_judge import AGAIN_AFTER, Seen, Standing, judge
from handlers.deps import Door
from handlers.job_reports import newest_good
from handlers.messages.alert import How, Problem, Telling, alert_message
from handlers.messages.backups import BACK_UP, VERIFY
from handlers.messages.message import Message
from handlers.messages.words import duration
from handlers.shelf import Prepared, Shelf
from ops import config
from ops.ledger import Ledger, LedgerDown
from ops.ledger.care import JobRun
from ops.model import Actor
from ops.model import Door as Doors
from ops.parser import parse
from ops.results import Backups, Disk, RunRecord

log = structlog.get_logger(__name__)

WATCHER = Actor("alert-watch", "alert watch", Doors.SCHEDULE)
DISK_SECONDS = 600.0  # between two looks at the disks: each starts a worker
AGE, BAD, DISK = "backup-age", "bad-backup", "disk"

# What is checked by a job of the clock and by a command of the same meaning: the newer of the two tells how it stands.
_CHECKED = {"backup": "backup", "verify": "backup verify", "drill": "drill"}
_WHAT = {
    "backup": "The last backup failed",
    "verify": "The last check of backups failed",
    "drill": "The last drill failed",
}
_NEXT = {
    "backup": "Mend what it says, then `backup`.",
    "verify": "`backups` shows which is bad. A good one is needed: `backup` takes it now.",
    "drill": "`drill` tries again; `history` has its steps. Until it passes, nobody knows whether a restore would work.",
}


class Alerts:
    """Looks, judges, tells. The ledger keeps what was told, so neither a restart nor a second bot tells it twice."""

    def __init__(
        self,
        door: Door,
        ledger: Ledger,
        shelf: Shelf,
        announce: Callable[[Message], None],
        settings: config.Backups,
        *,
        every_seconds: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._door, self._ledger, self._shelf, self._announce = door, ledger, shelf, announce
        self._longest = timedelta(hours=settings.max_age_hours)
        self._every_seconds, self._clock = every_seconds, clock
        self._memory: dict[str, Standing] = {}  # what this process has told: for when the ledger cannot be used
        self._disk: Seen | None = None
        self._disk_at = -DISK_SECONDS

    async def watch(self) -> None:
        """Look for ever. A look that fails is logged; the next one comes."""
        while True:
            try:
                await self.look_once()
            except Exception:
                log.exception("a look for alerts failed")
            await asyncio.sleep(self._every_seconds)

    async def look_once(self) -> None:
        """One look, and what there is to tell after it."""
        now = self._clock()
        parts = [await self._age(now), await self._bad(), *await self._checks(), await self._disks()]
        problems = tuple(problem for part in parts for problem in part.problems)
        seen = Seen(problems, frozenset().union(*(part.looked for part in parts)))
        kept = {kind: Standing(a.since, a.last_told, a.text) for kind, a in (await self._ledger.alerts()).items()}
        tellings = [one for one in judge(seen, {**self._memory, **kept}, now) if await self._claimed(one, now)]
        if tellings:
            log.info("alerts", told=[f"{telling.how} {telling.problem.kind}" for telling in tellings])
            self._announce(alert_message(tellings, now, await self._buttons(tellings)))

    # -- what is looked at --------------------------------------------------------------------------------------------

    async def _age(self, now: datetime) -> Seen:
        """The record first; before anybody is alarmed, the directory, which is the truth."""
        last = await self._ledger.last_verified_backup()
        if last is None or now - last.taken_at > self._longest:
            answer = await self._door.run(parse(("backups",)), WATCHER)
            if not isinstance(answer.result, Backups):
                return Seen((), frozenset())
            last = newest_good(answer.result)
        since = last.taken_at if last is not None else await self._ledger.began()
        if now - since <= self._longest:
            return Seen((), frozenset({AGE}))
        age = duration((now - since).total_seconds())
        said = (
            f"the last one is {age} old ({last.name})" if last else f"there is none, and this bot has watched for {age}"
        )
        problem = Problem(AGE, f"No verified backup: {said}.", "`backup` takes one now and says what is in the way.")
        return Seen((problem,), frozenset({AGE}))

    async def _bad(self) -> Seen:
        bad = [record for record in await self._ledger.backup_records() if record.verified_problem]
        if not bad:
            return Seen((), frozenset({BAD}))
        named = ", ".join(f"{record.name} ({record.verified_problem})" for record in bad[:3])
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        text = f"A kept backup is bad: {named}{more}."
        return Seen((Problem(BAD, text, "Do not restore it. `backup` takes a good one now."),), frozenset({BAD}))

    async def _checks(self) -> list[Seen]:
        jobs = await self._ledger.jobs()
        return [_check(job, jobs.get(job), await self._ledger.last_ended(name)) for job, name in _CHECKED.items()]

    async def _disks(self) -> Seen:
        if self._disk is None or time.monotonic() - self._disk_at >= DISK_SECONDS:
            answer = await self._door.run(parse(("disk",)), WATCHER)
            self._disk, self._disk_at = _disk(answer.result), time.monotonic()
        return self._disk

    # -- what is told -------------------------------------------------------------------------------------------------

    async def _claimed(self, telling: Telling, now: datetime) -> bool:
        """True when it is this process that tells it."""
        kind, text = telling.problem.kind, telling.problem.text
        mended = telling.how is How.MENDED
        if mended:
            self._memory.pop(kind, None)
        else:
            self._memory[kind] = Standing(telling.since, now, text)
        try:
            if mended:
                return await self._ledger.alert_mended(kind)
            return await self._ledger.alert_told(kind, text, now, AGAIN_AFTER)
        except LedgerDown as error:
            log.warning("what was told is kept in memory only", kind=kind, problem=error.what)
            return True

    async def _buttons(self, tellings: list[Telling]) -> dict[str, str | None]:
        kinds = {telling.problem.kind for telling in tellings if telling.how is not How.MENDED}
        if not kinds - {DISK}:
            return {}
        return {
            BACK_UP: await self._shelf.prepare(Prepared(("backup",))),
            VERIFY: await self._shelf.prepare(Prepared(("backup", "verify", "all"))),
        }


def _check(job: str, by_clock: JobRun | None, by_hand: RunRecord | None) -> Seen:
    """How a check stands: by its last run, whoever began it."""
    ends: list[tuple[datetime, bool, str]] = []
    if by_clock is not None and by_clock.finished is not None:
        ends.append((by_clock.finished, bool(by_clock.ok), by_clock.detail))
    if by_hand is not None and by_hand.finished is not None:
        ends.append((by_hand.finished, by_hand.state == "done", by_hand.summary))
    looked = frozenset({f"failed-{job}"})
    if not ends:
        return Seen((), looked)
    _, good, detail = max(ends)
    problem = Problem(f"failed-{job}", f"{_WHAT[job]}: {detail or 'it did not say why.'}", _NEXT[job])
    return Seen(() if good else (problem,), looked)


def _disk(answer: object) -> Seen:
    if not isinstance(answer, Disk):
        return Seen((), frozenset())
    if answer.problem is None:
        return Seen((), frozenset({DISK}))
    next_step = "`disk` shows what takes the room; `prune` removes old images."
    return Seen((Problem(DISK, answer.problem, next_step),), frozenset({DISK}))
