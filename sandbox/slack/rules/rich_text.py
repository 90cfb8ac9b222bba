"""Rich text. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block"""

from typing import Any

from sandbox.slack.rules.composition import ID
from sandbox.slack.rules.shape import Check, Place, boolean, by_type, enum, integer, listed, shape, text, typed

_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))
_STYLED: dict[str, Check] = {"style": _STYLE}

INLINE = by_type(
    {
        "text": typed("text", {"text": text()}, _STYLED),
        "link": typed("link", {"url": text()}, {**_STYLED, "text": text(), "unsafe": boolean}),
        "emoji": typed("emoji", {"name": text()}, {**_STYLED, "unicode": text(), "skin_tone": integer(1, 6)}),
        "user": typed("user", {"user_id": text()}, _STYLED),
        "usergroup": typed("usergroup", {"usergroup_id": text()}, _STYLED),
        "channel": typed("channel", {"channel_id": text()}, _STYLED),
        "broadcast": typed("broadcast", {"range": enum("here", "channel", "everyone")}, _STYLED),
        "color": typed("color", {"value": text()}, _STYLED),
        "date": typed(
            "date", {"timestamp": integer(), "format": text()}, {**_STYLED, "url": text(), "fallback": text()}
        ),
    }
)
_BORDER: dict[str, Check] = {"border": integer(0, 1)}
SECTION = typed("rich_text_section", {"elements": listed(INLINE, least=0)})
ELEMENT = by_type(
    {
        "rich_text_section": SECTION,
        "rich_text_list": typed(
            "rich_text_list",
            {"style": enum("bullet", "ordered"), "elements": listed(SECTION)},
            {**_BORDER, "indent": integer(0, 8), "offset": integer()},
        ),
        "rich_text_quote": typed("rich_text_quote", {"elements": listed(INLINE)}, _BORDER),
        "rich_text_preformatted": typed(
            "rich_text_preformatted", {"elements": listed(INLINE)}, {**_BORDER, "language": text()}
        ),
    }
)
RICH_TEXT = typed("rich_text", {"elements": listed(ELEMENT)}, {"block_id": ID})


def single(place: Place, value: Any) -> None:
    """A rich text of exactly one element, as a task's details and output must be."""
    RICH_TEXT(place, value)
    if isinstance(value, dict) and isinstance(value.get("elements"), list) and len(value["elements"]) > 1:
        (place / "elements").refuse("no more than 1 items allowed")
