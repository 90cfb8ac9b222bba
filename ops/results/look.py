"""What is live, what stands by, what goes on: the answers of status, health, logs and releases."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ops.model import Actor, Colour, ColourState, HealthAnswer, Mode
from ops.results.base import Result, plain


@dataclass(frozen=True)
class ColourReport:
    """A colour as `status` shows it. `healthy` is None when it does not run."""

    state: ColourState
    healthy: bool | None
    problem: str | None
    role: str  # live | standby | held | former | idle | absent

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

    @property
    def cancellable(self) -> bool:
        """A deploy before its switch; everything else is short, or better brought to its own end."""
        return self.command.startswith("deploy") and not self.switch_begun


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
