"""Where the API applies the rules: each broken one becomes the error Slack answers."""

from typing import Any

from sandbox.slack.errors import SlackError, invalid
from sandbox.slack.messages import JSON
from sandbox.slack.rules.message import check_blocks, check_size, check_text
from sandbox.slack.rules.view import check_view, check_view_size


def require_message(payload: JSON, refused_types: frozenset[str] = frozenset(), *, update: bool = False) -> None:
    """Raise SlackError when Slack would not take this message; `refused_types` are refused on top."""
    blocks = payload.get("blocks")
    if problems := check_text(payload, update=update):
        raise SlackError(problems[0].partition(":")[0])
    if problems := [*check_blocks(blocks), *_refused(blocks, refused_types, "/blocks")]:
        raise invalid("invalid_blocks", problems)
    if check_size(blocks):
        raise SlackError("msg_blocks_too_long")


def require_view(body: JSON, kind: str, refused_types: frozenset[str] = frozenset()) -> None:
    """Raise SlackError when Slack would not show this view as a `kind` (modal or home)."""
    if check_view_size(body):
        raise SlackError("view_too_large")
    problems = [*check_view(body), *_refused(body.get("blocks"), refused_types, "/view/blocks")]
    if body.get("type") != kind:
        problems.append(f"must be {kind} [json-pointer:/view/type]")
    if problems:
        raise invalid("invalid_arguments", problems)


def _refused(blocks: Any, types: frozenset[str], pointer: str) -> list[str]:
    """Block types this workspace was told to refuse, as a workspace refuses a type it does not have yet."""
    return [
        f"unsupported type: {block['type']} [json-pointer:{pointer}/{index}/type]"
        for index, block in enumerate(blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") in types
    ]
