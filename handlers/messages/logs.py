"""`logs`: the last lines a container wrote."""

from __future__ import annotations

from handlers.messages import limits
from handlers.messages.blocks import context, preformatted, section
from handlers.messages.limits import say, tail
from handlers.messages.message import Message
from ops.results import Logs


def logs_message(logs: Logs) -> Message:
    """As many of the last lines as one message takes; a terminal shows them all."""
    if not logs.lines:
        headline = say("{} has written nothing yet.", logs.source)
        return Message.of(headline, section(headline))
    text, shown = tail(logs.lines, limits.LOG)
    headline = say("Last {} log lines of {}", shown, logs.source)
    blocks = [section(say("*{}*", headline)), preformatted(text)]
    if shown < len(logs.lines):
        blocks.append(
            context(say("{} lines before these do not fit here; a terminal shows all.", len(logs.lines) - shown))
        )
    return Message.of(headline, *blocks)
