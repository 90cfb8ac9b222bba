"""A relay in front of the Docker Engine that a test can cut, hold, or cut at the very request it names.

Put its `address` into DOCKER_HOST before anything connects. The real engine is never touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import docker.constants

_CHUNK = 64 * 1024


class EngineRelay:
    """Passes bytes between a socket of its own and the engine's."""

    def __init__(self, path: Path, engine: str) -> None:
        self._path, self._engine = path, engine
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._cut_at: bytes | None = None
        self._mute = False

    @property
    def address(self) -> str:
        """What DOCKER_HOST must say."""
        return f"unix://{self._path}"

    async def connect(self) -> None:
        """The engine answers (again)."""
        self._mute = False
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    def cut(self) -> None:
        """The engine is gone: nobody listens, and whoever was connected is cut off."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        self._server = None
        for task in self._connections:
            task.cancel()

    @property
    def is_cut(self) -> bool:
        """True when nobody listens."""
        return self._server is None

    def mute(self) -> None:
        """The engine accepts, and never answers any more."""
        self._mute = True

    def cut_at(self, request_line: str) -> None:
        """Cut when a request that begins like this (`POST /v1.41/…`) arrives; the engine never sees it."""
        self._cut_at = request_line.encode()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        ends = [writer]
        try:
            up_reader, up_writer = await asyncio.open_unix_connection(self._engine)
            ends.append(up_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, up_writer, watched=True))
                both.create_task(self._pass(up_reader, writer, watched=False))
        except (asyncio.CancelledError, OSError, ExceptionGroup):
            pass  # cut off, by the test or by one of the two
        finally:
            self._connections.discard(task)
            for end in ends:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, watched: bool) -> None:
        while data := await reader.read(_CHUNK):
            if watched and self._cut_at and data.startswith(self._cut_at):
                self._cut_at = None
                self.cut()
                return
            if self._mute:
                continue
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()


@asynccontextmanager
async def engine_relay(folder: Path) -> AsyncIterator[EngineRelay]:
    """A connected relay to this machine's engine."""
    engine = docker.constants.DEFAULT_UNIX_SOCKET.removeprefix("http+unix://")
    relay = EngineRelay(folder / "engine.sock", engine)
    await relay.connect()
    try:
        yield relay
    finally:
        relay.cut()
