"""How every listener is made: acknowledge at once, do the work elsewhere, let nothing out.

An exception that leaves a Bolt listener within about 10 ms of `await ack()` makes Bolt forget the ack (slack-bolt 1.30,
listener/asyncio_runner.py): the person reads that the command failed although the work goes on. So none leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from handlers.deps import Deps

log = structlog.get_logger(__name__)

# Acks come first: they share one event loop with the work, so the work of a burst's first commands would hold up the acks of its
# last ones (50 at once, measured on a busy machine: p99 2 to 3.5 times a bare Bolt app's; with this, not above it). Work begins
# once no ack was given for QUIET_SECONDS, and after MOST_SECONDS however many more come.
QUIET_SECONDS = 0.05
MOST_SECONDS = 0.5

Body = dict[str, Any]
Work = Callable[[Body], Coroutine[Any, Any, None]]
Listener = Callable[[AsyncAck, Body], Awaitable[None]]


def guarded(listener: Listener) -> Listener:
    """A listener that logs what goes wrong in it instead of raising."""

    @wraps(listener)
    async def safe(ack: AsyncAck, body: Body) -> None:
        try:
            await listener(ack, body)
        except Exception:
            log.exception("a listener failed", listener=getattr(listener, "__name__", "?"))

    return safe


class _Acks:
    """The acks of one listener: when the last was given, and so whether a burst is over."""

    def __init__(self) -> None:
        self._last = 0.0

    def given(self) -> None:
        """One went out, now."""
        self._last = asyncio.get_running_loop().time()

    async def out(self) -> None:
        """Wait until the burst's acks are out."""
        clock = asyncio.get_running_loop().time
        latest = clock() + MOST_SECONDS
        while (wait := min(self._last + QUIET_SECONDS, latest) - clock()) > 0:  # noqa: ASYNC110 - no event tells that no more will come
            await asyncio.sleep(wait)


def in_background(deps: Deps, kind: str, key: Callable[[Body], str], work: Work) -> Listener:
    """A listener that acknowledges at once and soon after does `work` in a task of its own, once for each `key` of this `kind`."""
    acks = _Acks()

    async def once(body: Body) -> None:
        await acks.out()
        if await deps.dedup.is_first(kind, key(body)):
            await work(body)

    @guarded
    async def listen(ack: AsyncAck, body: Body) -> None:
        await ack()
        acks.given()
        deps.tasks.start(once(body), f"{kind} {work.__name__}")

    return listen
