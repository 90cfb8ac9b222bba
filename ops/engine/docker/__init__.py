"""The Docker Engine, wrapped once: typed, asynchronous, with errors a person can read. Nothing else imports the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.engine.docker.connection import Conflict, NotFound
from ops.engine.docker.containers import Container, Containers
from ops.engine.docker.images import Image, Images
from ops.engine.docker.inside import Inside, LogStream, Stdin
from ops.engine.docker.throwaway import Throwaway

__all__ = ["Conflict", "Container", "Docker", "Image", "LogStream", "NotFound", "Stdin"]


class Docker(Images, Containers, Inside, Throwaway):
    """One connection to the engine. Make it with `connect()`, so that it is closed."""

    async def info(self) -> dict[str, Any]:
        """The engine's own facts (`docker info`)."""
        return await self.call(self._client.info)

    async def ensure_network(self, name: str, labels: Mapping[str, str]) -> bool:
        """Create the bridge network when it is missing; True when it was."""
        if await self.call(self._client.networks, names=[f"^{name}$"]):
            return False
        await self.call(self._client.create_network, name, driver="bridge", labels=dict(labels), check_duplicate=True)
        return True

    async def ensure_volume(self, name: str, labels: Mapping[str, str]) -> bool:
        """Create the volume when it is missing; True when it was. An existing one is never changed."""
        if await self.has_volume(name):
            return False
        await self.call(self._client.create_volume, name, labels=dict(labels))
        return True

    async def has_volume(self, name: str) -> bool:
        """Whether there is such a volume. Mounting one that is not there would create it."""
        try:
            await self.call(self._client.inspect_volume, name)
        except NotFound:
            return False
        return True
