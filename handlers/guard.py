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

# Acks come first: they have three seconds and share one event loop with the work, so the work of a burst's first commands
# would hold up the acks of its last ones. An ack costs about 0.5 ms, so a burst of 50 is acknowledged well within this.
ACKS_FIRST_SECONDS = 0.1

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


def in_background(deps: Deps, kind: str, key: Callable[[Body], str], work: Work) -> Listener:
    """A listener that acknowledges at once and soon after does `work` in a task of its own, once for each `key` of this `kind`."""

    async def once(body: Body) -> None:
        await asyncio.sleep(ACKS_FIRST_SECONDS)
        if await deps.dedup.is_first(kind, key(body)):
            await work(body)

    @guarded
    async def listen(ack: AsyncAck, body: Body) -> None:
        await ack()
        deps.tasks.start(once(body), f"{kind} {work.__name__}")

    return listen
