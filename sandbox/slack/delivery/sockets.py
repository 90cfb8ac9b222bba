"""Socket Mode: the WebSocket connections of the app and the envelopes that travel over them.

Frames as in https://docs.slack.dev/apis/events-api/using-socket-mode: `hello`, envelopes, `disconnect`.
"""

import asyncio
import json
import logging
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import WSMsgType, web

from sandbox.slack import world
from sandbox.slack.clock import Clock
from sandbox.slack.delivery.ack import Undeliverable
from sandbox.slack.feed import Feed
from sandbox.slack.misbehaviour import Misbehaviour
from sandbox.slack.tasks import Tasks

JSON = dict[str, Any]
Reason = Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"]

MAX_CONNECTIONS = 10
TICKET_SECONDS = 30.0
WARNING_SECONDS = 10.0
"""How long before the end of a connection Slack sends the `warning`."""
PING_SECONDS = 30.0

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Connection:
    """One open WebSocket."""

    ws: web.WebSocketResponse
    transport: asyncio.Transport | None


class Sockets:
    """Every open connection. Each envelope goes to one of them, in turn; any of them may bring the ack."""

    def __init__(self, clock: Clock, feed: Feed, faults: Misbehaviour, *, enabled: bool) -> None:
        self._clock = clock
        self._feed = feed
        self._faults = faults
        self._enabled = enabled
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._waiting: dict[str, asyncio.Future[JSON]] = {}
        self._tasks = Tasks()
        self.opened = 0

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def new_ticket(self) -> str:
        """A ticket for one connection, good for half a minute."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = self._clock.now() + TICKET_SECONDS
        return ticket

    # -- the connection's life --------------------------------------------------------------------------------------

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The handler of the WebSocket address: lives as long as the connection."""
        if self._faults.refuses_connection():
            raise web.HTTPServiceUnavailable(text="connection refused on request")
        if self._tickets.get(ticket := request.query.get("ticket", ""), 0.0) <= self._clock.now():
            raise web.HTTPForbidden(text="this ticket is unknown, used or expired")
        del self._tickets[ticket]
        ws = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await ws.prepare(request)
        if not self._enabled:
            await self._turn_away(ws, "link_disabled")
        elif self.count >= MAX_CONNECTIONS:
            await self._turn_away(ws, "too_many_websockets")
        else:
            await self._serve(Connection(ws, request.transport))
        return ws

    async def _serve(self, connection: Connection) -> None:
        self._connections.append(connection)
        self.opened += 1
        try:
            await connection.ws.send_json(self._hello())
            self._tell()
            async for frame in connection.ws:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledged(json.loads(frame.data))
        except ConnectionError:
            log.debug("a connection broke while it was greeted")
        finally:
            self._forget(connection)

    def _hello(self) -> JSON:
        debug = {"host": "sandbox", "started": "now", "build_number": 1, "approximate_connection_time": 18060}
        info = {"app_id": world.APP_ID}
        return {"type": "hello", "num_connections": self.count, "debug_info": debug, "connection_info": info}

    async def _turn_away(self, ws: web.WebSocketResponse, reason: Reason) -> None:
        await ws.send_json(_disconnect(reason))
        await ws.close()

    def _forget(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._tell()

    def _tell(self) -> None:
        self._feed.publish({"type": "connections", "sockets": self.count})

    # -- envelopes --------------------------------------------------------------------------------------------------

    async def send(self, envelope: JSON) -> asyncio.Future[JSON]:
        """Send an envelope over one connection. The future brings the ack's payload (`{}` when it had none).

        Raises Undeliverable when no connection takes it."""
        future: asyncio.Future[JSON] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = future
        future.add_done_callback(lambda _: self._waiting.pop(envelope["envelope_id"], None))
        for connection in list(self._connections):
            self._connections.append(self._connections.pop(0))  # take turns
            try:
                await connection.ws.send_json(envelope)
            except ConnectionError:
                self._forget(connection)
            else:
                return future
        future.cancel()
        raise Undeliverable("dispatch_failed", "connection_failed")

    def _acknowledged(self, frame: JSON) -> None:
        future = self._waiting.get(frame.get("envelope_id", ""))
        if future is not None and not future.done():
            future.set_result(frame.get("payload") or {})

    # -- ends -------------------------------------------------------------------------------------------------------

    def drop(self) -> int:
        """Break every connection as a failing network does: no goodbye. Returns how many there were."""
        dropped = list(self._connections)
        for connection in dropped:
            if connection.transport is not None:
                connection.transport.abort()
            self._forget(connection)
        return len(dropped)

    async def ask_to_leave(self, reason: Reason) -> int:
        """Send `disconnect` to every connection and close it: at once, or ten seconds after a `warning`."""
        asked = list(self._connections)
        for connection in asked:
            await connection.ws.send_json(_disconnect(reason))
            self._tasks.spawn(self._close_after(connection, WARNING_SECONDS if reason == "warning" else 0.0))
        return len(asked)

    async def _close_after(self, connection: Connection, seconds: float) -> None:
        if seconds:
            await self._clock.sleep(seconds)
        self._forget(connection)
        await connection.ws.close()

    async def close(self) -> None:
        """End every connection; the server is going away."""
        await self._tasks.close()
        for connection in list(self._connections):
            self._forget(connection)
            await connection.ws.close(code=1001, message=b"the workspace is closing", drain=False)


def _disconnect(reason: Reason) -> JSON:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
