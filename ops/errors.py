"""The few kinds of failure this program knows.

Every message a person reads says three things: what happened, what is live now, and what to do next. The first and the
last are written where the error is raised, because that is where they are known; what is live is asked of the proxy by the
operations door (`ops/operations.py`) when the error passes through it, so no runbook has to.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """What an engineer would look at next: the failed container's last log lines and its last health answer."""

    log_lines: tuple[str, ...] = ()
    health_answer: str | None = None
    migrations: tuple[str, ...] = ()  # ids that now stand in the shared database and did not before


class OpsError(Exception):
    """Base of every error meant for people.

    `what` is one sentence on what happened; `next_step` one sentence on what to do; `live` one sentence on what users get
    now, filled in by the operations door; `exit_code` is the terminal's (DESIGN section 3).
    """

    exit_code = 1

    def __init__(self, what: str, next_step: str, *, evidence: Evidence | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.live: str | None = None
        self.evidence = evidence or Evidence()

    @property
    def message(self) -> str:
        """All three sentences as one paragraph; the middle one only when it is known."""
        return " ".join(part for part in (self.what, self.live, self.next_step) if part)

    def __str__(self) -> str:
        return self.message


class UsageError(OpsError):
    """The words typed are not a command, or its arguments are not valid. Nothing was started."""

    exit_code = 2


class ConfigError(OpsError):
    """The configuration cannot be used; the message names the key and the file or variable. Nothing was started."""

    exit_code = 2


class Refused(OpsError):
    """The command is understood but may not run now, for this person: role, lock, freeze, guard. Nothing was started."""

    exit_code = 3


class Failed(OpsError):
    """A run began and could not reach its goal; what it had changed was undone unless the message says otherwise."""


class EngineDown(Failed):
    """The Docker Engine does not answer."""


class ProxyDown(Failed):
    """nginx does not answer, so what users get cannot be known from it."""


class Stopped(OpsError):
    """A run was ended on request (cancel, a rollback that comes first, shutdown) and cleaned up after itself."""
