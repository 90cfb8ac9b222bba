"""What the database worker is asked, and what it answers: the same values on both sides of its standard output.

Sizes are bytes, durations seconds, times ISO 8601 in UTC. A request travels as one JSON argument, an answer as one JSON line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a backup was taken."""

    MANUAL = "manual"
    DEPLOY = "deploy"  # before a release was started
    SCHEDULE = "schedule"
    SAFETY = "safety"  # before a restore wrote over the database; has a limit of its own


class Way(StrEnum):
    """How a restore puts the data back."""

    LIVE = "live"  # into the open database, by SQLite's backup API; readers stay connected
    REPLACE = "replace"  # the application stopped, the file exchanged


# -- what a database holds ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """What a database holds, read in one transaction: what a copy must equal."""

    tables: dict[str, int]  # name → rows; SQLite's own tables are left out
    schema_sha256: str  # of every statement in sqlite_master, in order of type and name
    migrations: tuple[str, ...]
    user_version: int
    application_id: int
    page_size: int
    page_count: int
    journal_mode: str
    foreign_key_violations: int  # a copy keeps those of its source; a new one is an error
    migration_lock: bool  # a row in __EFMigrationsLock: every later start of the application would wait for ever


@dataclass(frozen=True)
class Manifest:
    """The file beside a backup. `sequence` grows by one with each backup whatever the clock does: it is the order."""

    name: str  # myfinance-20261124-020000.db
    sequence: int
    project: str
    database: str  # file name of the database it was taken from
    taken_at: str  # when its snapshot was pinned
    why: Why
    note: str
    run_id: str
    colour: str | None  # live when it was taken
    release: str | None
    image_id: str | None
    facts: Facts
    bytes: int  # of the database file
    stored_bytes: int  # of the file that is kept: smaller when compressed
    compressed: bool
    sha256: str  # of the file that is kept
    sqlite_version: str  # the worker's
    written_by: str | None  # SQLite version of the database's last writer: the application's
    seconds: float  # how long it took
    program_version: str
    manifest_sha256: str = ""  # of all the other fields in canonical JSON


@dataclass(frozen=True)
class Pin:
    """A person's word that a backup must stay."""

    by: str
    at: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """One backup in the directory. `problem` is one sentence when it cannot be used as it is (found without reading it all)."""

    name: str
    manifest: Manifest | None
    stored_bytes: int
    pin: Pin | None
    problem: str | None


@dataclass(frozen=True)
class StatusRequest:
    """The database's figures, now."""


# -- requests and answers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BackupRequest:
    """Take a backup."""

    project: str
    why: Why
    run_id: str
    note: str = ""
    colour: str | None = None
    release: str | None = None
    image_id: str | None = None
    compress: bool = False
    deadline_seconds: float = 300.0


@dataclass(frozen=True)
class BackupMade:
    """It is there and verified. `swept`: left-overs of interrupted backups that were removed on the way, as sentences."""

    manifest: Manifest
    swept: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListRequest:
    """What is in the directory?"""


@dataclass(frozen=True)
class Listing:
    """Backups in order, newest first; files that are not ours; left-overs of an interrupted backup that nobody holds."""

    entries: tuple[Entry, ...]
    unknown: tuple[str, ...]
    interrupted: tuple[str, ...]


@dataclass(frozen=True)
class VerifyRequest:
    """Read backups whole and check them. No names: all. `known`: name → manifest hash, as the ledger keeps it."""

    names: tuple[str, ...] = ()
    known: dict[str, str] | None = None


@dataclass(frozen=True)
class Verdict:
    """What reading one backup whole has shown; good exactly when `problem` is None."""

    name: str
    problem: str | None
    seconds: float


