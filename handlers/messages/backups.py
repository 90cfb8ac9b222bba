"""`backups`, `disk`, `growth`, `schedule`: what is there, and what happens by the clock."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement

from handlers.messages.backup_words import ago, disks, job_words, pace, size, some_files, why
from handlers.messages.blocks import Block, actions, button, chart, context, fields, section, table
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.message import Message
from handlers.messages.words import age, amount, short_utc, utc
from ops.results import BackupRow, Backups, Disk, Growth, GrowthPoint, JobState, Schedule

# Slack hands these back with a click; handlers/buttons.py listens for them.
BACK_UP, VERIFY, PIN = "backup.now", "backup.verify", "backup.pin"

_LABELS = {BACK_UP: "Back up now", VERIFY: "Verify all", PIN: "Pin it"}
_GB_FROM = 10_000_000_000  # a chart of databases this large is in GB


def backup_buttons(ids: dict[str, str | None]) -> list[Block]:
    """A row of buttons: the opaque id behind each; those without an id are left out."""
    shown: list[ButtonElement] = [button(_LABELS[kind], kind, found) for kind, found in ids.items() if found]
    return [actions(*shown)] if shown else []


def backups_message(answer: Backups, ids: dict[str, str | None] | None = None) -> Message:
    """Newest first. `ids` are the opaque ids behind its buttons."""
    if not answer.rows:
        headline = say("⚠️ There is no backup yet.")
        return Message.of(headline, section(say("*{}*", headline)), *remarks(answer), *backup_buttons(ids or {}))
    headline = backups_line(answer)
    shown = table(
        ("Backup", "Age", "Size", "Release", "Why", "Checked (UTC)"),
        [_row(row) for row in answer.rows],
        right=(1, 2),
        whole=(0, 1),
    )
    left = len(answer.rows) - (len(shown["rows"]) - 1)
    more = [context(say("{} older ones do not fit here; a terminal shows all.", left))] if left else []
    place = say("In {}{}", code(answer.place), say(", copied to {}", code(answer.mirror)) if answer.mirror else "")
    blocks = [section(say("*{}*", headline)), shown, *more, *remarks(answer), context(place)]
    return Message.of(headline, *blocks, *backup_buttons(ids or {}))


def backups_line(answer: Backups) -> Mrkdwn:
    """How many there are, and how old the newest good one is."""
    newest = next((row for row in answer.rows if row.good), None)
    count = f"{len(answer.rows)} backup" + ("" if len(answer.rows) == 1 else "s")
    if newest is None:
        return say("❌ {}, and none of them is good.", count)
    bad = sum(row.problem is not None for row in answer.rows)
    mark = "⚠️" if bad else "✅"
    return say("{} {}, the newest good one {}{}.", mark, count, ago(newest.age_seconds), f"; {bad} bad" if bad else "")


def remarks(answer: Backups) -> list[Block]:
    """What in the directory needs a look."""
    lines = [say("ℹ️ {}", escape(sentence)) for sentence in answer.interrupted[:5]]
    if answer.unknown:
        lines.append(say("ℹ️ Left alone, not ours: {}", some_files(answer.unknown)))
    return [section(join(lines))] if lines else []


def _row(row: BackupRow) -> tuple[str, ...]:
    name = ("📌 " if row.pin else "") + row.name
    checked = row.problem or (short_utc(row.verified_at) if row.verified_at else "not yet")
    mark = "❌ " if row.problem else "✅ " if row.verified_at else "▫️ "
    return (name, age(row.age_seconds), size(row), row.release or "–", why(row), mark + checked)


def disk_message(answer: Disk) -> Message:
    """What takes the room, and what is left."""
    figures = answer.figures
    headline = say("⚠️ {}", answer.problem) if answer.problem else say("✅ There is room on every disk.")
    taken = [
        say("*Database*\n{} + {} WAL", amount(figures.database_bytes), amount(figures.wal_bytes)),
        say("*Backups*\n{} in {} files", amount(figures.backups_bytes), figures.backups_count),
        say("*Images*\n{} of {}", answer.images, amount(answer.images_bytes)),
    ]
    rooms = [say("*{}*\n{}", name, words) for name, words in disks(figures)]
    limit = context(say("An alert is posted below {}.", amount(answer.min_free_bytes)))
    return Message.of(headline, section(say("*{}*", headline)), fields(*taken, *rooms), limit)


def growth_message(answer: Growth) -> Message:
    """The chart, and what it means."""
    if not answer.points:
        headline = say("There are no figures yet: each backup and each `disk` keeps some.")
        return Message.of(headline, section(headline))
    newest = answer.points[-1]
    headline = say("📈 The database has {}: {}.", amount(newest.bytes), pace(answer))
    return Message.of(headline, section(say("*{}*", headline)), *growth_chart(answer.points))


def growth_chart(points: Sequence[GrowthPoint]) -> list[Block]:
    """Slack's native chart; nothing with fewer than two points, which make no line."""
    if len(points) < 2:
        return []
    unit, divisor = ("GB", 1e9) if max(point.bytes for point in points) >= _GB_FROM else ("MB", 1e6)
    series = {"Database": [round(point.bytes / divisor, 2) for point in points]}
    days = [f"{point.at:%d %b}" for point in points]
    return [chart("Size of the database", days, series, kind="area", x="Day (UTC)", y=unit)]


def schedule_message(answer: Schedule) -> Message:
    """Each job: what came of it last, when it is due next."""
    failed = [job.name for job in answer.jobs if job.ok is False]
    headline = say("⚠️ Failed last time: {}.", ", ".join(failed)) if failed else say("🕑 What the bot does by the clock")
    rows = table(("Job", "Last run", "Next", "Crontab"), [_job(job) for job in answer.jobs])
    zone = context(say("Crontab lines are in the time zone {}; times here are UTC.", answer.timezone))
    return Message.of(headline, section(say("*{}*", headline)), rows, zone)


def _job(job: JobState) -> tuple[str, ...]:
    next_at = utc(job.next_at) if job.next_at else "never"
    return (job.name, job_words(job), next_at, job.cron or "–")
