"""Delivery to a request URL, signed as https://docs.slack.dev/authentication/verifying-requests-from-slack says."""

import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack import world
from sandbox.slack.delivery.ack import Undeliverable

JSON = dict[str, Any]


def signature(body: str, timestamp: str, secret: str = world.SIGNING_SECRET) -> str:
    """Slack's v0 signature of a request body."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return "v0=" + digest.hexdigest()


def encode(kind: str, payload: JSON) -> tuple[str, str]:
    """The body and the content type: commands are forms, interactions a form with one JSON field, events JSON."""
    if kind == "event":
        return json.dumps(payload), "application/json"
    fields = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(fields), "application/x-www-form-urlencoded"


class HttpDelivery:
    """Posts payloads to the app. One client session for the life of the workspace."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession()

    async def post(self, url: str, kind: str, payload: JSON, retry: tuple[int, str] = (0, "")) -> JSON:
        """Post one payload; returns what the app answered (`{}` for an empty body).

        Raises Undeliverable when the app cannot be reached or answers with anything but 200."""
        body, content_type = encode(kind, payload)
        # The wire's own time, not the workspace's clock: the receiver compares it with the real one.
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(body, timestamp),
        }
        if retry[0]:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        try:
            async with self._session.post(url, data=body.encode(), headers=headers) as response:
                text = await response.text()
        except aiohttp.ClientError as error:
            raise Undeliverable("dispatch_failed", "connection_failed") from error
        if response.status != 200:
            word = "http_service_error" if response.status >= 500 else "http_client_error"
            raise Undeliverable(word, "http_error")
        return _answer(text, response.content_type)

    async def verify(self, url: str) -> bool:
        """Slack's `url_verification`: does the address answer with the challenge it was sent?"""
        challenge = secrets.token_urlsafe(24)
        payload = {"token": world.VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        answer = await self.post(url, "event", payload)
        return challenge in (answer.get("challenge"), answer.get("text"))

    async def close(self) -> None:
        """Close the client session."""
        await self._session.close()


def _answer(text: str, content_type: str) -> JSON:
    if not text.strip():
        return {}
    if content_type == "application/json":
        try:
            parsed = json.loads(text)
        except json.JSONDecodeError as error:
            raise Undeliverable("dispatch_failed", "http_error") from error
        return parsed if isinstance(parsed, dict) else {}
    return {"text": text}
