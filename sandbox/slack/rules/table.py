"""Tables. https://docs.slack.dev/reference/block-kit/blocks/table-block"""

from typing import Any

from sandbox.slack.messages import texts
from sandbox.slack.rules.composition import ID
from sandbox.slack.rules.rich_text import RICH_TEXT
from sandbox.slack.rules.shape import Place, boolean, both, by_type, enum, listed, number, shape, text, typed

MAX_ROWS = 100
MAX_COLUMNS = 20
MAX_CHARACTERS = 10_000
"""All cells of a message's tables together."""

_CELL = by_type(
    {
        "raw_text": typed("raw_text", {"text": text()}),
        "raw_number": typed("raw_number", {"value": number, "text": text()}),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN = shape({}, {"align": enum("left", "center", "right"), "is_wrapped": boolean})


def _column(place: Place, value: Any) -> None:
    if value is not None:  # null leaves a column as it is
        _COLUMN(place, value)


def characters(block: dict[str, Any]) -> int:
    """How many characters the cells of a table hold."""
    return sum(len(cell) for cell in texts(block.get("rows")))


def _bounded(place: Place, value: Any) -> None:
    if isinstance(value, dict) and characters(value) > MAX_CHARACTERS:
        (place / "rows").refuse(f"must be less than {MAX_CHARACTERS + 1} characters")


TABLE = both(
    typed(
        "table",
        {"rows": listed(listed(_CELL, most=MAX_COLUMNS), most=MAX_ROWS)},
        {"block_id": ID, "column_settings": listed(_column, most=MAX_COLUMNS)},
    ),
    _bounded,
)
