"""What users really get: nginx's own lines about the answers of one colour, as they are written."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import requests.exceptions
import structlog
import urllib3.exceptions

from ops.engine.docker import Docker, LogStream
from ops.errors import OpsError

log = structlog.get_logger(__name__)
_RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class UserAnswer:
    """One answer that a user got. `at` is nginx's clock, seconds since the epoch; `seconds` the whole request."""

    at: float
    status: int
    seconds: float


@dataclass
class Traffic:
    """Answers seen so far and not yet taken."""

    _answers: deque[UserAnswer] = field(default_factory=deque)

    def add(self, answer: UserAnswer) -> None:
        """Called by the reading thread (a deque's append is atomic)."""
        self._answers.append(answer)

    def take(self) -> list[UserAnswer]:
        """All answers since the last call, oldest first."""
        taken = []
        with suppress(IndexError):
            while True:
                taken.append(self._answers.popleft())
        return taken


@asynccontextmanager
async def watch(docker: Docker, container: str, upstream: str) -> AsyncIterator[Traffic]:
    """Follow the proxy's log and keep the answers that came from `upstream` (`ip:port`) since now."""
    traffic, since = Traffic(), time.time()
    current: list[LogStream] = []
    task = asyncio.create_task(_follow(docker, container, upstream, since, traffic, current))
    try:
        yield traffic
    finally:
        task.cancel()
        for stream in current:
            with suppress(OSError, AttributeError):  # already ended by the engine
                stream.close()
        await asyncio.wait({task})


async def _follow(
    docker: Docker,
    container: str,
    upstream: str,
    since: float,
    traffic: Traffic,
    current: list[LogStream],
) -> None:
    while True:
        try:
            stream = await docker.follow_logs(container, since)
        except OpsError as error:
            log.warning("proxy log cannot be followed", problem=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        current[:] = [stream]
        # It ends when the proxy restarts, or after the engine time-out without a single request.
        since = await asyncio.to_thread(_read, stream, upstream, since, traffic)
        await asyncio.sleep(_RETRY_SECONDS)


def _read(stream: Iterable[bytes], upstream: str, since: float, traffic: Traffic) -> float:
    latest = since
    with suppress(requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
        for chunk in stream:
            for line in chunk.splitlines():
                answer = parse_line(line, upstream)
                if answer is not None and answer.at >= since:
                    traffic.add(answer)
                    latest = max(latest, answer.at)
    return latest


def parse_line(line: bytes, upstream: str) -> UserAnswer | None:
    """One line of nginx's `users` log (ops/engine/nginx_config.py); None when it is another upstream's or no such line."""
    if not line.startswith(b'{"at":'):
        return None
    try:
        fields = json.loads(line)
        if fields["upstream"] != upstream:
            return None
        return UserAnswer(float(fields["at"]), int(fields["status"]), float(fields["seconds"]))
    except (ValueError, KeyError, TypeError):
        return None
