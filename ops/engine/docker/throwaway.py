"""Networks and volumes that are made for one piece of work and removed after it."""

from __future__ import annotations

from collections.abc import Mapping

from ops.engine.docker.connection import Connection, NotFound


class Throwaway(Connection):
    """What the engine does with networks and volumes that nobody keeps."""

    async def create_internal_network(self, name: str, labels: Mapping[str, str]) -> None:
        """A bridge without a way out: containers on it reach each other, and the host reaches them."""
        await self.call(self._client.create_network, name, driver="bridge", internal=True, labels=dict(labels))

    async def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """An empty volume."""
        await self.call(self._client.create_volume, name, labels=dict(labels))

    async def attach(self, network: str, container: str) -> None:
        """Put a running container on one more network."""
        await self.call(self._client.connect_container_to_network, container, network)

    async def detach(self, network: str, container: str) -> None:
        """Take a container off a network; no error when either is gone."""
        try:
            await self.call(self._client.disconnect_container_from_network, container, network, force=True)
        except NotFound:
            return

    async def networks(self, labels: Mapping[str, str]) -> list[str]:
        """Names of all networks that carry these labels."""
        rows = await self.call(self._client.networks, filters={"label": _pairs(labels)})
        return [row["Name"] for row in rows]

    async def volumes(self, labels: Mapping[str, str]) -> list[str]:
        """Names of all volumes that carry these labels."""
        answer = await self.call(self._client.volumes, filters={"label": _pairs(labels)})
        return [row["Name"] for row in answer["Volumes"] or []]

    async def remove_network(self, name: str) -> None:
        """Remove a network nobody is on; no error when it is gone."""
        try:
            await self.call(self._client.remove_network, name)
        except NotFound:
            return

    async def remove_volume(self, name: str) -> None:
        """Remove a volume nobody uses; no error when it is gone."""
        try:
            await self.call(self._client.remove_volume, name)
        except NotFound:
            return


def _pairs(labels: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in labels.items()]
