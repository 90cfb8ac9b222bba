"""Would Slack take this message?"""

from typing import Any

from sandbox.slack.rules import totals
from sandbox.slack.rules.ids import ids_differ
from sandbox.slack.rules.shape import Place
from sandbox.slack.rules.surfaces import blocks_on

JSON = dict[str, Any]

MAX_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000
"""chat.update takes less than chat.postMessage."""

_BLOCKS = blocks_on("message")


def check_message(payload: JSON, *, update: bool = False) -> list[str]:
    """Everything Slack would refuse in `{"text": …, "blocks": […]}`; an empty list when it takes the message.

    `update` applies the tighter limits of chat.update, for a message that will be changed later."""
    return [
        *check_text(payload, update=update),
        *check_blocks(payload.get("blocks")),
        *check_size(payload.get("blocks")),
    ]


def check_text(payload: JSON, *, update: bool = False) -> list[str]:
    """`no_text` and `msg_too_long`."""
    text, most = payload.get("text") or "", MAX_UPDATE_TEXT if update else MAX_TEXT
    if not isinstance(text, str):
        return ["must provide a string [json-pointer:/text]"]
    if not text and not payload.get("blocks"):
        return ["no_text"]
    return [f"msg_too_long: {len(text)} characters, at most {most}"] if len(text) > most else []


def check_blocks(blocks: Any) -> list[str]:
    """`invalid_blocks`: what is wrong with the blocks, each with its place."""
    if blocks is None:
        return []
    place = Place("/blocks")
    _BLOCKS(place, blocks)
    ids_differ(place, blocks)
    totals.counted(place, blocks)
    return place.problems


def check_size(blocks: Any) -> list[str]:
    """`msg_blocks_too_long`."""
    if not isinstance(blocks, list) or (size := totals.size(blocks)) <= totals.MAX_SIZE:
        return []
    return [f"msg_blocks_too_long: {size} characters, at most {totals.MAX_SIZE}"]
