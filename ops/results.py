"""What a command answers when it worked: typed values that any door can show. No text for people is formatted here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ops.commands import Command
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
class Status(Result):
    """The answer of `status`. `live` is None when the proxy does not say; `problem` then tells why."""

    live: Colour | None
    mode: Mode | None
    problem: str | None
    colours: dict[Colour, ColourReport]
    rollback_to: str | None  # the release a rollback would go to now
    database: DatabaseFigures | None
    last_backup: str | None
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
