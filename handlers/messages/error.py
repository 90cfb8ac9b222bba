"""Why a command did not do what was asked: what happened, what is live now, what to do next."""

from __future__ import annotations

from handlers.messages.blocks import context, section
from handlers.messages.evidence import evidence_blocks
from handlers.messages.limits import escape, join, say
from handlers.messages.message import Message
from handlers.messages.words import typed
from ops.errors import OpsError, Refused, Stopped, UsageError

_LONG = 1_200


def error_message(error: OpsError, command: str) -> Message:
    """`command` is the line as typed, without the slash command."""
    headline = say("{} {}", _mark(error), escape(error.what, _LONG))
    rest = [escape(sentence, _LONG) for sentence in (error.live, error.next_step) if sentence]
    return Message.of(
        headline,
        section(say("*{}*", headline)),
        *([section(join(rest))] if rest else []),
        *evidence_blocks(error.evidence),
        context(say("You asked for {}", typed(command or "nothing"))),
    )


def _mark(error: OpsError) -> str:
    if isinstance(error, UsageError):
        return "✏️"
    if isinstance(error, Refused):
        return "⛔"
    if isinstance(error, Stopped):
        return "⏹️"
    return "❌"
