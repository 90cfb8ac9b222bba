"""Ids that must differ: block ids within a payload, action ids within a block.

Slack wants action ids unique in their block only; the same button may stand in every row of a list.
"""

from typing import Any

from sandbox.slack.rules.shape import Place


def ids_differ(place: Place, blocks: Any) -> None:
    """Complain about every id that was used before."""
    seen: set[str] = set()
    for index, block in enumerate(blocks if isinstance(blocks, list) else []):
        if isinstance(block, dict):
            _block(place / index, block, seen)


def _block(place: Place, block: dict[str, Any], seen: set[str]) -> None:
    block_id = block.get("block_id")
    if isinstance(block_id, str):
        if block_id in seen:
            (place / "block_id").refuse(f"duplicate block_id: {block_id}")
        seen.add(block_id)
    for key in ("elements", "actions"):
        _actions_differ(place / key, block.get(key))
    children = block.get("child_blocks")
    for index, child in enumerate(children if isinstance(children, list) else []):
        if isinstance(child, dict):
            _block(place / "child_blocks" / index, child, seen)


def _actions_differ(place: Place, elements: Any) -> None:
    seen: set[str] = set()
    for index, element in enumerate(elements if isinstance(elements, list) else []):
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str):
            if action_id in seen:
                (place / index / "action_id").refuse(f"duplicate action_id: {action_id}")
            seen.add(action_id)
