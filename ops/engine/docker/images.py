"""Images on this machine, and pulling them onto it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import docker.errors

from ops.engine.docker.connection import Connection


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


class Images(Connection):
    """What the engine does with images."""

    async def image(self, reference: str) -> Image:
        """An image on this machine, by tag or id. Raises NotFound."""
        return _image(await self.call(self._client.inspect_image, reference))

    async def images(self, repository: str) -> list[Image]:
        """All images of a repository on this machine."""
        rows = await self.call(self._client.images, name=repository)
        return [_image(row) for row in rows]

    async def pull(
        self,
        repository: str,
        tag: str,
        progress: Callable[[str, float | None], None],
        credentials: tuple[str, str] | None = None,
    ) -> None:
        """Pull an image; `progress(note, percent)` is called from a thread. `credentials`: name and password; without them
        the engine uses what `docker login` has left for this user, if anything.

        When the caller is cancelled this returns at once, and with the next line of the engine the pull is given up.

        Raises:
            NotFound: no registry has it, or none can be reached.
        """

        def work(abandoned: threading.Event) -> None:
            layers: dict[str, tuple[int, int]] = {}
            login = dict(zip(("username", "password"), credentials, strict=True)) if credentials else None
            for line in self._client.pull(repository, tag=tag, stream=True, decode=True, auth_config=login):
                if abandoned.is_set():
                    return  # the connection goes with the last reference to it, and the engine stops with that
                if "error" in line:
                    raise docker.errors.ImageNotFound(str(line["error"]))
                detail = line.get("progressDetail") or {}
                if "id" in line and detail.get("total"):
                    layers[line["id"]] = (detail["current"], detail["total"])
                total = sum(size for _, size in layers.values())
                percent = 100 * sum(done for done, _ in layers.values()) / total if total else None
                progress(str(line.get("status", "")), percent)

        await self.call_or_abandon(work)

    async def remove_image(self, reference: str) -> None:
        """Remove one image (or one of its tags); refuses (Conflict) while a container uses it."""
        await self.call(self._client.remove_image, reference)


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
