"""What a command answers when it worked: typed values that any door can show. No text for people is formatted here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ops.commands import Command
from ops.database.model import Decision, DiskFigures, Pin, TableChange, Vacuumed, Verdict, Way, Why
from ops.errors import OpsError
from ops.model import Actor, Colour, ColourState, HealthAnswer, Mode, Role


@dataclass(frozen=True)
class Result:
    """Base of all results."""

    def as_json(self) -> dict[str, Any]:
        """The JSON object of the terminal's `--json` (DESIGN section 3). Times are ISO 8601 in UTC."""
        return {key: plain(value) for key, value in asdict(self).items()}


def plain(value: Any) -> Any:
    """A value as JSON can carry it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


@dataclass(frozen=True)
class Changed(Result):
    """A change was made, or was found to be made already. `summary` is one sentence; `live` says what users get now (the very
    same sentence when that is all there is to say: it is then shown once)."""

    summary: str
    live: str
    next_step: str = ""
    can_roll_back: bool = False


@dataclass(frozen=True)
class ColourReport:
    """A colour as `status` shows it. `healthy` is None when it does not run."""

    state: ColourState
    healthy: bool | None
    problem: str | None
    role: str  # live | standby | idle | held | absent

    @property
    def version(self) -> str | None:
        """The release it carries."""
        return self.state.release.version if self.state.release else None


@dataclass(frozen=True)
class DatabaseFigures:
    """What the database worker said last. `age_seconds` tells how long ago; sizes are bytes."""

    path: str
    bytes: int | None
    wal_bytes: int | None
    journal_mode: str | None
    sqlite_version: str | None
    page_size: int | None
    migrations: tuple[str, ...]
    problem: str | None
    age_seconds: float


@dataclass(frozen=True)
class Holder:
    """Who holds the operation lock: what runs now, since when (UTC)."""

    run_id: str
    command: str  # as typed: "deploy v1.2.0"
    actor: Actor
    since: datetime
    step: str | None = None
    switch_begun: bool = False


@dataclass(frozen=True)
class Freeze:
    """A freeze: set by a person, with a reason; it survives restarts and does not stop a rollback."""

    actor: Actor
    reason: str
    since: datetime


@dataclass(frozen=True)
class LastBackup:
    """The newest backup that the record knows of. It was verified when it was taken; `verified_at` is the last time it was read
    whole, and `problem` what that found."""

    name: str
    taken_at: datetime
    age_seconds: float
    verified_at: datetime | None
    problem: str | None

    @property
    def verified(self) -> bool:
        """True when it can be relied on, as far as is known."""
        return self.verified_at is not None and self.problem is None


@dataclass(frozen=True)
class Status(Result):
    """The answer of `status`. `live` is None when the proxy does not say; `problem` then tells why."""

    live: Colour | None
    mode: Mode | None
    problem: str | None
    colours: dict[Colour, ColourReport]
    rollback_to: str | None  # the release a rollback would go to now
    database: DatabaseFigures | None
    last_backup: LastBackup | None
    lock: Freeze | None
    operation: Holder | None
    url_port: int

    def as_json(self) -> dict[str, Any]:
        """The contract of DESIGN section 3, with a little more."""
        colours = {}
        for colour, report in self.colours.items():
            state = report.state
            colours[colour.value] = {
                "version": report.version,
                "state": state.state,
                "healthy": report.healthy,
                "role": report.role,
                "problem": report.problem,
                "image_id": state.release.image_id if state.release else None,
                "run": state.run_id,
                "address": state.address,
                "started_at": plain(state.started_at),
            }
        rest = {
            key: plain(asdict(self)[key])
            for key in ("live", "mode", "problem", "rollback_to", "database", "last_backup", "lock", "operation")
        }
        if self.last_backup is not None:
            rest["last_backup"]["verified"] = self.last_backup.verified
        return {**rest, "colours": colours}


@dataclass(frozen=True)
class Health(Result):
    """The answer of `health`: each running colour asked on its own, and the proxy as users meet it."""

    live: Colour | None
    colours: dict[Colour, HealthAnswer | None]
    proxy: HealthAnswer
    mode: Mode | None

    @property
    def good(self) -> bool:
        """True when users get good answers from the live colour."""
        return self.live is not None and self.proxy.good


@dataclass(frozen=True)
class Logs(Result):
    """The last lines a container wrote, oldest first."""

    source: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Tag:
    """One version that can be deployed."""

    version: str
    created: datetime | None
    bytes: int | None
    local: bool
    live: bool = False
    standby: bool = False


@dataclass(frozen=True)
class Releases(Result):
    """The versions known on this machine and, where configured, in the registry; `problem` when that did not answer."""

    tags: tuple[Tag, ...]
    problem: str | None = None


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


@dataclass(frozen=True)
class StepRecord:
    """A step as the ledger keeps it. `state`: started | done | failed."""

    name: str
    title: str
    state: str
    started: datetime
    seconds: float | None
    detail: str


@dataclass(frozen=True)
class RunRecord:
    """A run as the ledger keeps it. `state`: running | done | failed | stopped | refused | interrupted."""

    id: str
    command: str
    actor: Actor
    state: str
    started: datetime
    finished: datetime | None
    summary: str
    steps: tuple[StepRecord, ...] = ()
    switch_begun: bool = False


@dataclass(frozen=True)
class History(Result):
    """The last runs, newest first."""

    runs: tuple[RunRecord, ...]


@dataclass(frozen=True)
class AuditRow:
    """One row of the audit log. `kind`: intent (written before) or outcome (written after); never updated."""

    run_id: str
    kind: str
    at: datetime
    actor: Actor
    role: Role
    command: str
    outcome: str | None
    detail: str


@dataclass(frozen=True)
class Audit(Result):
    """The last audit rows, newest first."""

    rows: tuple[AuditRow, ...]


@dataclass(frozen=True)
class Whoami(Result):
    """Who the asker is here."""

    actor: Actor
    role: Role
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Help(Result):
    """The commands the asker may run; one only when one was asked for."""

    commands: tuple[Command, ...]
    role: Role
    detail: bool

    def as_json(self) -> dict[str, Any]:
        """Only what a program can use of each row."""
        rows = [{"command": c.name, "summary": c.summary, "example": c.example} for c in self.commands]
        return {"role": self.role.value, "commands": rows}


@dataclass(frozen=True)
class Outcome:
    """How a request ended: exactly one of `result` and `error` is set."""

    run_id: str
    result: Result | None = None
    error: OpsError | None = None

    @property
    def exit_code(self) -> int:
        """The terminal's exit code: 0 done, 1 failed, 2 usage, 3 refused."""
        return self.error.exit_code if self.error else 0
