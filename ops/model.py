"""The typed values that travel between the layers. All are frozen; none of them can reach the world."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops.errors import UsageError

# The tag grammar of the OCI distribution specification: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}.
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# Of a health answer's body, in characters: it begins with a status, and what is wrong often stands at its end.
_BODY_HEAD, _BODY_TAIL = 200, 270


class Colour(StrEnum):
    """One of the two stacks."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Colour:
        """The colour this one is not."""
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE


class Mode(StrEnum):
    """What the proxy lets through to the live colour."""

    OPEN = "open"
    READ_ONLY = "read-only"  # quiesced: requests that change things get 503 with Retry-After
    MAINTENANCE = "maintenance"  # every request gets the maintenance page


class Role(StrEnum):
    """What a person may do; each includes the ones before it."""

    NOBODY = "nobody"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """True when a person with this role may do what `needed` asks for."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Door(StrEnum):
    """Where a command came from."""

    SLACK = "slack"
    TERMINAL = "terminal"
    SCHEDULE = "schedule"
    RECOVERY = "recovery"


@dataclass(frozen=True)
class Actor:
    """Who asks. `id` is a Slack user id, an operating-system user name, or the name of the scheduled job."""

    id: str
    name: str
    door: Door

    def __str__(self) -> str:
        return self.name if self.door is Door.SLACK else f"{self.name} ({self.door})"


def parse_version(text: str) -> str:
    """Return `text` when it is a valid image tag.

    The rule is the OCI distribution specification's tag grammar; what breaks it never reaches the engine.

    Raises:
        UsageError: it is not a valid tag.
    """
    if _TAG.fullmatch(text) and text.isascii():
        return text
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise UsageError(
        f"“{shown}” is not a valid version: a version is an image tag of letters, digits, dots, dashes and underscores, "
        "at most 128 characters, and does not begin with a dot or a dash.",
        "Ask `releases` for the versions that exist.",
    )


@dataclass(frozen=True)
class Release:
    """An image tag with what it resolved to. `image_id` is the engine's `sha256:…` and is what a run holds on to."""

    version: str
    image_id: str
    digest: str | None = None  # registry digest; an imported image has none

    def __str__(self) -> str:
        return self.version


@dataclass(frozen=True)
class ColourState:
    """One colour stack as the engine and its labels tell it.

    `state` is the engine's word (`running`, `exited`, …) or `absent`; `address` is `ip:port` on the project's network;
    `previous` is the release that was live when this one was started: the rollback target.
    """

    colour: Colour
    state: str
    release: Release | None = None
    run_id: str | None = None
    previous: Release | None = None
    address: str | None = None
    started_at: datetime | None = None
    restarts: int = 0  # how often the engine had started it again after it ended by itself, when this was looked at

    @property
    def running(self) -> bool:
        """True when its process runs."""
        return self.state == "running"

    def __str__(self) -> str:
        """As the sentences say it: `v1.2.0 (green)`."""
        return f"{self.release} ({self.colour})" if self.release else str(self.colour)

    @property
    def exists(self) -> bool:
        """True when there is a container, in whatever state."""
        return self.state != "absent"


@dataclass(frozen=True)
class ProxyState:
    """What the proxy says of itself over the wire.

    `upstream` is nginx's `$upstream_addr`; `status` the HTTP status of the live colour's health path asked through it.
    `owner` tells who put it in this mode: a person (`person`) or the run with that id.
    """

    colour: Colour | None
    mode: Mode
    upstream: str | None = None
    status: int | None = None
    owner: str = ""


@dataclass(frozen=True)
class HealthAnswer:
    """One answer of a health path. `problem` is None exactly when it is a good one."""

    status: int | None
    body: str
    problem: str | None
    version: str | None = None
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """True when the answer proves the release is up."""
        return self.problem is None

    def __str__(self) -> str:
        if self.status is None:
            return self.problem or "no answer"
        shown = " ".join(self.body.split())
        if len(shown) > _BODY_HEAD + _BODY_TAIL:
            shown = f"{shown[:_BODY_HEAD]} … {shown[-_BODY_TAIL:]}"
        return f"HTTP {self.status}: {shown}" if shown else f"HTTP {self.status}"
