"""`history`: the last runs."""

from __future__ import annotations

from handlers.messages.blocks import context, section, table
from handlers.messages.limits import say
from handlers.messages.message import Message
from handlers.messages.words import marked, took, utc
from ops.results import History, RunRecord
from ops.spelling import counted


def history_message(history: History) -> Message:
    """Newest first."""
    if not history.runs:
        headline = say("Nothing has been run yet.")
        return Message.of(headline, section(headline))
    headline = say("The last {}", counted(len(history.runs), "run"))
    rows = table(("When", "What", "Who", "How it ended", "Took"), [_row(run) for run in history.runs], right=(4,))
    blocks = [section(say("*{}*", headline)), rows]
    left = len(history.runs) - (len(rows["rows"]) - 1)
    if left:
        blocks.append(context(say("{} older ones do not fit here; ask for fewer, or in a terminal.", left)))
    return Message.of(headline, *blocks)


def _row(run: RunRecord) -> tuple[str, ...]:
    ended = f"{marked(run.state)} {run.state}" + (f": {run.summary}" if run.summary else "")
    return (utc(run.started), run.command, str(run.actor), ended, took(run))
