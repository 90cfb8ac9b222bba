"""What the gallery's messages say of backups, restores, drills and the clock, on an ordinary evening and on the worst one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from handlers.messages.gallery_content import NOW, Content
from ops.database.model import Decision, DiskFigures, Facts, Manifest, Pin, TableChange, Vacuumed, Verdict, Way, Why
from ops.results import (
    BackupDone,
    BackupRow,
    Backups,
    CareDone,
    Disk,
    DrillDone,
    Growth,
    GrowthPoint,
    JobState,
    Preview,
    RestoreDone,
    Result,
    Schedule,
    VacuumDone,
    VerifyDone,
)


def results(content: Content) -> dict[str, Result]:
    """What backups, restores, drills, care and the clock answer."""
    told: dict[str, Any] = {"summary": content.sentence, "live": content.sentence, "next_step": content.sentence}
    row, figures = backup_row(content, 0), disk(content)
    decisions = tuple(Decision(one.name, content.sentence) for one in backup_rows(content))
    verdicts = [
        Verdict(one.name, content.sentence if number % 3 == 2 else None, 1.2) for number, one in enumerate(decisions)
    ]
    return {
        "backups": Backups(backup_rows(content), *_unknown(content), "backups", "sftp://far.example/backups"),
        "backups-none": Backups((), (), (), "backups", ""),
        "backups-all-bad": Backups((replace(row, problem=content.sentence),), (), (), "volume:backups", ""),
        "backup": backup_done(content),
        "backup-first": BackupDone(**told, backup=row, seconds=0.9, change_bytes=None, kept=(), removed=()),
        "verify": VerifyDone(**told, verdicts=tuple(verdicts)),
        "restore": RestoreDone(**told, backup=row, safety=backup_row(content, 1).name, way=Way.LIVE, held_seconds=2.4),
        "restore-replaced": RestoreDone(**told, backup=row, safety=row.name, way=Way.REPLACE, held_seconds=11.0),
        "drill": drill_done(content),
        "vacuum": VacuumDone(**told, figures=_vacuumed(done=True)),
        "preview-restore": preview(content),
        "preview-vacuum": Preview(
            command="vacuum", title=content.sentence, phrase="myfinance.db", steps=(content.sentence,), needed_bytes=1
        ),
        "disk": figures,
        "disk-full": replace(figures, problem=content.sentence, figures=replace(figures.figures, same_disk=False)),
        "growth": growth(content),
        "growth-none": Growth((), None, None),
        "growth-first": Growth(growth(content).points[:1], None, None),
        "care": care_done(content),
        "care-nothing-to-win": replace(care_done(content), worthwhile=False, growth=Growth((), None, None)),
        "schedule": schedule(content),
    }


def backup_row(content: Content, days: int) -> BackupRow:
    """A backup that was taken so many days ago."""
    at = NOW - timedelta(days=days, hours=1, minutes=15)
    return BackupRow(
        name=f"myfinance-{at:%Y%m%d-%H%M%S}",
        taken_at=at,
        age_seconds=(NOW - at).total_seconds(),
        bytes=104_900_000 - days * 1_234_567,
        stored_bytes=104_900_000 - days * 1_234_567 if days % 2 == 0 else 31_200_000,
        why=list(Why)[(days + 2) % len(Why)],
        note=content.sentence if days == 1 else "",
        colour="blue",
        release=content.version,
        pin=Pin(content.person, at.isoformat(), content.sentence) if days == 3 else None,
        verified_at=at if days != 4 else None,
        problem=content.sentence if days == 5 else None,
    )


def manifest(content: Content) -> Manifest:
    """The manifest of the newest of them."""
    row = backup_row(content, 0)
    assert row.taken_at is not None
    facts = Facts({"Accounts": 42}, "5c" * 32, ("20260101_Initial",), 0, 0, 4096, 25_600, "wal", 0, False)
    return Manifest(
        name=row.name,
        sequence=7,
        project="myfinance",
        database="myfinance.db",
        taken_at=row.taken_at.isoformat(),
        why=Why.SCHEDULE,
        note="",
        run_id="20261124-020000-a1b2",
        colour="blue",
        release=content.version,
        image_id="sha256:" + "a" * 64,
        facts=facts,
        bytes=104_900_000,
        stored_bytes=104_900_000,
        compressed=False,
        sha256="b" * 64,
        sqlite_version="3.51.0",
        written_by="3.49.1",
        seconds=0.9,
        program_version="0.3.0",
        manifest_sha256="c" * 64,
    )


def backup_rows(content: Content) -> tuple[BackupRow, ...]:
    """One a day."""
    return tuple(backup_row(content, days) for days in range(max(content.many, 10)))


def backup_done(content: Content) -> BackupDone:
    """The nightly backup."""
    rows = backup_rows(content)
    return BackupDone(
        summary=f"Backup {rows[0].name}, 104.9 MB, verified in 0.9 s; 1 old removed.",
        live=content.sentence,
        backup=rows[0],
        seconds=0.9,
        change_bytes=1_234_567,
        kept=tuple(Decision(row.name, "one of the newest 10") for row in rows),
        removed=tuple(Decision(backup_row(content, 10 + n).name, content.sentence) for n in range(content.many)),
        mirrored="1 backup copied and verified there; it has 10",
    )


def drill_done(content: Content) -> DrillDone:
    """The monthly drill."""
    return DrillDone(
        summary=f"{backup_row(content, 0).name} was restored, and {content.version[:40]} ran on it.",
        live=content.sentence,
        backup=backup_row(content, 0),
        release=content.version,
        seconds=6.2,
        tables=9,
        rows=412_345,
        health=content.sentence,
        smoke=3,
    )


def preview(content: Content) -> Preview:
    """What a restore would do."""
    many = range(content.many)
    return Preview(
        command=f"restore {backup_row(content, 0).name}",
        title="Put myfinance.db back to what it was 1 h 15 min ago.",
        phrase="myfinance.db",
        steps=(
            "A private copy of the backup is made and verified.",
            "Requests that change things get 503 until the end.",
            "A safety backup is taken and verified: nothing is lost for good.",
            "The copy is written into the open database; readers stay connected.",
            content.sentence,
        ),
        warnings=(content.sentence,) * 2,
        backup=backup_row(content, 0),
        way=Way.LIVE,
        tables=(
            TableChange("Transactions", 12_402, 12_345),
            TableChange("Accounts", 41, 42),
            TableChange("Budgets", 7, None),
            TableChange("Notes", None, 3),
            *(TableChange(f"Table{number} {content.sentence}", number, number + 1) for number in many),
        ),
        migrations_lost=tuple(f"2026112{number}_Add{content.version}" for number in many),
        migrations_back=tuple(f"2026113{number}_Add{content.version}" for number in many),
        releases=tuple(f"{content.version}-{number}" for number in many),
        needed_bytes=209_800_000,
        free_bytes=12_300_000_000,
    )


def disk(content: Content) -> Disk:
    """A disk that is three quarters full, with room."""
    figures = DiskFigures(
        database_bytes=104_900_000,
        wal_bytes=4_194_304,
        volume_free=12_300_000_000,
        volume_total=50_000_000_000,
        backups_bytes=930_000_000,
        backups_count=max(content.many, 10),
        backups_free=40_000_000_000,
        backups_total=2_000_000_000_000,
        same_disk=True,
    )
    return Disk(figures, 6, 1_800_000_000, 1_073_741_824, None)


def growth(content: Content) -> Growth:
    """A month and a half of an application that is used on weekdays."""
    days = 45 * max(1, content.many // 10)
    points, size = [], 71_000_000
    for day in range(days):
        at = NOW - timedelta(days=days - 1 - day)
        size += 1_050_000 if at.weekday() < 5 else 180_000
        points.append(GrowthPoint(at, size, 4_194_304, 12_300_000_000 - 11 * size, min(day + 1, 10) * int(size * 0.93)))
    return Growth(tuple(points), 801_111.0, 1_370.0)


def care_done(content: Content) -> CareDone:
    """The look of the month."""
    return CareDone(
        summary=content.sentence,
        live=content.sentence,
        growth=growth(content),
        disk=disk(content),
        vacuum=_vacuumed(done=False),
        worthwhile=True,
    )


def schedule(content: Content) -> Schedule:
    """Every state a job can be in."""
    hour = timedelta(hours=1)
    return Schedule(
        "Europe/London",
        (
            JobState("backup", "Backup", "0 2 * * *", NOW + 22 * hour, NOW - hour, NOW - hour, True, content.sentence),
            JobState("verify", "Check", "0 4 * * 0", NOW + 120 * hour, NOW - hour, NOW - hour, False, content.sentence),
            JobState("drill", "Drill", "0 5 1 * *", NOW + 150 * hour, NOW, None, None, ""),
            JobState("care", "Care", "", None, None, None, None, ""),
        ),
    )


def _unknown(content: Content) -> tuple[tuple[str, ...], tuple[str, ...]]:
    files = tuple(f"{content.sentence[:60]}-{number}.sqlite" for number in range(content.many))
    return files, (content.sentence,) * content.many


def _vacuumed(*, done: bool) -> Vacuumed:
    return Vacuumed(104_900_000, 71_300_000, 33_600_000, 209_800_000, 12_300_000_000, 1.1, done)
