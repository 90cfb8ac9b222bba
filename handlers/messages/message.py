"""What is sent: the same content three times, each plainer than the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.messages import limits
from handlers.messages.blocks import Block, context
from handlers.messages.fallback import as_text, plainly
from handlers.messages.limits import Mrkdwn, fit, say

# Blocks that must survive when a message is too long: without them nobody can act.
_KEPT = frozenset({"actions", "header", "plan"})


@dataclass(frozen=True)
class Message:
    """A message for any surface.

    `text` is what notifications, screen readers and clients without blocks get. `fallback_blocks` say the same as `blocks` in
    plain sections: they are sent when Slack answers `invalid_blocks`; when it refuses those too, `text` goes out alone.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    fallback_blocks: tuple[Block, ...] = ()

    @classmethod
    def of(cls, headline: Mrkdwn, *blocks: Block) -> Message:
        """A message from its blocks. `headline` is the one sentence a notification shows first."""
        shown = within_limits(blocks)
        plain = within_limits(plainly(shown))
        body = as_text(plain)
        said = body.partition("\n")[0].replace("*", "") == headline.replace("*", "")
        return cls(fit(body if said else Mrkdwn(f"{headline}\n{body}"), limits.TEXT), shown, plain)

    def forms(self) -> list[dict[str, Any]]:
        """The arguments of chat.postMessage for each way to say it, richest first."""
        ways: list[dict[str, Any]] = [{"text": self.text, "blocks": list(self.blocks)}] if self.blocks else []
        if self.fallback_blocks and self.fallback_blocks != self.blocks:
            ways.append({"text": self.text, "blocks": list(self.fallback_blocks)})
        return [*ways, {"text": self.text}]


@dataclass(frozen=True)
class View:
    """A modal or the App Home. Both are built of sections, buttons and inputs only, which every Slack has."""

    body: dict[str, Any]


def within_limits(blocks: Sequence[Block], count: int = limits.BLOCKS, size: int = limits.MESSAGE) -> tuple[Block, ...]:
    """At most `count` blocks and `size` characters in all; what has no room is left out from the end, and that is said."""
    kept, left_out = list(blocks), 0
    while len(kept) + bool(left_out) > count or limits.size(kept) > size:
        droppable = [index for index, block in enumerate(kept) if block["type"] not in _KEPT]
        if not droppable:
            break
        del kept[droppable[-1]]
        left_out += 1
    if left_out:
        kept.append(context(say("{} more parts did not fit into one Slack message.", left_out)))
    return tuple(kept)