@dataclass(frozen=True)
class Verified:
    """All verdicts."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class RetainRequest:
    """Remove what the rules no longer keep. `protected_runs`: runs whose backups must stay (those of the two colours)."""

    keep_last: int
    keep_daily: int
    keep_weekly: int
    keep_monthly: int
    keep_safety: int
    protected_runs: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()  # names that failed their last verification: never counted as good
    dry_run: bool = False


@dataclass(frozen=True)
class Decision:
    """One backup and the reason why it was kept or removed."""

    name: str
    reason: str


@dataclass(frozen=True)
class Retained:
    """What was decided; `unknown` files were left alone."""

    removed: tuple[Decision, ...]
    kept: tuple[Decision, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class PinRequest:
    """Pin a backup, or (`pinned` False) let it go again."""

    name: str
    pinned: bool
    by: str
    reason: str = ""


@dataclass(frozen=True)
class MirrorRequest:
    """Copy backups that the second place has not, and verify them there. `url` is fsspec's; `options` its storage options."""

    url: str
    options: dict[str, str]
    names: tuple[str, ...] = ()  # none: all good ones that are missing there
    remove: tuple[str, ...] = ()  # no longer kept here


@dataclass(frozen=True)
class Mirrored:
    """What is there now."""

    copied: tuple[str, ...]
    present: int
    removed: tuple[str, ...]


@dataclass(frozen=True)
class InspectRequest:
    """What would restoring this backup do?"""

    name: str
    known_sha256: str | None = None  # manifest hash from the ledger


@dataclass(frozen=True)
class TableChange:
    """Rows of one table in the database now and in the backup; None where the table does not exist."""

    table: str
    now: int | None
    then: int | None


@dataclass(frozen=True)
class Comparison:
    """The backup beside the live database. `live` is None when that is missing or cannot be read; `live_problem` tells what
    is wrong with it (it may be readable and damaged all the same). With a problem no safety backup of it can be taken, and
    the restore, always by exchange then, sets its files aside instead of removing them."""

    manifest: Manifest
    live: Facts | None
    live_problem: str | None
    tables: tuple[TableChange, ...]  # only those that differ
    migrations_lost: tuple[str, ...]  # in the database, not in the backup
    migrations_back: tuple[str, ...]  # in the backup, not in the database
    way: Way
    way_reason: str
    needed_bytes: int
    free_bytes: int
    warnings: tuple[str, ...]  # a row in __EFMigrationsLock, foreign keys, …


@dataclass(frozen=True)
class StageRequest:
    """Make a private, verified copy of a backup beside the database, ready to be put in its place."""

    name: str
    run_id: str
    journal_mode: str | None  # what the live database has; the copy ends up with it. None: as when it was taken
    known_sha256: str | None = None
    deadline_seconds: float = 600.0


@dataclass(frozen=True)
class Staged:
    """The private copy: a file name on the volume."""

    file: str
    facts: Facts


@dataclass(frozen=True)
class RestoreRequest:
    """Put a staged copy in the database's place, one way or the other."""

    file: str
    way: Way
    deadline_seconds: float = 300.0
    keep_old: bool = False  # no safety backup was taken of what is there: set it aside also when it is whole


@dataclass(frozen=True)
class Restored:
    """It is in place and equals the staged copy, checked again after the deed. `set_aside`: the name of the old database on
    the volume, kept because no backup of it could be taken."""

    facts: Facts
    seconds: float
    set_aside: str | None = None


@dataclass(frozen=True)
class SweepRequest:
    """Remove what killed work has left: half-written backups nobody holds, staged copies of runs that are not `running`."""

    running: tuple[str, ...] = ()


@dataclass(frozen=True)
class Swept:
    """One sentence for each thing that was interrupted."""

    found: tuple[str, ...]


@dataclass(frozen=True)
class VacuumRequest:
    """Rebuild the database file. `dry_run`: only say what it needs and wins."""

    dry_run: bool
    deadline_seconds: float = 300.0


@dataclass(frozen=True)
class Vacuumed:
    """`reclaimable` is what free pages hold; `needed_bytes` what a VACUUM may take on the volume (twice the database)."""

    bytes_before: int
    bytes_after: int
    reclaimable: int
    needed_bytes: int
    free_bytes: int
    stall_seconds: float  # how long writers waited; before the deed (dry run): the estimate
    done: bool


@dataclass(frozen=True)
class DiskRequest:
    """How full are the disks?"""


@dataclass(frozen=True)
class DiskFigures:
    """The database's disk and the backups' disk (they may be one)."""

    database_bytes: int | None
    wal_bytes: int
    volume_free: int
    volume_total: int
    backups_bytes: int
    backups_count: int
    backups_free: int
    backups_total: int
    same_disk: bool
