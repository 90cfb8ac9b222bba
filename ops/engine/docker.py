"""The Docker Engine, wrapped once: typed, asynchronous, with errors a person can read. Nothing else imports the SDK.

The SDK is synchronous, so every call runs in a thread of this client's own pool. A call is never abandoned half-way: when the
caller is cancelled, the call is still waited for (it is bounded by the engine time-out), because a container that is created
after its cleanup ran would be left behind for ever.
"""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import docker
import docker.errors
import docker.utils
import requests.exceptions
from docker.types import CancellableStream

from ops.errors import EngineDown, Failed

T = TypeVar("T")
_THREADS = 16  # a long-lived log stream occupies one


@dataclass(frozen=True)
class Container:
    """A container as `docker inspect` tells it; `addresses` maps a network's name to the container's IP there."""

    id: str
    name: str
    state: str  # created | running | paused | restarting | exited | dead
    image_id: str
    labels: Mapping[str, str]
    addresses: Mapping[str, str]
    started_at: str
    exit_code: int
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Image:
    """An image on this machine. `created` is ISO 8601; `bytes` its size."""

    id: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    architecture: str
    os: str
    bytes: int
    created: str
    labels: Mapping[str, str]


class NotFound(Failed):
    """The engine knows no such image, container, network or volume."""


class Conflict(Failed):
    """The engine says that the name or port is taken, or the state does not allow it."""


def _explain(error: docker.errors.APIError) -> str:
    return str(error.explanation or error).strip().rstrip(".")


