"""The life of a container, from its creation to its removal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import docker.errors

from ops.engine.docker.connection import Conflict, Connection, NotFound


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


class Containers(Connection):
    """What the engine does with containers."""

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
