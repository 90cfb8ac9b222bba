"""Takes a payload to the app, once or twice, and waits three seconds for the ack."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack.clock import Clock
from sandbox.slack.delivery.ack import ACK_SECONDS, Ack, Undeliverable
from sandbox.slack.delivery.http import HttpDelivery
from sandbox.slack.delivery.sockets import Sockets
from sandbox.slack.journal import Delivery, Journal
from sandbox.slack.manifest import Manifest
from sandbox.slack.misbehaviour import Misbehaviour
from sandbox.slack.tasks import Tasks

JSON = dict[str, Any]
ENVELOPE_TYPES = {"command": "slash_commands", "action": "interactive", "view": "interactive", "event": "events_api"}


class Courier:
    """Delivers over the sockets, or to the request URL when one is configured."""

    def __init__(
        self,
        *,
        clock: Clock,
        manifest: Manifest,
        journal: Journal,
        faults: Misbehaviour,
        sockets: Sockets,
        request_url: str | None,
    ) -> None:
        self._clock = clock
        self._manifest = manifest
        self._journal = journal
        self._faults = faults
        self._sockets = sockets
        self._request_url = request_url
        self._http = HttpDelivery()
        self._tasks = Tasks()

    async def deliver(self, kind: str, payload: JSON, retry: tuple[int, str] = (0, "")) -> Ack:
        """Deliver one payload (`kind`: command, action, view or event) and wait for its ack."""
        if self._faults.delivers_twice(kind):
            first = asyncio.ensure_future(self._deliver_once(kind, payload, retry))
            self._tasks.spawn(self._deliver_once(kind, payload, retry))
            return await first
        return await self._deliver_once(kind, payload, retry)

    async def verify_request_url(self) -> bool:
        """Does the configured request URL answer Slack's `url_verification`?"""
        url = self._request_url or self._manifest.events_url
        return url is not None and await self._http.verify(url)

    async def close(self) -> None:
        """Stop what is under way."""
        await self._tasks.close()
        await self._http.close()

    async def _deliver_once(self, kind: str, payload: JSON, retry: tuple[int, str]) -> Ack:
        url = self._url(kind, payload)
        envelope_id = str(uuid.uuid4())
        record = self._journal.delivery(
            kind, "http" if url else "socket", envelope_id, payload, retry_attempt=retry[0], retry_reason=retry[1]
        )
        if url is not None:
            target = url
            ack = await self._timed(lambda: self._post(target, kind, payload, retry))
        else:
            ack = await self._timed(lambda: self._sockets.send(_envelope(kind, envelope_id, payload, retry)))
        self._complete(record, ack)
        return ack

    async def _timed(self, send: Callable[[], Awaitable[asyncio.Future[JSON]]]) -> Ack:
        started = time.perf_counter()
        future: asyncio.Future[JSON] | None = None
        try:
            future = await send()
            if not await self._clock.wait_for(future, ACK_SECONDS):
                return Ack(error="operation_timeout")
            return Ack(payload=future.result(), ms=(time.perf_counter() - started) * 1000)
        except Undeliverable as failure:
            return Ack(error=failure.error)
        finally:
            if future is not None:
                future.cancel()

    async def _post(self, url: str, kind: str, payload: JSON, retry: tuple[int, str]) -> asyncio.Future[JSON]:
        return asyncio.ensure_future(self._http.post(url, kind, payload, retry))

    def _url(self, kind: str, payload: JSON) -> str | None:
        """Where to post: the URL the sandbox was given, else (when Socket Mode is off) the manifest's; None: sockets."""
        if self._request_url is not None:
            return self._request_url
        if self._manifest.socket_mode:
            return None
        if kind == "command":
            command = self._manifest.command(payload["command"])
            return command.url if command else None
        return self._manifest.events_url if kind == "event" else self._manifest.interactivity_url

    def _complete(self, record: Delivery, ack: Ack) -> None:
        record.ack_ms, record.ack_payload, record.error = ack.ms, ack.payload, ack.error
        self._journal.ended(record)


def _envelope(kind: str, envelope_id: str, payload: JSON, retry: tuple[int, str]) -> JSON:
    envelope: JSON = {
        "envelope_id": envelope_id,
        "payload": payload,
        "type": ENVELOPE_TYPES[kind],
        "accepts_response_payload": kind in ("command", "view"),
    }
    if kind == "event":
        envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
    return envelope
