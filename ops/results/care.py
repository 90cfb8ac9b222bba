"""The database's room and growth, and the jobs of the clock. Sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ops.database.model import DiskFigures, Vacuumed
from ops.results.base import Changed, Result


@dataclass(frozen=True, kw_only=True)
class VacuumDone(Changed):
    """The database file was rebuilt."""

    figures: Vacuumed


@dataclass(frozen=True)
class Disk(Result):
    """How full the disks are. `problem` is one sentence when one has less room than `min_free_bytes`."""

    figures: DiskFigures
    images: int
    images_bytes: int
    min_free_bytes: int
    problem: str | None


@dataclass(frozen=True)
class GrowthPoint:
    """The sizes at one time, in bytes. `free_bytes` is on the database's disk."""

    at: datetime
    bytes: int
    wal_bytes: int
    free_bytes: int
    backups_bytes: int


@dataclass(frozen=True)
class Growth(Result):
    """One point a day at most, oldest first. `bytes_per_day` (None with less than a day of points) may be negative; `days_left`
    until the database's disk is full at that pace, None when it does not grow."""

    points: tuple[GrowthPoint, ...]
    bytes_per_day: float | None
    days_left: float | None


@dataclass(frozen=True, kw_only=True)
class CareDone(Changed):
    """The month's look at the database: how it has grown, how full the disks are, and what a VACUUM would win now (a dry run);
    `worthwhile` is True when it would win enough to hold changes for it."""

    growth: Growth
    disk: Disk
    vacuum: Vacuumed
    worthwhile: bool


@dataclass(frozen=True)
class JobState:
    """One job of the clock. `cron` is "" when it never runs; `ok` and `detail` tell how its last run ended."""

    name: str
    title: str
    cron: str
    next_at: datetime | None
    started: datetime | None
    finished: datetime | None
    ok: bool | None
    detail: str


@dataclass(frozen=True)
class Schedule(Result):
    """The answer of `schedule`."""

    timezone: str
    jobs: tuple[JobState, ...]
