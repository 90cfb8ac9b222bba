"""The same content in blocks every Slack has: sections, small print and buttons. And again, as text alone.

A workspace may not have a block type yet (`plan`, `table`), or have changed its rules over night; what happened to a release
must be readable all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from handlers.messages.limits import Mrkdwn, clean, escape, join, say, split

Block = dict[str, Any]

_FENCE = "```"
_MARKS = {"pending": "▫️", "in_progress": "⏳", "complete": "✅", "error": "❌"}


def plainly(blocks: Sequence[Block]) -> list[Block]:
    """Each block as sections; buttons and inputs stay what they are."""
    return [plain for block in blocks for plain in _PLAIN.get(block["type"], _kept)(block)]


def as_text(plain_blocks: Iterable[Block]) -> Mrkdwn:
    """Plain blocks as one text, without the buttons."""
    lines: list[Mrkdwn] = []
    for block in plain_blocks:
        if block["type"] == "section":
            lines.extend(Mrkdwn(part["text"]) for part in [block.get("text"), *block.get("fields", [])] if part)
        elif block["type"] == "context":
            lines.extend(Mrkdwn(element["text"]) for element in block["elements"])
    return join(lines)


def _kept(block: Block) -> list[Block]:
    return [block]


def _sections(text: Mrkdwn) -> list[Block]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": piece}} for piece in split(text)]


def _header(block: Block) -> list[Block]:
    return _sections(say("*{}*", escape(block["text"]["text"])))


def _divider(block: Block) -> list[Block]:
    return []


def _table(block: Block) -> list[Block]:
    headings, *rows = [[escape(cell["text"]) for cell in row] for row in block["rows"]]
    lines = [join(headings, " · "), *(join(row, " · ") for row in rows)]
    return _sections(join([say("*{}*", lines[0]), *lines[1:]]))


def _chart(block: Block) -> list[Block]:
    """The figures as words, a line for each category."""
    series = block["chart"]["series"]
    lines = [say("*{}* ({})", block["title"], block["chart"]["axis_config"]["y_label"])]
    for number, label in enumerate(block["chart"]["axis_config"]["categories"]):
        values = [say("{} {}", one["name"], _short(one["data"][number]["value"])) for one in series]
        lines.append(say("{}: {}", label, join(values, " · ")))
    return _sections(join(lines))


def _short(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _plan(block: Block) -> list[Block]:
    lines = [say("*{}*", escape(block["title"]))]
    for task in block["tasks"]:
        line = say("{} {}", _MARKS[task["status"]], escape(task["title"]))
        details = _rich_words(task.get("details"))
        lines.append(say("{} – {}", line, details) if details else line)
    return _sections(join(lines))


def _rich_text(block: Block) -> list[Block]:
    literal = Mrkdwn(escape(_rich_words(block), limit=100_000).replace(_FENCE, "ˋˋˋ"))
    return [section for piece in split(literal, 2_900) for section in _sections(Mrkdwn(f"{_FENCE}{piece}{_FENCE}"))]


def _rich_words(block: Block | None) -> str:
    """The words of a rich_text block: ours hold one element with one text."""
    if not block:
        return ""
    return clean("".join(part["text"] for element in block["elements"] for part in element["elements"]))


_PLAIN: dict[str, Callable[[Block], list[Block]]] = {
    "header": _header,
    "divider": _divider,
    "data_visualization": _chart,
    "table": _table,
    "plan": _plan,
    "rich_text": _rich_text,
}
