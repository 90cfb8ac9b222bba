"""The result of a change that had no steps to watch (a freeze, an unlock, a cancel)."""

from __future__ import annotations

from handlers.messages.blocks import context, section
from handlers.messages.details import details
from handlers.messages.limits import escape, join, say
from handlers.messages.message import Message
from handlers.messages.words import typed
from ops.results import Changed

_LONG = 1_000


def changed_message(result: Changed, command: str, actor: str) -> Message:
    """What was changed, by whom, and what users get now."""
    headline = say("✅ {}", escape(result.summary, _LONG))
    told = ("", result.summary)
    rest = join([escape(sentence, _LONG) for sentence in (result.live, result.next_step) if sentence not in told])
    return Message.of(
        headline,
        section(say("*{}*", headline)),
        *([section(rest)] if rest else []),
        *details(result),
        context(say("{} asked for {}", actor, typed(command))),
    )
