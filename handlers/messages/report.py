"""Health reports: on every lasting change, and on a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from handlers.messages.blocks import Block, context, section
from handlers.messages.error import error_message
from handlers.messages.health import health_line, health_table
from handlers.messages.limits import Mrkdwn, join, say
from handlers.messages.message import Message
from handlers.messages.status import live_line, status_blocks
from handlers.messages.words import coloured, duration
from ops.errors import OpsError
from ops.model import Colour
from ops.results import Health, Status


class Kind(StrEnum):
    """What a lasting change is about."""

    USERS_BAD = "users_bad"
    USERS_GOOD = "users_good"
    USERS_CLOSED = "users_closed"  # maintenance or nothing live, without a command of ours
    BLIND = "blind"  # nobody can tell: the engine or the proxy does not answer
    LIVE_BY_HAND = "live_by_hand"
    STANDBY_BAD = "standby_bad"
    STANDBY_GOOD = "standby_good"


@dataclass(frozen=True)
class Change:
    """One lasting change; `detail` is what was seen, `seconds` how long the state before had lasted."""

    kind: Kind
    detail: str = ""
    colour: Colour | None = None
    before: Colour | None = None
    seconds: float | None = None


def change_message(changes: list[Change], health: Health | None) -> Message:
    """What changed, and every answer of the last look."""
    lines = [_line(change) for change in changes]
    return Message.of(
        lines[0],
        section(say("*{}*", lines[0])),
        *([section(join(lines[1:]))] if lines[1:] else []),
        *([health_table(health)] if health else []),
        context(say("Health watch: a change is told once it has lasted.")),
    )


def scheduled_message(status: Status | OpsError, health: Health | OpsError) -> Message:
    """The report of the day: what users get, and then all that `status` knows (or why it knows nothing)."""
    headline = health_line(health) if isinstance(health, Health) else say("❌ {}", health.what)
    blocks: list[Block] = [section(say("*Health report*\n{}", headline))]
    if isinstance(status, Status):
        blocks += [section(live_line(status)), *status_blocks(status)]
    elif isinstance(health, Health):
        blocks += [section(say("⚠️ {}", status.what)), health_table(health)]
    else:
        blocks += error_message(status, "status").blocks[1:]
    return Message.of(headline, *blocks)


def _line(change: Change) -> Mrkdwn:
    lasted = f" It lasted {duration(change.seconds)}." if change.seconds is not None else ""
    colour = coloured(change.colour) if change.colour else ""
    match change.kind:
        case Kind.USERS_BAD:
            return say("❌ Users get bad answers: {}", change.detail)
        case Kind.USERS_GOOD:
            return say("✅ Users get good answers again from {}.{}", colour, lasted)
        case Kind.USERS_CLOSED:
            return say("🚧 Users are shut out, and no command of ours did it: {}", change.detail)
        case Kind.BLIND:
            return say("⚠️ What users get cannot be told: {}", change.detail)
        case Kind.LIVE_BY_HAND:
            before = coloured(change.before) if change.before else "nothing"
            return say("⚠️ The live colour was changed by hand: from {} to {}.", before, colour or "nothing")
        case Kind.STANDBY_BAD:
            return say("⚠️ The standby {} cannot be rolled back to as it is: {}", colour, change.detail)
        case Kind.STANDBY_GOOD:
            return say("✅ The standby {} is well again.{}", colour, lasted)
