"""Server-Sent Events: what changed, as it changes."""

import asyncio
import json
from contextlib import suppress

from aiohttp import web

from sandbox.slack.feed import Event
from sandbox.slack.platform import Platform

KEEP_ALIVE_SECONDS = 15.0
_KEEP_ALIVE: Event = {"type": "keep_alive"}


async def stream(slack: Platform, request: web.Request) -> web.StreamResponse:
    """Send every event this person may see, beginning with `hello`, until they leave or the workspace closes."""
    user = request.query.get("user", "")
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    event: Event = {"type": "hello", "sockets": slack.sockets.count}
    with slack.feed.subscribe(user) as queue, suppress(ConnectionError):  # the page was closed
        while event["type"] != "closing":
            await response.write(_frame(event))
            event = await _next(queue)
    return response


async def _next(queue: asyncio.Queue[Event]) -> Event:
    try:
        async with asyncio.timeout(KEEP_ALIVE_SECONDS):
            return await queue.get()
    except TimeoutError:
        return _KEEP_ALIVE


def _frame(event: Event) -> bytes:
    return b": still here\n\n" if event is _KEEP_ALIVE else f"data: {json.dumps(event)}\n\n".encode()
