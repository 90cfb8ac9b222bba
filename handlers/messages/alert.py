"""Alerts: what somebody has to mend, told at once, again daily while it stands, and once when it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handlers.messages.backups import backup_buttons
from handlers.messages.blocks import Block, context, section
from handlers.messages.limits import Mrkdwn, escape, say
from handlers.messages.message import Message
from handlers.messages.words import duration, moment

_LONG = 1_000


@dataclass(frozen=True)
class Problem:
    """Something a person has to mend. `kind` names it for good (`backup-age`); `text` says how it is now, `next_step` what to do."""

    kind: str
    text: str
    next_step: str


class How(StrEnum):
    """Why something is told; in the order in which it is told."""

    NEW = "new"
    AGAIN = "again"
    MENDED = "mended"


@dataclass(frozen=True)
class Telling:
    """One thing to say. For a mended one `problem` has the text it was told with last."""

    how: How
    problem: Problem
    since: datetime


def alert_message(tellings: Sequence[Telling], now: datetime, ids: dict[str, str | None] | None = None) -> Message:
    """All there is to tell after one look. `ids` are the opaque ids behind its buttons."""
    ordered = sorted(tellings, key=lambda telling: list(How).index(telling.how))
    parts: list[Block] = []
    for telling in ordered:
        parts.append(section(say("*{}*", _line(telling, now))))
        if telling.problem.next_step and telling.how is not How.MENDED:
            parts.append(section(escape(telling.problem.next_step, _LONG)))
    stands = any(telling.how is not How.MENDED for telling in ordered)
    note = [context(say("Told again every day until it is mended."))] if stands else []
    return Message.of(_line(ordered[0], now), *parts, *note, *(backup_buttons(ids or {}) if stands else []))


def _line(telling: Telling, now: datetime) -> Mrkdwn:
    text = escape(telling.problem.text, _LONG)
    match telling.how:
        case How.NEW:
            return say("🚨 {}", text)
        case How.AGAIN:
            return say("🚨 Still, since {}: {}", moment(telling.since), text)
        case How.MENDED:
            return say("✅ Mended after {}: {}", duration((now - telling.since).total_seconds()), text)