class Docker:
    """One connection to the engine. Make it with `connect()`, so that it is closed."""

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")

    @classmethod
    @asynccontextmanager
    async def connect(cls, timeout_seconds: float) -> AsyncIterator[Docker]:
        """Connect where DOCKER_HOST says (Docker's own rule); the first call finds out whether the engine answers."""
        # The version is fixed, not negotiated: negotiating costs a call and fails when the engine is down, and 1.41 is
        # what Docker Engine 20.10 (the oldest supported) speaks.
        client = docker.APIClient(
            timeout=max(1, round(timeout_seconds)), version="1.41", **docker.utils.kwargs_from_env()
        )
        self = cls(client)
        try:
            yield self
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            client.close()

    async def call(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run one SDK call in a thread and translate its errors.

        Raises:
            EngineDown: the engine does not answer.
            NotFound, Conflict, Failed: it answers with an error.
        """
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            if not future.cancelled():
                future.exception()  # looked at, so that it is not reported as lost
            raise
        except docker.errors.NotFound as error:
            raise NotFound(f"The Docker Engine says: {_explain(error)}.", "Check the name and try again.") from error
        except docker.errors.APIError as error:
            kind = Conflict if error.status_code == 409 else Failed
            raise kind(
                f"The Docker Engine refused: {_explain(error)}.", "Mend what the engine names and try again."
            ) from error
        except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
            raise EngineDown(
                "The Docker Engine does not answer.",
                "Start it (`systemctl start docker`) and check DOCKER_HOST and the socket's rights; then try again.",
            ) from error

    # -- the engine and its images ------------------------------------------------------------------------------

    async def info(self) -> dict[str, Any]:
        """The engine's own facts (`docker info`)."""
        return await self.call(self._client.info)

    async def image(self, reference: str) -> Image:
        """An image on this machine, by tag or id. Raises NotFound."""
        return _image(await self.call(self._client.inspect_image, reference))

    async def images(self, repository: str) -> list[Image]:
        """All images of a repository on this machine."""
        rows = await self.call(self._client.images, name=repository)
        return [_image(row) for row in rows]

    async def pull(self, repository: str, tag: str, progress: Callable[[str, float | None], None]) -> None:
        """Pull an image; `progress(note, percent)` is called from a thread.

        Raises:
            NotFound: no registry has it, or none can be reached.
        """

        def work() -> None:
            layers: dict[str, tuple[int, int]] = {}
            for line in self._client.pull(repository, tag=tag, stream=True, decode=True):
                if "error" in line:
                    raise docker.errors.ImageNotFound(str(line["error"]))
                detail = line.get("progressDetail") or {}
                if "id" in line and detail.get("total"):
                    layers[line["id"]] = (detail["current"], detail["total"])
                total = sum(size for _, size in layers.values())
                percent = 100 * sum(done for done, _ in layers.values()) / total if total else None
                progress(str(line.get("status", "")), percent)

        await self.call(work)

    async def remove_image(self, reference: str) -> None:
        """Remove one image (or one of its tags); refuses (Conflict) while a container uses it."""
        await self.call(self._client.remove_image, reference)

    # -- networks and volumes -----------------------------------------------------------------------------------

    async def ensure_network(self, name: str, labels: Mapping[str, str]) -> bool:
        """Create the bridge network when it is missing; True when it was."""
        if await self.call(self._client.networks, names=[f"^{name}$"]):
            return False
        await self.call(self._client.create_network, name, driver="bridge", labels=dict(labels), check_duplicate=True)
        return True

    async def ensure_volume(self, name: str, labels: Mapping[str, str]) -> bool:
        """Create the volume when it is missing; True when it was. An existing one is never changed."""
        try:
            await self.call(self._client.inspect_volume, name)
        except NotFound:
            await self.call(self._client.create_volume, name, labels=dict(labels))
            return True
        return False

    # -- containers ---------------------------------------------------------------------------------------------

    async def container(self, name: str) -> Container | None:
        """A container by name or id; None when there is none."""
        try:
            return _container(await self.call(self._client.inspect_container, name))
        except NotFound:
            return None

    async def containers(self, labels: Mapping[str, str]) -> list[str]:
        """Names of all containers, running or not, that carry these labels."""
        wanted = [f"{key}={value}" for key, value in labels.items()]
        rows = await self.call(self._client.containers, all=True, filters={"label": wanted})
        return [row["Names"][0].lstrip("/") for row in rows]

    async def create(
        self,
        name: str,
        *,
        image: str,
        labels: Mapping[str, str],
        network: str | None,
        host: Mapping[str, Any],
        **config: Any,
    ) -> str:
        """Create a container and return its id. `host` are the SDK's `create_host_config` arguments, `config` the others."""

        def work() -> str:
            networking = None
            if network:
                endpoint = self._client.create_endpoint_config()
                # The stubs ask for the endpoint itself; the SDK (and the engine) want it under the network's name.
                networking = self._client.create_networking_config({network: endpoint})  # type: ignore[arg-type]
            made = self._client.create_container(
                image,
                name=name,
                labels=dict(labels),
                host_config=self._client.create_host_config(**host),
                networking_config=networking,
                **config,
            )
            return str(made["Id"])

        return await self.call(work)

    async def start(self, container: str) -> None:
        """Start a container; no error when it runs."""
        await self.call(self._client.start, container)

    async def stop(self, container: str, seconds: int) -> None:
        """SIGTERM, then SIGKILL after `seconds`; no error when it is gone or stopped."""
        try:
            await self.call(self._client.stop, container, timeout=seconds)
        except NotFound:
            return

    async def remove(self, container: str) -> None:
        """Remove a container, killing it when it runs; no error when it is gone."""
        try:
            await self.call(self._client.remove_container, container, force=True, v=False)
        except NotFound:
            return
        except Conflict:  # "removal is already in progress"
            await self.call(self._wait_gone, container)

    def _wait_gone(self, container: str) -> None:
        try:
            self._client.wait(container, condition="removed", timeout=self._client.timeout)
        except docker.errors.NotFound:
            return

    async def wait(self, container: str) -> int:
        """Wait until it exits; its exit code."""
        return int((await self.call(self._client.wait, container))["StatusCode"])

    async def signal(self, container: str, name: str) -> None:
        """Send a signal to the container's first process, e.g. `HUP`."""
        await self.call(self._client.kill, container, signal=name)

    async def logs(self, container: str, lines: int) -> tuple[str, ...]:
        """The last `lines` lines of standard output and error, oldest first."""
        raw = cast(bytes, await self.call(self._client.logs, container, tail=lines, stdout=True, stderr=True))
        return tuple(raw.decode("utf-8", "replace").splitlines())

    async def follow_logs(self, container: str, since: float) -> CancellableStream[bytes]:
        """Chunks of standard output written after `since` (seconds since the epoch), as they come.

        The iterator blocks: read it in a thread; `close()` from elsewhere ends it.
        """
        return await self.call(
            self._client.logs, container, stream=True, follow=True, since=int(since), stdout=True, stderr=False
        )

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


def _image(row: Mapping[str, Any]) -> Image:
    return Image(
        id=row["Id"],
        tags=tuple(row.get("RepoTags") or ()),
        digests=tuple(row.get("RepoDigests") or ()),
        architecture=row.get("Architecture", ""),
        os=row.get("Os", ""),
        bytes=row.get("Size", 0),
        created=str(row.get("Created", "")),
        labels=row.get("Labels") or (row.get("Config") or {}).get("Labels") or {},
    )


def _container(row: Mapping[str, Any]) -> Container:
    networks = row["NetworkSettings"]["Networks"] or {}
    return Container(
        id=row["Id"],
        name=row["Name"].lstrip("/"),
        state=row["State"]["Status"],
        image_id=row["Image"],
        labels=row["Config"]["Labels"] or {},
        addresses={name: net["IPAddress"] for name, net in networks.items() if net.get("IPAddress")},
        started_at=row["State"]["StartedAt"],
        exit_code=int(row["State"]["ExitCode"]),
        raw=row,
    )
