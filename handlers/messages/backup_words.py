"""How backups, disks and growth read in a message."""

from __future__ import annotations

from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.words import amount, duration, moment, utc
from ops.database.model import DiskFigures, Why
from ops.results import BackupRow, Growth, JobState, LastBackup

_WHYS = {
    Why.MANUAL: "by hand",
    Why.DEPLOY: "before a deploy",
    Why.SCHEDULE: "daily",
    Why.SAFETY: "safety, before a restore",
}
_BAR = 10  # characters of a bar
FILE_NAMES = 5  # of a list of files in one sentence


def why(row: BackupRow) -> str:
    """Why it was taken, in words, with its note."""
    reason = _WHYS[row.why] if row.why else "–"
    return f"{reason}: {row.note}" if row.note else reason


def size(row: BackupRow) -> str:
    """Of the database in it and, when it is packed, of the file that is kept: `104.9 MB (31.2 MB packed)`."""
    if row.bytes is None or row.bytes == row.stored_bytes:
        return amount(row.stored_bytes)
    return f"{amount(row.bytes)} ({amount(row.stored_bytes)} packed)"


def signed(change: float | None) -> str:
    """A change of size: `+1.2 MB`, `−34 kB`, `the same`; "" when it is not known."""
    if change is None:
        return ""
    if round(change) == 0:
        return "the same"
    return ("+" if change > 0 else "−") + amount(abs(round(change)))


def ago(seconds: float | None) -> str:
    """`3 h 10 min ago`."""
    return f"{duration(seconds)} ago" if seconds is not None else "–"


def rows_changed(now: int | None, then: int | None) -> str:
    """Rows of a table now and in a backup: `1,240 → 1,200 (−40)`."""
    if now is None:
        return f"is not there now → {then:,} rows"
    if then is None:
        return f"{now:,} rows → the table is gone"
    change = then - now
    return f"{now:,} → {then:,} ({'+' if change > 0 else '−'}{abs(change):,})"


def last_backup_words(last: LastBackup | None) -> Mrkdwn:
    """The newest backup: its name, its age, and whether it can be relied on."""
    if last is None:
        return escape("none")
    problem = say(" ⚠️ {}", last.problem) if last.problem else escape("" if last.verified else " ⚠️ not verified")
    return say("{}, {}{}", code(last.name), ago(last.age_seconds), problem)


def backup_facts(row: BackupRow) -> Mrkdwn:
    """One backup in a few words, for a preview or a result."""
    when = moment(row.taken_at) if row.taken_at else escape("at an unknown time")
    parts = [say("taken {}", when), escape(size(row)), escape(why(row))]
    if row.release:
        parts.append(say("{} was live{}", row.release, f" on {row.colour}" if row.colour else ""))
    if row.verified_at:
        parts.append(say("verified {}", moment(row.verified_at)))
    if row.pin:
        parts.append(say("📌 pinned by {}", row.pin.by))
    if row.problem:
        parts.append(say("⚠️ {}", row.problem))
    return join(parts, " · ")


def disk_words(free: int, total: int) -> Mrkdwn:
    """`■■■■■■■□□□ 12.3 GB free of 50.0 GB`."""
    used = 1 - free / total if total else 0.0
    full = round(used * _BAR)
    return say("{} {} free of {}", "■" * full + "□" * (_BAR - full), amount(free), amount(total))


def disks(figures: DiskFigures) -> list[tuple[str, Mrkdwn]]:
    """Each disk by its name; one when the database and its backups share it."""
    volume = disk_words(figures.volume_free, figures.volume_total)
    if figures.same_disk:
        return [("Disk", volume)]
    return [
        ("Disk of the database", volume),
        ("Disk of the backups", disk_words(figures.backups_free, figures.backups_total)),
    ]


def pace(growth: Growth) -> str:
    """How fast the database grows, and until when its disk lasts."""
    if growth.bytes_per_day is None:
        return "not known yet: it takes two days of figures"
    each = f"{signed(growth.bytes_per_day)} a day" if round(growth.bytes_per_day) else "it does not grow"
    return f"{each}; at that pace its disk lasts {lasts(growth)}" if growth.days_left is not None else each


def lasts(growth: Growth) -> str:
    """How long the database's disk lasts."""
    if growth.bytes_per_day is None:
        return "not known yet"
    if growth.days_left is None:
        return "for ever, at this pace"
    return "more than ten years" if growth.days_left > 3650 else f"about {growth.days_left:,.0f} days"


def some_files(names: tuple[str, ...]) -> Mrkdwn:
    """A few names, and how many more there are."""
    shown = join([code(name, 80) for name in names[:FILE_NAMES]], ", ")
    more = len(names) - FILE_NAMES
    return say("{} and {} more", shown, more) if more > 0 else shown


def job_words(job: JobState) -> str:
    """How a job's last run ended."""
    if job.started is None:
        return "has not run yet"
    if job.finished is None:
        return f"⏳ began {utc(job.started)}"
    mark = "✅" if job.ok else "❌"
    return f"{mark} {utc(job.finished)}" + (f": {job.detail}" if job.detail else "")
