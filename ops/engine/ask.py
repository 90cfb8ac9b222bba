"""One HTTP request, asked plainly: a new connection each time, redirects not followed, body and time bounded.

The standard library's client is enough for that and costs the terminal no start-up time; it runs in threads.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ops.model import HealthAnswer

_MOST_BYTES = 64 * 1024  # more of a health answer is of no use to anybody


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` have lower-case names; `seconds` is the whole exchange."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class NoAnswer(Exception):
    """Nothing usable came back; the text says why in a few words."""


def _ask(method: str, url: str, body: str | None, content_type: str, seconds: float) -> Answer:
    started = time.monotonic()
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    headers = {"Connection": "close", "User-Agent": "myfinance-ops"}
    if body is not None:
        headers["Content-Type"] = content_type
    try:
        connection.request(method, path or "/", body=body.encode() if body is not None else None, headers=headers)
        response = connection.getresponse()
        data = response.read(_MOST_BYTES)
        return Answer(
            response.status,
            data.decode("utf-8", "replace"),
            {name.lower(): value for name, value in response.getheaders()},
            time.monotonic() - started,
        )
    except TimeoutError as error:
        raise NoAnswer(f"no answer within {seconds:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"no connection ({type(error).__name__}: {error})") from error
    finally:
        connection.close()


async def ask(
    url: str, *, seconds: float, method: str = "GET", body: str | None = None, content_type: str = "application/json"
) -> Answer:
    """Send one request over a new connection.

    Raises:
        NoAnswer: nothing came back within `seconds`, or what came back is not HTTP.
    """
    try:
        # The socket's own time-out bounds each read, this one all of them: a server that drips bytes is cut off as well.
        # Not wait_for: before Python 3.12 it swallows a cancellation that arrives together with the answer.
        async with asyncio.timeout(seconds + 0.5):
            return await asyncio.to_thread(_ask, method, url, body, content_type, seconds)
    except TimeoutError as error:
        raise NoAnswer(f"no complete answer within {seconds:g} s") from error


async def health(url: str, *, version: str | None, version_key: str, seconds: float) -> HealthAnswer:
    """Ask a health path. Good is status 200 and, when `version` and `version_key` are given, that version in the answer.

    A redirect or a 404 is not healthy (the scripts this program replaces counted a 404 as healthy).
    """
    try:
        answer = await ask(url, seconds=seconds)
    except NoAnswer as error:
        return HealthAnswer(None, "", str(error), seconds=seconds)
    said = _version(answer.body, version_key) if version_key else None
    return HealthAnswer(
        answer.status, answer.body, _problem(answer.status, said, version, version_key), said, answer.seconds
    )


def _problem(status: int, said: str | None, version: str | None, version_key: str) -> str | None:
    if 300 <= status < 400:
        return f"the health path redirects (HTTP {status}); it must answer 200 itself"
    if status != 200:
        return f"the health path answered HTTP {status} instead of 200"
    if version is not None and version_key and said != version:
        told = f"says it is {said}" if said else f"does not say its version under “{version_key}”"
        return f"the health answer {told}, but this is release {version}"
    return None


def _version(body: str, key: str) -> str | None:
    try:
        value = json.loads(body)[key]
    except (ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None
