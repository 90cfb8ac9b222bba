"""Backups, and what putting one back, or trying one, came to. Sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ops.database.model import Decision, Pin, TableChange, Verdict, Way, Why
from ops.results.base import Changed, Result


@dataclass(frozen=True)
class BackupRow:
    """One backup as the directory tells it, with what the record adds. Sizes are bytes, of the database and of the kept file.

    `problem` is one clause when it cannot be used; the fields behind the manifest are None when that cannot be believed.
    """

    name: str
    taken_at: datetime | None
    age_seconds: float | None
    bytes: int | None
    stored_bytes: int
    why: Why | None
    note: str
    colour: str | None  # live when it was taken
    release: str | None
    pin: Pin | None
    verified_at: datetime | None  # when it was taken, or read whole later
    problem: str | None

    @property
    def good(self) -> bool:
        """True when it can be relied on, as far as is known."""
        return self.problem is None and self.verified_at is not None


@dataclass(frozen=True)
class Backups(Result):
    """The backups, newest first (by their sequence, never by the clock). `unknown`: files in the directory that are not ours;
    `interrupted`: what killed backups left, as sentences. `place` is where they are, `mirror` the second place ("" = none)."""

    rows: tuple[BackupRow, ...]
    unknown: tuple[str, ...]
    interrupted: tuple[str, ...]
    place: str
    mirror: str


@dataclass(frozen=True, kw_only=True)
class BackupDone(Changed):
    """A verified backup was taken. `change_bytes`: how much the database has grown since the backup before (None for the first);
    `mirrored`: one sentence on the second place, None without one (when that fails, the run fails)."""

    backup: BackupRow
    seconds: float
    change_bytes: int | None
    kept: tuple[Decision, ...]
    removed: tuple[Decision, ...]
    mirrored: str | None = None


@dataclass(frozen=True, kw_only=True)
class VerifyDone(Changed):
    """Backups were read whole, and all of them are good. (A bad one makes the run fail; `backups` tells which it is.)"""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, kw_only=True)
class Preview(Result):
    """What a command that must be confirmed would do, found without changing anything. It runs when `phrase` is typed."""

    command: str  # as typed: "restore myfinance-20261124-020000"
    title: str
    phrase: str
    steps: tuple[str, ...]  # what it would do, a sentence each, in order
    warnings: tuple[str, ...] = ()
    backup: BackupRow | None = None  # what the database would be put back to
    way: Way | None = None
    tables: tuple[TableChange, ...] = ()  # rows now and then, only where they differ
    migrations_lost: tuple[str, ...] = ()
    migrations_back: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()  # known to have run with the schema of the backup
    needed_bytes: int = 0
    free_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class RestoreDone(Changed):
    """The database is what it was at `backup`; what it was before is in the backup named `safety`. `held_seconds`: how long
    changing requests (or all, with Way.REPLACE) were answered with 503."""

    backup: BackupRow
    safety: str
    way: Way
    held_seconds: float


@dataclass(frozen=True, kw_only=True)
class DrillDone(Changed):
    """A backup was restored beside the world, and its release ran on it. `rows`: all rows of all tables."""

    backup: BackupRow
    release: str
    seconds: float
    tables: int
    rows: int
    health: str
    smoke: int  # how many requests were answered as expected
