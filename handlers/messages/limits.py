"""The one gate between what people, containers and files say and what Slack accepts.

Every number is Slack's own (https://docs.slack.dev/reference/block-kit/blocks, the checks of slack_sdk.models 3.47) or, where
Slack documents none, a bound of ours that keeps a message readable. Dynamic text comes in through `say`, `code` or `clean`,
and in no other way, so no name, reason or log line can ping a channel, forge a link or overflow a block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, LiteralString

BLOCKS = 50  # a message
VIEW_BLOCKS = 100  # a modal or the App Home
SECTION = 3000
FIELD = 2000
FIELDS = 10
HEADER = 150
CONTEXT = 2000
CONTEXT_ELEMENTS = 10
ACTIONS = 25
BUTTON = 75
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
VIEW_TITLE = 24
OPTION = 75
OPTION_VALUE = 150
OPTIONS = 100
TASKS = 50
TABLE_ROWS = 100
# https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block (some libraries allow more; the page does not)
CHART_TITLE = 50
CHART_SERIES = 6
CHART_POINTS = 20
CHART_LABEL = 20
CHART_AXIS = 50

# Ours: Slack answers `msg_blocks_too_long` from about 13,200 characters of all blocks together, some of their JSON included
# (slackapi/bolt-js#2509, #2867). So the JSON is what is measured here.
MESSAGE = 12_000
VIEW = 100_000  # Slack: a view is at most 250 kB
TABLE = 9_000
LOG = 9_000
EVIDENCE = 3_000  # the log lines below a failed run, which shares its message with a plan
# Ours: chat.update takes 4,000 characters of `text`.
TEXT = 3_900
# Ours: what one table cell, one task's details and one quoted value may hold before they stop being readable.
CELL = 120
TASK_TITLE = 150
TASK_DETAILS = 300
VALUE = 500

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# Control characters but newline and tab (category Cc), lone surrogates (Cs), and the characters that turn the direction of the
# text around them: with those a name could make a message read as something else.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_HALF_A_TOKEN = re.compile(r"(&[a-z]*|<[^>]*)$")


class Mrkdwn(str):
    """Text in Slack's markup, safe to send: everything dynamic in it has been escaped. Made by `say` and `code` only."""

    __slots__ = ()


def clean(text: object) -> str:
    """Any value as text that JSON and Slack can carry: no terminal colours, control characters or lone surrogates."""
    without_colours = _ANSI.sub("", str(text)).replace("\r\n", "\n")
    return _UNSEEN.sub("", without_colours)


def unmarked(text: str) -> str:
    """Our sentence where Slack takes no markup: the backticks around a command would be seen as they are."""
    return text.replace("`", "")


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, ending in “…” when something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def size(value: Any) -> int:
    """How many characters a value is as JSON, which is nearest to what Slack counts."""
    return len(json.dumps(value, ensure_ascii=False))


def tail(lines: Sequence[str], limit: int) -> tuple[str, int]:
    """The last of these lines that fit into `limit` characters of JSON, and how many of them there are.

    The end of a log is where the reason stands. One line that is too long alone is cut at its start.
    """
    kept: list[str] = []
    room = limit
    for line in reversed([clean(line) for line in lines]):
        room -= size(line)
        if room < 0:
            break
        kept.append(line)
    if not kept and lines:
        last = clean(lines[-1])
        kept = ["…" + last[-(limit * len(last) // size(last) - 1) :]]
    return "\n".join(reversed(kept)), len(kept)


def escape(value: object, limit: int = VALUE) -> Mrkdwn:
    """A value inside mrkdwn, clipped to `limit` characters: `&`, `<` and `>` lose their meaning
    (https://docs.slack.dev/messaging/formatting-message-text#escaping), so `<!channel>` is seen, not obeyed."""
    if isinstance(value, Mrkdwn):
        return value
    text = clip(clean(value), limit)
    return Mrkdwn(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def say(template: LiteralString, *values: object) -> Mrkdwn:
    """A sentence of ours with values of others put in: `say("*{}* is live.", version)`, as SQL does with parameters."""
    return Mrkdwn(template.format(*(escape(value) for value in values)))


def code(value: object, limit: int = VALUE) -> Mrkdwn:
    """A value as `code`; a backtick inside it cannot end it."""
    return Mrkdwn("`" + escape(clip(clean(value), limit).replace("`", "ˋ").replace("\n", " ") or " ", limit) + "`")


def join(parts: list[Mrkdwn], between: LiteralString = "\n") -> Mrkdwn:
    """Several pieces as one."""
    return Mrkdwn(between.join(part for part in parts if part))


def fit(text: Mrkdwn, limit: int) -> Mrkdwn:
    """Mrkdwn of at most `limit` characters, never ending inside an entity or a link."""
    if len(text) <= limit:
        return text
    return Mrkdwn(_HALF_A_TOKEN.sub("", text[: limit - 1]).rstrip() + "…")


def split(text: Mrkdwn, limit: int = SECTION) -> list[Mrkdwn]:
    """Long mrkdwn as several pieces of whole lines, each of at most `limit` characters."""
    pieces: list[str] = []
    for line in text.split("\n"):
        if pieces and len(pieces[-1]) + 1 + len(line) <= limit:
            pieces[-1] += "\n" + line
        else:
            pieces.append(fit(Mrkdwn(line), limit))
    return [Mrkdwn(piece) for piece in pieces if piece.strip()]
