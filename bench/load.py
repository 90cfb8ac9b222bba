"""Users: many keep-alive clients that send GETs and POSTs, some lasting a second, and count every answer that is not right.

Run as a process of its own (`python -m bench.load URL`), so that it does not share a Python with what it measures. It ends when
its standard input closes or after `--seconds`, and prints one JSON object; before that a line `seen RELEASE` for each release
that answers for the first time. Nothing is retried: a lost request is a lost request.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_SLOW_SHARE = 0.05  # of the requests last a second
_POST_SHARE = 0.3
PAUSE_SECONDS = 0.1  # between a client's requests, on average: idle connections are what a reload breaks
_MOST_SECONDS = 600.0


@dataclass
class Tally:
    """What the clients saw. `first` and `last` are seconds since the epoch, by the release that answered."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    first_failure: float | None = None  # seconds since the epoch
    slow: int = 0
    posts: int = 0
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)  # descriptions of transactions that were acknowledged

    def good(self, release: str) -> None:
        """One right answer."""
        self.answers[release] += 1

    def seen(self, release: str, at: float) -> None:
        """A release answered, rightly or wrongly."""
        if release not in self.first:
            self.first[release] = at
            print(f"seen {release}\n", end="", flush=True)
        self.last[release] = at

    def bad(self, what: str) -> None:
        """One lost or wrong answer."""
        self.failed += 1
        self.first_failure = self.first_failure or time.time()
        if len(self.failures) < 30:
            self.failures.append(what)


class Client(threading.Thread):
    """One user with one connection, kept open between requests."""

    def __init__(
        self, url: str, number: int, pause: float, tally: Tally, lock: threading.Lock, over: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=40)
        self._number, self._pause, self._tally, self._lock, self._over = number, pause, tally, lock, over
        self._dice = random.Random(number)  # noqa: S311 - the same load every time

    def run(self) -> None:
        """Requests, one after the other, until it is over."""
        sent = 0
        while not self._over.is_set():
            sent += 1
            self._request(f"load-{self._number}-{sent}")
            self._over.wait(self._dice.random() * 2 * self._pause)
        self._connection.close()

    def _request(self, name: str) -> None:
        slow, post = self._dice.random() < _SLOW_SHARE, self._dice.random() < _POST_SHARE
        path = "/api/slow?s=1" if slow else ("/api/transactions" if post else "/api/accounts")
        body = json.dumps({"accountId": 1, "amount": "1.00", "description": name}) if post else None
        headers = {"Content-Type": "application/json"} if post else {}
        started = time.time()
        try:
            self._connection.request("POST" if post else "GET", path, body=body, headers=headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            with self._lock:
                self._tally.bad(f"{started:.3f} {'POST' if post else 'GET'} {path}: {type(error).__name__}: {error}")
            return
        with self._lock:
            self._tally.slow += slow
            self._tally.posts += post
            self._tally.seen(answer.getheader("X-Release", "?"), time.time())
            if answer.status in (200, 201):
                self._tally.good(answer.getheader("X-Release", "?"))
                if post and not slow:
                    self._tally.accepted.append(name)
            else:
                self._tally.bad(f"{started:.3f} {'POST' if post else 'GET'} {path}: HTTP {answer.status}")


def _wait_for_end_of_input(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def run(url: str, clients: int, seconds: float, pause: float) -> Tally:
    """Send load until standard input closes, or `seconds` have passed."""
    tally, lock, over = Tally(), threading.Lock(), threading.Event()
    threads = [Client(url, number, pause, tally, lock, over) for number in range(clients)]
    threading.Thread(target=_wait_for_end_of_input, args=(over,), daemon=True).start()
    print("ready\n", end="", flush=True)
    for thread in threads:
        thread.start()
    over.wait(min(seconds, _MOST_SECONDS))
    over.set()
    for thread in threads:
        thread.join(45)
    return tally


@dataclass
class Users:
    """A load that runs; after the `async with` block `result` holds its tally."""

    result: dict[str, Any] = field(default_factory=dict)
    _releases: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def met(self, release: str, seconds: float = 10) -> None:
        """Return when a client has had an answer of this release.

        Raises:
            TimeoutError: none had one within `seconds`.
        """
        async with asyncio.timeout(seconds):
            await self._releases[release].wait()

    async def listen(self, output: asyncio.StreamReader) -> None:
        """Follow the process' standard output to its end."""
        async for line in output:
            if line.startswith(b"seen "):
                self._releases[line.decode().split()[1]].set()
            else:
                self.result = json.loads(line)

    @property
    def failed(self) -> int:
        """Requests that were lost or answered wrongly."""
        return int(self.result["failed"])

    @property
    def answered(self) -> int:
        """Requests that were answered rightly."""
        return sum(self.result["answers"].values())


@asynccontextmanager
async def users(
    url: str, clients: int = 32, seconds: float = 120, pause: float = PAUSE_SECONDS
) -> AsyncIterator[Users]:
    """Keep-alive clients in a process of their own while the block runs; the target must be on loopback. Between two requests a
    client waits `pause` seconds on average."""
    if urlsplit(url).hostname != "127.0.0.1":
        raise ValueError(f"load is only sent to 127.0.0.1, not to {url}")
    command = [
        sys.executable,
        "-m",
        "bench.load",
        url,
        f"--clients={clients}",
        f"--seconds={seconds}",
        f"--pause={pause}",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=64 * 1024 * 1024
    )
    assert process.stdout is not None
    await process.stdout.readline()
    seen = Users()
    listening = asyncio.create_task(seen.listen(process.stdout))
    try:
        yield seen
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await listening
        await process.wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Send user-like load to a URL on loopback.")
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=PAUSE_SECONDS)
    options = parser.parse_args()
    print(json.dumps(vars(run(options.url, options.clients, options.seconds, options.pause))))


if __name__ == "__main__":
    main()
