"""What the clock's jobs have to say: the summary of the day, the check of the week, the drill and the chart of the month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.messages.backup_words import ago, disks, signed, size
from handlers.messages.backups import backup_buttons, remarks
from handlers.messages.blocks import Block, context, fields, section
from handlers.messages.details import care_blocks, details
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.message import Message
from handlers.messages.words import amount, duration, moment
from ops.errors import OpsError
from ops.results import BackupDone, BackupRow, Backups, CareDone, Changed, Disk, LastBackup, Outcome, Schedule

_LONG = 1_200
# The backup to compare with is the newest that is about a day old; the daily one may have been late.
_A_DAY = timedelta(hours=20)
_TITLES = {"verify": "Weekly check of the backups", "drill": "Restore drill", "care": "The database this month"}


@dataclass(frozen=True)
class Around:
    """What stands around the backup of the day; None where it could not be found out."""

    now: datetime
    last_verified: LastBackup | None = None
    backups: Backups | None = None
    disk: Disk | None = None
    schedule: Schedule | None = None


def daily_message(outcome: Outcome, around: Around, ids: dict[str, str | None] | None = None) -> Message:
    """The summary of the day: how the backup went, and what a person would ask next."""
    done = outcome.result if isinstance(outcome.result, BackupDone) else None
    headline = _good(done) if done else _bad("The backup of the day failed", outcome.error)
    blocks: list[Block] = [section(say("*{}*", headline))]
    if outcome.error is not None:
        blocks.append(
            section(join([escape(text, _LONG) for text in (outcome.error.live, outcome.error.next_step) if text]))
        )
    blocks.append(fields(*_facts(done, around)))
    if warnings := _warnings(around):
        blocks.append(section(join(warnings)))
    if around.backups:
        blocks += remarks(around.backups)
    place = [say("In {}", code(around.backups.place))] if around.backups else []
    run = [say("run {}", code(outcome.run_id))] if outcome.run_id else []
    return Message.of(headline, *blocks, context(join([*place, *run], " · ")), *backup_buttons(ids or {}))


def job_message(job: str, outcome: Outcome) -> Message:
    """What came of the job of the week or of the month."""
    title, result = _TITLES.get(job, job), outcome.result
    if not isinstance(result, Changed):
        headline = _bad(f"{title}: failed", outcome.error)
        rest = [escape(outcome.error.next_step, _LONG)] if outcome.error and outcome.error.next_step else []
        return Message.of(headline, section(say("*{}*", headline)), *([section(join(rest))] if rest else []))
    if isinstance(result, CareDone):
        return _month(result, outcome.run_id)
    headline = say("✅ {}: {}", title, escape(result.summary, _LONG))
    run = context(say("run {}", code(outcome.run_id)))
    return Message.of(headline, section(say("*{}*", headline)), *details(result), run)


def _month(done: CareDone, run_id: str) -> Message:
    points = done.growth.points
    now = done.vacuum.bytes_before  # with what is still in the WAL, which the file's size leaves out
    grown = f", {signed(now - points[0].bytes)} since {points[0].at:%d %b}" if len(points) > 1 else ""
    headline = say("📈 The database has {}{}.", amount(now), grown)
    problem = [section(say("⚠️ {}", done.disk.problem))] if done.disk.problem else []
    return Message.of(
        headline,
        section(say("*{}*", headline)),
        *care_blocks(done),
        *problem,
        context(say("run {}", code(run_id))),
    )


def _good(done: BackupDone) -> Mrkdwn:
    return say("✅ The backup of the day is taken and verified, in {}.", duration(done.seconds))


def _bad(what: str, error: OpsError | None) -> Mrkdwn:
    return say("❌ {}: {}", what, escape(error.what if error else "there was no answer.", _LONG))


def _facts(done: BackupDone | None, around: Around) -> list[Mrkdwn]:
    facts: list[Mrkdwn] = []
    if done is not None:
        change = _change(done, around)
        facts.append(say("*Backup*\n{}", code(done.backup.name)))
        facts.append(say("*Size*\n{}{}", size(done.backup), f" ({change})" if change else ""))
    facts.append(say("*Last verified backup*\n{}", _last(around.last_verified)))
    facts.append(say("*Kept*\n{}", _kept(done, around)))
    if done is not None and done.mirrored:
        facts.append(say("*Second place*\n{}", done.mirrored))
    if around.disk:
        facts += [say("*{}*\n{}", name, words) for name, words in disks(around.disk.figures)]
    if around.schedule:
        drill = next((job.next_at for job in around.schedule.jobs if job.name == "drill"), None)
        facts.append(say("*Next drill*\n{}", moment(drill) if drill else "never: it is not in the schedule"))
    return facts


def _change(done: BackupDone, around: Around) -> str:
    before = _a_day_before(done.backup, around.backups.rows if around.backups else ())
    if before is not None and before.bytes is not None and done.backup.bytes is not None:
        return f"{signed(done.backup.bytes - before.bytes)} since the day before"
    return f"{signed(done.change_bytes)} since the backup before" if done.change_bytes is not None else ""


def _a_day_before(backup: BackupRow, rows: Sequence[BackupRow]) -> BackupRow | None:
    """The newest of them that is about a day older."""
    if backup.taken_at is None:
        return None
    latest = backup.taken_at - _A_DAY
    older = (row for row in rows if row.taken_at is not None and row.taken_at <= latest and row.problem is None)
    return max(older, key=lambda row: row.taken_at or latest, default=None)


def _last(last: LastBackup | None) -> Mrkdwn:
    if last is None:
        return say("⚠️ none")
    return say("just now" if last.age_seconds < 60 else "{}", ago(last.age_seconds))


def _kept(done: BackupDone | None, around: Around) -> str:
    kept = len(around.backups.rows) if around.backups else len(done.kept) if done else None
    removed = f", {len(done.removed)} removed" if done else ""
    return f"{kept} backup{'' if kept == 1 else 's'}{removed}" if kept is not None else "not known"


def _warnings(around: Around) -> list[Mrkdwn]:
    found: list[Mrkdwn] = []
    if around.disk and around.disk.problem:
        found.append(say("⚠️ {}", around.disk.problem))
    bad = [row for row in around.backups.rows if row.problem] if around.backups else []
    found += [say("❌ {}: {}", code(row.name), row.problem or "") for row in bad[:5]]
    return found
