"""What the bot finished or undid when it started."""

from __future__ import annotations

from handlers.messages.blocks import context, section
from handlers.messages.error import error_message
from handlers.messages.limits import escape, join, say
from handlers.messages.message import Message
from ops.events import Note
from ops.results import Changed, Outcome


def recovery_message(outcome: Outcome, notes: list[Note]) -> Message:
    """The outcome of `recover` at the bot's start, with what it noted on the way."""
    if outcome.error is not None:
        return error_message(outcome.error, "recover, at the bot's start")
    result = outcome.result
    summary = result.summary if isinstance(result, Changed) else "Recovery is done."
    live = result.live if isinstance(result, Changed) else ""
    headline = say("🛠️ The bot has started and put in order what was interrupted: {}", escape(summary, 1_000))
    lines = [escape(note.text, 1_000) for note in notes]
    return Message.of(
        headline,
        section(say("*{}*", headline)),
        *([section(join(lines))] if lines else []),
        *([section(escape(live, 1_000))] if live else []),
        context(say("run {}", outcome.run_id)),
    )


def interrupted_message(command: str, run_id: str, summary: str) -> Message:
    """What becomes of the live message of a run whose bot ended before it did."""
    headline = say("⚠️ {} was interrupted: the bot stopped while it ran.", command)
    return Message.of(
        headline,
        section(say("*{}*", headline)),
        *([section(escape(summary, 1_000))] if summary else []),
        context(say("run {}", run_id)),
    )
