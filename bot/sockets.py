"""Socket Mode that stays connected.

Slack's own client has three weak spots (slack_sdk 3.47, measured): it closes the old socket before it opens the new one, so for
a moment nobody listens; with an address that has gone stale it tries that same address for ever; and with a wrong token it
never fails. So there are two connections or more, and each is watched: one that is not connected for a while is thrown
away and made anew, from a new address.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long a connection may take, in seconds, and how often it is looked at."""

    look: float = 1.0
    connect: float = 10.0
    disconnected: float = 5.0  # the client reconnects by itself within a second or two when it can
    first_pause: float = 1.0
    longest_pause: float = 30.0
    ping: float = 5.0
    close: float = 3.0


class Sockets:
    """`count` connections to Slack, each kept alive by a task of its own. Use as `async with`."""

    def __init__(self, app: AsyncApp, app_token: str, count: int, patience: Patience = Patience()) -> None:
        self._make = _maker(app, app_token, patience)
        self._patience = patience
        self._handlers: list[AsyncSocketModeHandler | None] = [None] * count
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Sockets:
        self._keepers = [
            asyncio.create_task(self._keep(number), name=f"socket {number}") for number in range(len(self._handlers))
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _keep(self, number: int) -> None:
        """One connection after the other, for ever."""
        pause = self._patience.first_pause
        while True:
            try:
                await self._one(number)
                log.warning("a socket does not come back by itself: making a new one", socket=number)
                pause = self._patience.first_pause
            except Exception as error:
                log.warning("cannot connect to Slack", socket=number, error=repr(error), seconds_to_wait=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._patience.longest_pause)

    async def _one(self, number: int) -> None:
        """The life of one connection."""
        handler = self._handlers[number] = self._make()
        try:
            async with asyncio.timeout(self._patience.connect):
                await handler.client.connect()  # type: ignore[no-untyped-call]
            log.info("connected to Slack", socket=number)
            await self._watch(handler)
        finally:
            self._handlers[number] = None
            await self._close(handler)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Returns once the connection has been gone for longer than the client needs to bring it back."""
        looks = 0
        while looks * self._patience.look < self._patience.disconnected:
            await asyncio.sleep(self._patience.look)
            looks = 0 if await handler.client.is_connected() else looks + 1

    async def _close(self, handler: AsyncSocketModeHandler) -> None:
        with contextlib.suppress(Exception):  # half-open, half-closed: it is thrown away in any case
            async with asyncio.timeout(self._patience.close):
                await handler.client.close()  # type: ignore[no-untyped-call]


def _without_traceback(record: logging.LogRecord) -> bool:
    """The client logs a whole traceback at each try while Slack is away; the line says enough."""
    record.exc_info = None
    return True


def _maker(app: AsyncApp, app_token: str, patience: Patience) -> Callable[[], AsyncSocketModeHandler]:
    logger = logging.getLogger("slack_sdk.socket")
    logger.addFilter(_without_traceback)

    def make() -> AsyncSocketModeHandler:
        return AsyncSocketModeHandler(app, app_token, logger=logger, ping_interval=patience.ping)

    return make
