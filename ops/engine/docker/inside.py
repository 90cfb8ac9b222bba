"""What goes on inside a container: its output, its processes, its files, and commands run in it."""

from __future__ import annotations

import io
import tarfile
from typing import Any, TypeAlias, cast

from docker.types import CancellableStream

from ops.engine.docker.connection import Connection

LogStream: TypeAlias = "CancellableStream[bytes]"  # generic in the stubs only


class Stdin:
    """The standard input of a container, as the SDK's socket (each kind of transport has one of its own)."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        self._socket = getattr(opened, "_sock", opened)

    def write(self, data: bytes) -> None:
        """Send it all. Blocks when the container does not read.

        Raises:
            OSError: the container has ended.
        """
        self._socket.sendall(data)

    def close(self) -> None:
        """End of input."""
        self._opened.close()


class Inside(Connection):
    """What can be seen and done inside containers."""

    async def logs(self, container: str, lines: int) -> tuple[str, ...]:
        """The last `lines` lines of standard output and error, oldest first."""
        raw = cast(bytes, await self.call(self._client.logs, container, tail=lines, stdout=True, stderr=True))
        return tuple(raw.decode("utf-8", "replace").splitlines())

    async def follow_logs(self, container: str, since: float) -> LogStream:
        """Chunks of standard output written after `since` (seconds since the epoch), as they come.

        The iterator blocks: read it in a thread; `close()` from elsewhere ends it.
        """
        return await self.call(
            self._client.logs, container, stream=True, follow=True, since=int(since), stdout=True, stderr=False
        )

    async def output(self, container: str) -> LogStream:
        """Chunks of standard output and error from the container's start on, as they come, until it ends. The iterator blocks."""
        return await self.call(self._client.logs, container, stream=True, follow=True, stdout=True, stderr=True)

    async def stdin(self, container: str) -> Stdin:
        """The standard input of a container that was created with `stdin_open`; it ends when this is closed."""
        opened = await self.call(self._client.attach_socket, container, params={"stdin": 1, "stream": 1})
        return Stdin(opened)

    async def processes(self, container: str) -> list[tuple[str, str]]:
        """(pid on the engine's host, command line) of every process in a container."""
        top = await self.call(self._client.top, container, ps_args="-eo pid,args")
        return [(row[0], row[1]) for row in top["Processes"] or []]

    async def execute(self, container: str, command: list[str]) -> tuple[int, str]:
        """Run an argument list inside a container; its exit code and output."""

        def work() -> tuple[int, str]:
            made = self._client.exec_create(container, command, stdout=True, stderr=True)
            output = self._client.exec_start(made["Id"])
            code = self._client.exec_inspect(made["Id"])["ExitCode"]
            return int(code), output.decode("utf-8", "replace")

        return await self.call(work)

    async def write_file(self, container: str, folder: str, name: str, content: str) -> None:
        """Put a file (mode 0644, root) into a folder of a container, running or not."""
        data = content.encode()
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
        await self.call(self._client.put_archive, container, folder, buffer.getvalue())

    async def read_file(self, container: str, path: str) -> str:
        """A small text file of a container, running or not. Raises NotFound."""

        def work() -> str:
            stream, _ = self._client.get_archive(container, path)
            with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
                member = archive.extractfile(archive.getmembers()[0])
                return member.read().decode("utf-8", "replace") if member else ""

        return await self.call(work)
