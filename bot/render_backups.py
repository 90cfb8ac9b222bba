"""Backups, restores, disks, growth and the clock in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.render_words import BAD, DIM, FAINT_TABLE, GOOD, WARN, plain, utc
from handlers.messages.backup_words import ago, job_words, pace, rows_changed, signed, size, why
from handlers.messages.words import amount, duration
from ops.results import (
    BackupDone,
    BackupRow,
    Backups,
    CareDone,
    Changed,
    Disk,
    DrillDone,
    Growth,
    GrowthPoint,
    Preview,
    RestoreDone,
    Schedule,
    VacuumDone,
    VerifyDone,
)

_CHART_ROWS, _BAR = 14, 40


def backups(answer: Backups) -> RenderableType:
    """Newest first."""
    table = Table("backup", "age", "size", "release", "why", "checked", **FAINT_TABLE)
    for row in answer.rows:
        table.add_row(*_row(row))
    remarks = [Text(plain(sentence), style=WARN) for sentence in answer.interrupted]
    if answer.unknown:
        remarks.append(Text(plain(f"Left alone, not ours: {', '.join(answer.unknown)}"), style=WARN))
    place = f"in {answer.place}" + (f", copied to {answer.mirror}" if answer.mirror else "")
    listed = table if answer.rows else Text("There is no backup yet.", style=WARN)
    return Group(listed, *remarks, Text(plain(place), style=DIM))


def _row(row: BackupRow) -> tuple[RenderableType, ...]:
    pinned = Text(" pinned", style=WARN) if row.pin else Text("")
    if row.problem:
        checked = Text(plain(row.problem), style=BAD)
    elif row.verified_at:
        checked = Text(utc(row.verified_at), style=GOOD)
    else:
        checked = Text("not yet", style=DIM)
    name = Text.assemble(row.name, pinned)
    return (name, Text(ago(row.age_seconds)), Text(size(row)), Text(row.release or "–"), Text(plain(why(row))), checked)


def disk(answer: Disk) -> RenderableType:
    """What takes the room, and what is left."""
    figures = answer.figures
    shared = figures.same_disk
    table = Table("what", "size", "free on its disk", "of", **FAINT_TABLE)
    database = f"{amount(figures.database_bytes)} + {amount(figures.wal_bytes)} WAL"
    table.add_row("database", database, amount(figures.volume_free), amount(figures.volume_total))
    kept = f"{amount(figures.backups_bytes)} in {figures.backups_count} files"
    free, total = ("the same disk", "") if shared else (amount(figures.backups_free), amount(figures.backups_total))
    table.add_row("backups", kept, free, total)
    table.add_row("images", f"{answer.images} of {amount(answer.images_bytes)}", "", "")
    problem = [Text(plain(answer.problem), style=BAD)] if answer.problem else []
    return Group(*problem, table, Text(f"An alert is posted below {amount(answer.min_free_bytes)}.", style=DIM))


def growth(answer: Growth) -> RenderableType:
    """A bar for each day, as many as fit on a screen, and the pace."""
    if not answer.points:
        return Text("There are no figures yet: each backup and each `disk` keeps some.")
    return Group(_chart(answer.points), Text(pace(answer), style="bold"))


def _chart(points: Sequence[GrowthPoint]) -> Table:
    every = max(1, -(-len(points) // _CHART_ROWS))
    shown = [*reversed(points[::-1][::every])]
    largest = max(point.bytes for point in shown) or 1
    table = Table("day", "database", "", "backups, all", **FAINT_TABLE)
    for point in shown:
        bar = "█" * max(1, round(_BAR * point.bytes / largest))
        table.add_row(f"{point.at:%d %b}", amount(point.bytes), Text(bar, style=GOOD), amount(point.backups_bytes))
    return table


def schedule(answer: Schedule) -> RenderableType:
    """Each job: what came of it last, when it is due next."""
    table = Table("job", "what", "last run", "next", "crontab", **FAINT_TABLE)
    for job in answer.jobs:
        style = BAD if job.ok is False else ""
        next_at = utc(job.next_at) if job.next_at else "never"
        table.add_row(job.name, Text(job.title), Text(plain(job_words(job)), style=style), next_at, job.cron or "–")
    zone = f"Crontab lines are in the time zone {answer.timezone}. The bot runs them; `schedule run JOB` runs one now."
    return Group(table, Text(zone, style=DIM))


def preview(answer: Preview) -> RenderableType:
    """What would be done, and what would be lost."""
    lines: list[RenderableType] = [Text(plain(answer.title), style="bold")]
    if answer.backup:
        taken = f"{answer.backup.name}, taken {utc(answer.backup.taken_at)} ({ago(answer.backup.age_seconds)})"
        lines.append(Text(plain(f"{taken}, {size(answer.backup)}, release {answer.backup.release or '–'}")))
    lines += [Text(f"! {plain(warning)}", style=WARN) for warning in answer.warnings]
    if answer.tables:
        changes = Table("table", "rows now → then", **FAINT_TABLE)
        for one in answer.tables:
            changes.add_row(Text(plain(one.table)), rows_changed(one.now, one.then))
        lines += ["", changes]
    lines += _names("Migrations taken back", answer.migrations_lost)
    lines += _names("Migrations that are not in the database now", answer.migrations_back)
    lines += _names("Releases that fit that schema", answer.releases)
    lines += ["", *(Text(f"{number}. {plain(step)}") for number, step in enumerate(answer.steps, 1))]
    if answer.needed_bytes:
        room = f"Needs {amount(answer.needed_bytes)}; {amount(answer.free_bytes)} are free."
        lines.append(Text(room, style=DIM))
    return Group(*lines)


def _names(title: str, names: tuple[str, ...]) -> list[RenderableType]:
    return [Text(plain(f"{title}: {', '.join(names)}"))] if names else []


def details(answer: Changed) -> list[RenderableType]:
    """What a run's result says beyond its sentences."""
    match answer:
        case BackupDone():
            change = f" ({signed(answer.change_bytes)})" if answer.change_bytes is not None else ""
            facts = [("backup", answer.backup.name), ("size", f"{size(answer.backup)}{change}")]
            facts.append(("kept", f"{len(answer.kept)}, {len(answer.removed)} removed"))
            facts += [("removed", f"{one.name}: {one.reason}") for one in answer.removed]
            return [_facts([*facts, *([("second place", answer.mirrored)] if answer.mirrored else [])])]
        case VerifyDone():
            return [_facts([(one.name, one.problem or f"good ({duration(one.seconds)})") for one in answer.verdicts])]
        case RestoreDone():
            held = ("changes were held for", duration(answer.held_seconds))
            return [_facts([("now", answer.backup.name), ("what it was before", answer.safety), held])]
        case DrillDone():
            rows = ("in it", f"{answer.tables} tables, {answer.rows:,} rows")
            said = [("release on it", answer.release), rows, ("its health", answer.health)]
            return [
                _facts([("restored", answer.backup.name), *said, ("as expected", f"{answer.smoke} smoke requests")])
            ]
        case VacuumDone(figures=figures):
            return [_facts([("before", amount(figures.bytes_before)), ("after", amount(figures.bytes_after))])]
        case CareDone():
            return [growth(answer.growth), disk(answer.disk)]
        case _:
            return []


def _facts(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(plain(name), style=DIM), Text(plain(value)))
    return table
