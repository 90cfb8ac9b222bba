"""Which builder shows which result: one line each."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.messages.audit import audit_message
from handlers.messages.backups import (
    BACK_UP,
    VERIFY,
    backups_message,
    disk_message,
    growth_message,
    schedule_message,
)
from handlers.messages.changed import changed_message
from handlers.messages.confirm import preview_message
from handlers.messages.health import health_message
from handlers.messages.help import help_message
from handlers.messages.history import history_message
from handlers.messages.logs import logs_message
from handlers.messages.message import Message
from handlers.messages.releases import releases_message
from handlers.messages.status import REFRESH, status_message
from handlers.messages.whoami import whoami_message
from ops.results import (
    Audit,
    Backups,
    Changed,
    Disk,
    Growth,
    Health,
    Help,
    History,
    Logs,
    Preview,
    Releases,
    Result,
    Schedule,
    Status,
    Whoami,
)


@dataclass(frozen=True)
class Asked:
    """What was asked for: the line as typed without the slash command, by whom, with which slash command."""

    command: str
    actor: str
    slash: str


# The buttons of an answer: what each is called with, by its action id.
BUTTONS: dict[type[Result], dict[str, tuple[str, ...]]] = {
    Status: {REFRESH: ("status",)},
    Backups: {BACK_UP: ("backup",), VERIFY: ("backup", "verify", "all")},
}


def result_message(result: Result, asked: Asked, ids: dict[str, str | None] | None = None) -> Message:
    """Any result as a message. `ids` are the opaque ids behind its buttons.

    Raises:
        TypeError: there is no builder for this type (a test goes through all of them).
    """
    match result:
        case Changed():
            return changed_message(result, asked.command, asked.actor)
        case Status():
            return status_message(result, (ids or {}).get(REFRESH))
        case Backups():
            return backups_message(result, ids)
        case Disk():
            return disk_message(result)
        case Growth():
            return growth_message(result)
        case Schedule():
            return schedule_message(result)
        case Preview():
            return preview_message(result, asked.slash)
        case Health():
            return health_message(result)
        case Logs():
            return logs_message(result)
        case Releases():
            return releases_message(result)
        case History():
            return history_message(result)
        case Audit():
            return audit_message(result)
        case Whoami():
            return whoami_message(result)
        case Help():
            return help_message(result, asked.slash)
        case _:
            raise TypeError(f"no message for {type(result).__name__}")
