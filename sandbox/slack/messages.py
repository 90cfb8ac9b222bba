"""A message as the workspace keeps it, and as tests read it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]


@dataclass
class Message:
    """One line of a channel. `ephemeral_to` is the only person who sees it; `kind` is "command" for a typed command."""

    ts: str
    channel: str
    text: str
    blocks: list[JSON] = field(default_factory=list)
    user: str | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    edited: bool = False
    ephemeral_to: str | None = None
    kind: str = "message"
    files: list[JSON] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Everything that can be read in the message: its text and every text inside its blocks, a line each."""
        return "\n".join([self.text, *texts(self.blocks)])

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [element["text"]["text"] for element in elements(self.blocks) if element.get("type") == "button"]

    def element(self, action_id: str, block_id: str | None = None) -> JSON | None:
        """The interactive element with this action id (of this block, when one is named)."""
        found = find_element(self.blocks, action_id, block_id)
        return found[1] if found else None

    def button(self, label: str) -> JSON:
        """The button with this label. Raises LookupError, naming the buttons there are."""
        for element in elements(self.blocks):
            if element.get("type") == "button" and element["text"]["text"] == label:
                return element
        raise LookupError(f"no button {label!r} in this message; its buttons: {self.buttons}")

    def block(self, type_: str) -> JSON:
        """The first block of this type. Raises LookupError, naming the types there are."""
        for block in self.blocks:
            if block["type"] == type_:
                return block
        raise LookupError(f"no {type_} block in this message; its blocks: {[b['type'] for b in self.blocks]}")


def texts(value: Any) -> Iterator[str]:
    """Every text inside blocks: text objects, titles, cells and labels, in reading order."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for key in ("title", "text", "label", "name"):
            if isinstance(value.get(key), str):
                yield value[key]
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from texts(inner)


def elements(blocks: list[JSON]) -> Iterator[JSON]:
    """Every element that carries an action id, in order."""
    yield from (element for _, element in _elements_by_block(blocks))


def find_element(blocks: list[JSON], action_id: str, block_id: str | None = None) -> tuple[JSON, JSON] | None:
    """The block and the element with this action id, or None."""
    for block, element in _elements_by_block(blocks):
        if element["action_id"] == action_id and block_id in (None, block.get("block_id")):
            return block, element
    return None


def _elements_by_block(blocks: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    for block in blocks:
        yield from _elements_by_block(block.get("child_blocks", []))
        inside = [*block.get("elements", []), *block.get("actions", []), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element
            elif isinstance(element, dict) and element.get("type") == "card":
                yield from _elements_by_block([element])


def inputs(blocks: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Every element that holds a value (not a button), with its block: what `state.values` is made of."""
    stateless = {"button", "overflow", "workflow_button", "icon_button", "feedback_buttons"}
    return ((block, element) for block, element in _elements_by_block(blocks) if element["type"] not in stateless)
