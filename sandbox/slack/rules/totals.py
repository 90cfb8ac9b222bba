"""What is limited for a whole message: how many of some blocks, and how long all of them are together."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.slack.rules.shape import Place
from sandbox.slack.rules.table import characters

JSON = dict[str, Any]

MAX_TABLES = 1
MAX_CHARTS = 2
MAX_MARKDOWN = 12_000
MAX_SIZE = 13_200
"""Slack documents no limit but answers `msg_blocks_too_long` from about 13,200 characters, JSON included (slackapi/bolt-js
issues 2509 and 2867: 13,297 characters of one markdown block pass, 11,341 of many small rich texts do not)."""


def counted(place: Place, blocks: Any) -> None:
    """One table, two charts, a plan or task cards but not both, 12,000 characters of markdown."""
    every = list(_every(blocks))
    types = [block.get("type") for block in every]
    if types.count("table") > MAX_TABLES:
        place.refuse("only_one_table_allowed")
    if types.count("data_visualization") > MAX_CHARTS:
        place.refuse(f"no more than {MAX_CHARTS} data_visualization blocks allowed")
    if "plan" in types and "task_card" in types:
        place.refuse("plan and task_card blocks cannot be in the same message")
    markdown = sum(len(str(block.get("text", ""))) for block in every if block.get("type") == "markdown")
    if markdown > MAX_MARKDOWN:
        place.refuse(f"markdown blocks must be less than {MAX_MARKDOWN + 1} characters together")


def _every(blocks: Any) -> Iterator[JSON]:
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, dict):
            yield block
            yield from _every(block.get("child_blocks"))


def size(blocks: list[JSON]) -> int:
    """The length of all blocks as Slack seems to measure it: their JSON, of a table only what its cells say."""
    return sum(_size(block) for block in blocks)


def _size(block: Any) -> int:
    if isinstance(block, dict) and block.get("type") == "table":
        return characters(block)
    return len(json.dumps(block, ensure_ascii=False, separators=(",", ":")))
