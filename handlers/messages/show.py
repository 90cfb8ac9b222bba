"""Which builder shows which result: one line each."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.messages.audit import audit_message
from handlers.messages.changed import changed_message
from handlers.messages.health import health_message
from handlers.messages.help import help_message
from handlers.messages.history import history_message
from handlers.messages.logs import logs_message
from handlers.messages.message import Message
from handlers.messages.releases import releases_message
from handlers.messages.status import status_message
from handlers.messages.whoami import whoami_message
from ops.results import (
    Audit,
    Changed,
    Health,
    Help,
    History,
    Logs,
    Releases,
    Result,
    Status,
    Whoami,
)


@dataclass(frozen=True)
class Asked:
    """What was asked for: the line as typed without the slash command, by whom, with which slash command."""

    command: str
    actor: str
    slash: str


def result_message(result: Result, asked: Asked, refresh_id: str | None = None) -> Message:
    """Any result as a message. `refresh_id` is the opaque id behind the button of a result that has one.

    Raises:
        TypeError: there is no builder for this type (a test goes through all of them).
    """
    match result:
        case Changed():
            return changed_message(result, asked.command, asked.actor)
        case Status():
            return status_message(result, refresh_id)
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
