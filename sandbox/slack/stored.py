"""What Slack adds to blocks when it stores them: ids that were left out and the defaults of text objects."""

import copy
import secrets
from typing import Any

JSON = dict[str, Any]
_ELEMENT_TYPES_WITHOUT_ACTION = {"image", "mrkdwn", "plain_text", "card"}


def stored_blocks(blocks: list[JSON]) -> list[JSON]:
    """A copy of `blocks` as Slack hands them back in payloads and answers."""
    return [_stored_block(copy.deepcopy(block)) for block in blocks]


def _stored_block(block: JSON) -> JSON:
    block.setdefault("block_id", secrets.token_urlsafe(4))
    for child in block.get("child_blocks", []):
        _stored_block(child)
    if block["type"] in {"actions", "context_actions", "section", "input", "card", "carousel"}:
        _name_elements(block)
    _complete_texts(block)
    return block


def _name_elements(block: JSON) -> None:
    inside = [*block.get("elements", []), *block.get("actions", []), block.get("accessory"), block.get("element")]
    for element in inside:
        if isinstance(element, dict) and element.get("type") == "card":
            _stored_block(element)
        elif isinstance(element, dict) and element.get("type") not in _ELEMENT_TYPES_WITHOUT_ACTION:
            element.setdefault("action_id", secrets.token_urlsafe(4))


def _complete_texts(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _complete_texts(item)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text" and isinstance(value.get("text"), str):
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn" and isinstance(value.get("text"), str):
            value.setdefault("verbatim", False)
        for inner in value.values():
            _complete_texts(inner)
