"""One message in Slack that follows a state: posted once, updated as fast as Slack likes it, its last state always sent.

Whoever changes the state only calls `show`, which never waits: a slow, refusing or unreachable Slack costs a run nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from handlers.messages.message import Message
from handlers.outbox import Outbox, Unsent

log = structlog.get_logger(__name__)

# chat.update is a Tier 3 method: about fifty calls a minute for the whole workspace.
INTERVAL_SECONDS = 1.5
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
# Somebody deleted the message: it is posted anew.
_DELETED = "message_not_found"


class LiveMessage:
    """`run` does the sending; start it as a task of its own. It ends once the final state was sent, or cannot be."""

    def __init__(
        self,
        outbox: Outbox,
        channel: str,
        *,
        ts: str | None = None,
        interval: float = INTERVAL_SECONDS,
        on_posted: Callable[[str], object] | None = None,
        on_lost: Callable[[str], object] | None = None,
    ) -> None:
        """`ts`: a message that stands already, to be changed. `interval` is the least number of seconds between two sends. `on_posted` is told the ts of the posted message,
        `on_lost` Slack's word when the message can never be sent; each is called at most once and must not wait."""
        self._outbox = outbox
        self._channel = channel
        self._interval = interval
        self._on_posted = on_posted
        self._on_lost = on_lost
        self._wanted: Message | None = None
        self._final = False
        self._changed = asyncio.Event()
        self._level = 0
        self.sent = asyncio.Event()  # the final state was sent, or never will be (then `lost` says why)
        self.ts = ts
        self.lost: str | None = None

    def show(self, message: Message) -> None:
        """The state now; what was not sent yet is skipped."""
        self._wanted = message
        self._changed.set()

    def finish(self, message: Message) -> None:
        """The last state: `run` ends once it was sent."""
        self._final = True
        self.show(message)

    async def run(self) -> None:
        """Send what is shown until the final state was sent."""
        try:
            await self._follow()
        finally:
            self.sent.set()

    async def _follow(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await self._changed.wait()
            self._changed.clear()
            final, message = self._final, self._wanted
            assert message is not None
            try:
                await self._send(message)
            except Unsent as refusal:
                if not refusal.passing:
                    self._give_up(refusal.problem)
                    return
                log.warning("a message has to wait", channel=self._channel, problem=refusal.problem, seconds=pause)
                self._changed.set()
                await asyncio.sleep(max(pause, refusal.wait_seconds))
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if final:
                return
            pause = _FIRST_PAUSE
            await asyncio.sleep(self._interval)

    async def _send(self, message: Message) -> None:
        if self.ts is None:
            sent = await self._outbox.post(self._channel, message, level=self._level)
            self.ts, self._level = sent.ts, sent.level
            if self._on_posted is not None:
                self._on_posted(sent.ts)
                self._on_posted = None
            return
        try:
            sent = await self._outbox.update(self._channel, self.ts, message, level=self._level)
        except Unsent as refusal:
            if refusal.problem != _DELETED:
                raise
            self.ts = None
            await self._send(message)
            return
        self._level = sent.level

    def _give_up(self, problem: str) -> None:
        log.error("a message cannot be sent", channel=self._channel, problem=problem)
        self.lost = problem
        if self._on_lost is not None:
            self._on_lost(problem)
