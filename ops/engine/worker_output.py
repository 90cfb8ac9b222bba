"""What a database worker writes while it runs, line by line: progress, then a result for each task, or an error."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import requests.exceptions
import urllib3.exceptions

from ops.engine.docker import Docker, LogStream
from ops.errors import EngineDown, Failed, OpsError

_TELL_SECONDS = 0.2  # a copy tells a line for each 8 MB: more than anybody can follow
_KEPT_LINES = 5  # of what is no JSON: a traceback's end


Tell = Callable[[str, float | None], Awaitable[None]]


async def unheard(note: str, percent: float | None) -> None:
    """For those who do not follow the progress."""


@dataclass
class Output:
    """The results so far, in the order of the tasks, and why there are no more. `ended`: the worker itself is gone."""

    results: list[dict[str, Any]] = field(default_factory=list)
    failure: OpsError | None = None
    ended: bool = False


async def read(docker: Docker, container: str, lines: Lines, tasks: int, tell: Tell) -> Output:
    """Follow a worker until its tasks are done, so many, or one has failed. The failure is in the output."""
    output, rest, last, told = Output(), deque[str](maxlen=_KEPT_LINES), "", 0.0
    while (line := await lines.next()) is not None:
        match _message(line):
            case {"progress": {"note": str(note), "percent": percent}}:
                now = time.monotonic()
                if note != last or now - told > _TELL_SECONDS:
                    last, told = note, now
                    await tell(note, percent)
            case {"result": dict(result)}:
                output.results.append(result)
            case {"error": {"what": str(what), "next_step": str(next_step)}}:
                output.failure = Failed(what, next_step)
            case _:
                rest.append(line)
        if output.failure is not None or len(output.results) == tasks:
            return output
    output.ended = True
    output.failure = await _why_it_ended(docker, container, rest)
    return output


def _message(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


async def _why_it_ended(docker: Docker, container: str, rest: Iterable[str]) -> OpsError:
    """For a worker that ended without a word: what the engine knows of it."""
    found = await docker.container(container)
    state = found.raw["State"] if found else {}
    if state.get("Running"):  # its output broke off while it goes on
        return EngineDown(
            "The Docker Engine went away while the database worker ran.",
            "Start it (`systemctl start docker`), then `myfinance recover`.",
        )
    if state.get("OOMKilled"):
        why = "it needed more memory than it is given"
    elif found is None:
        why = "its container was removed"
    elif found.exit_code > 128:
        why = f"it was killed (signal {found.exit_code - 128})"
    else:
        why = f"it ended with code {found.exit_code}; its last lines: {' | '.join(rest) or 'none'}"
    return Failed(
        f"The database worker did not finish its work: {why}.",
        "What it left half-done is removed by the next backup or by `myfinance recover`; then try again.",
    )


class Lines:
    """Lines as they are written, until the container ends. The stream blocks, so a thread reads it; the container's end is its
    end, and `ended` waits for that."""

    def __init__(self, stream: LogStream) -> None:
        self._queue = asyncio.Queue[str | None]()
        self._reading = asyncio.ensure_future(asyncio.to_thread(self._read, stream, asyncio.get_running_loop()))

    def _read(self, stream: LogStream, loop: asyncio.AbstractEventLoop) -> None:
        rest = b""
        try:
            for chunk in stream:
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(self._queue.put_nowait, line.decode("utf-8", "replace"))
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            pass  # the engine went away; what the container came to is asked of it afterwards
        finally:
            loop.call_soon_threadsafe(self._queue.put_nowait, None)

    @property
    def over(self) -> bool:
        """Whether no line can come any more."""
        return self._reading.done()

    async def next(self) -> str | None:
        """The next line; None at the end."""
        line = await self._queue.get()
        if line is None:
            self._queue.put_nowait(None)
        return line

    async def ended(self) -> None:
        """Wait for the thread."""
        await asyncio.wait({self._reading})
