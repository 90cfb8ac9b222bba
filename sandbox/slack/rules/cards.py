"""Alerts, cards, carousels and containers. https://docs.slack.dev/reference/block-kit/blocks"""

from typing import Any

from sandbox.slack.rules.composition import ID
from sandbox.slack.rules.elements import BUTTON, IMAGE
from sandbox.slack.rules.rich_text import RICH_TEXT
from sandbox.slack.rules.shape import Check, Place, boolean, both, enum, listed, one_key_of, typed
from sandbox.slack.rules.texts import either, plain

ALERT = typed(
    "alert",
    {"text": either(200)},
    {"block_id": ID, "level": enum("default", "info", "warning", "error", "success")},
)
CARD = both(
    typed(
        "card",
        {},
        {
            "block_id": ID,
            "icon": IMAGE,
            "hero_image": IMAGE,
            "title": either(150),
            "subtitle": either(150),
            "body": either(200),
            "actions": listed(BUTTON, most=3),
        },
    ),
    one_key_of("hero_image", "title", "body", "actions"),
)
CAROUSEL = typed("carousel", {"elements": listed(CARD, most=10)}, {"block_id": ID})


def _header_is_not_collapsible(place: Place, value: Any) -> None:
    if isinstance(value, dict) and value.get("is_collapsible") is True and value.get("has_header_divider") is True:
        (place / "has_header_divider").refuse("cannot be set when is_collapsible is true")


def container(child: Check) -> Check:
    """A container of at most ten blocks, each checked by `child`."""
    return both(
        typed(
            "container",
            {"child_blocks": listed(child, most=10)},
            {
                "block_id": ID,
                "title": plain(150),
                "rich_text_title": RICH_TEXT,
                "subtitle": either(150),
                "width": enum("narrow", "standard", "wide", "full"),
                "icon": IMAGE,
                "is_collapsible": boolean,
                "default_collapsed": boolean,
                "has_header_divider": boolean,
            },
        ),
        one_key_of("title", "rich_text_title"),
        _header_is_not_collapsible,
    )
