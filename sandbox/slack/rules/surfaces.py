"""Which block may stand where: a message, a modal or the App Home. https://docs.slack.dev/reference/block-kit/blocks"""

from typing import Literal

from sandbox.slack.rules.blocks import BLOCKS
from sandbox.slack.rules.shape import Check, by_type, listed

Surface = Literal["message", "modal", "home"]

MAX_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}

_EVERYWHERE = {"actions", "card", "context", "divider", "header", "image", "input", "rich_text", "section"}
ALLOWED: dict[Surface, set[str]] = {
    "message": _EVERYWHERE | {"carousel", "container", "data_visualization", "markdown", "plan", "table", "task_card"},
    "modal": _EVERYWHERE | {"alert"},
    "home": _EVERYWHERE | {"carousel", "data_visualization"},
}


def blocks_on(surface: Surface) -> Check:
    """The blocks of one surface: how many, of which types, and each as its type demands."""
    allowed = {type_: check for type_, check in BLOCKS.items() if type_ in ALLOWED[surface]}
    return listed(by_type(allowed), most=MAX_BLOCKS[surface], least=0)
