"""The layout blocks, and the table of all block types. https://docs.slack.dev/reference/block-kit/blocks"""

from typing import Any

from sandbox.slack.rules.cards import ALERT, CARD, CAROUSEL, container
from sandbox.slack.rules.chart import DATA_VISUALIZATION
from sandbox.slack.rules.composition import ID, SLACK_FILE, URL
from sandbox.slack.rules.elements import AS_ACCESSORY, IMAGE, IN_ACTIONS, IN_INPUT
from sandbox.slack.rules.rich_text import RICH_TEXT
from sandbox.slack.rules.shape import (
    Check,
    Place,
    boolean,
    both,
    by_type,
    listed,
    one_key_of,
    only_one_key_of,
    text,
    typed,
)
from sandbox.slack.rules.table import TABLE
from sandbox.slack.rules.tasks import PLAN, TASK_CARD
from sandbox.slack.rules.texts import either, mrkdwn, plain

_SECTION = both(
    typed(
        "section",
        {},
        {
            "block_id": ID,
            "text": either(3000),
            "fields": listed(either(2000), most=10),
            "accessory": by_type(AS_ACCESSORY),
            "expand": boolean,
        },
    ),
    one_key_of("text", "fields"),
)
_IMAGE_BLOCK = both(
    typed(
        "image",
        {"alt_text": text(2000)},
        {"block_id": ID, "image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
    ),
    only_one_key_of("image_url", "slack_file"),
)
_CONTEXT_ELEMENT = by_type({"image": IMAGE, "plain_text": plain(2000), "mrkdwn": mrkdwn(2000)})
_INPUT = typed(
    "input",
    {"label": plain(2000), "element": by_type(IN_INPUT)},
    {"block_id": ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)
_NAMED = {"block_id": ID}


def _child(place: Place, value: Any) -> None:
    """A block inside a container: what a message may hold, but no container in a container."""
    by_type({type_: check for type_, check in BLOCKS.items() if type_ not in ("container", "alert")})(place, value)


BLOCKS: dict[str, Check] = {
    "actions": typed("actions", {"elements": listed(by_type(IN_ACTIONS), most=25)}, _NAMED),
    "alert": ALERT,
    "card": CARD,
    "carousel": CAROUSEL,
    "container": container(_child),
    "context": typed("context", {"elements": listed(_CONTEXT_ELEMENT, most=10)}, _NAMED),
    "data_visualization": DATA_VISUALIZATION,
    "divider": typed("divider", {}, _NAMED),
    "header": typed("header", {"text": plain(150)}, _NAMED),
    "image": _IMAGE_BLOCK,
    "input": _INPUT,
    "markdown": typed("markdown", {"text": text(12_000)}, _NAMED),
    "plan": PLAN,
    "rich_text": RICH_TEXT,
    "section": _SECTION,
    "table": TABLE,
    "task_card": TASK_CARD,
}
