"""Where the API applies the rules: refuses with the error Slack answers."""

from sandbox.slack.errors import SlackError, invalid
from sandbox.slack.messages import JSON
from sandbox.slack.rules.message import check_message
from sandbox.slack.rules.view import check_view

MAX_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000


def require_message(payload: JSON, refused_types: frozenset[str] = frozenset(), *, max_text: int | None = None) -> None:
    """Raise SlackError when Slack would not take this message."""
    text, blocks = payload.get("text", ""), payload.get("blocks")
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > (max_text or MAX_TEXT):
        raise SlackError("msg_too_long")
    problems = [*check_message(payload), *_refused(blocks or [], refused_types, "/blocks")]
    if problems:
        raise invalid("invalid_blocks", problems)


def require_view(body: JSON, kind: str, refused_types: frozenset[str] = frozenset()) -> None:
    """Raise SlackError when Slack would not show this view as a `kind` (modal or home)."""
    problems = check_view(body)
    if body.get("type") != kind:
        problems.append(f"must be {kind} [json-pointer:/view/type]")
    if not problems:
        problems = _refused(body["blocks"], refused_types, "/view/blocks")
    if problems:
        raise invalid("invalid_arguments", problems)


def _refused(blocks: list[JSON], types: frozenset[str], pointer: str) -> list[str]:
    """Block types this workspace was told to refuse, as a workspace refuses a type it does not have yet."""
    return [
        f"unsupported type: {block['type']} [json-pointer:{pointer}/{index}/type]"
        for index, block in enumerate(blocks)
        if isinstance(block, dict) and block.get("type") in types
    ]
