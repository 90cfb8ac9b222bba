"""A Socket Mode client that does nothing by itself: the test decides what is acknowledged, and when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox

JSON = dict[str, Any]


async def socket_url(slack: SlackSandbox) -> str:
    """A fresh address from apps.connections.open."""
    answer = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)
    return str(answer["url"])


class RawSocket:
    """One open connection."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def frame(self) -> JSON:
        """The next frame. Raises TimeoutError when none comes."""
        async with asyncio.timeout(5):
            frame: JSON = await self._ws.receive_json()
            return frame

    async def ack(self, envelope: JSON, payload: JSON | None = None) -> None:
        """Acknowledge an envelope, with a payload if one is given."""
        answer: JSON = {"envelope_id": envelope["envelope_id"]}
        await self._ws.send_json(answer if payload is None else {**answer, "payload": payload})

    async def closed(self) -> bool:
        """Wait for the server to end the connection."""
        async with asyncio.timeout(5):
            return (await self._ws.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


@asynccontextmanager
async def raw_socket(slack: SlackSandbox, *, url: str | None = None) -> AsyncIterator[tuple[RawSocket, JSON]]:
    """A connection and the first frame it was sent."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url or await socket_url(slack)) as ws:
        socket = RawSocket(ws)
        yield socket, await socket.frame()
