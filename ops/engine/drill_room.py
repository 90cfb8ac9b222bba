"""The room in which a drill is held: a volume, an internal network and a container of the application, all of them removed
afterwards. Nothing in it can reach users, the live database or the internet.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ops.aio import finish
from ops.config import Config
from ops.engine import labels
from ops.engine.ask import health
from ops.engine.docker import Docker, NotFound
from ops.errors import Failed
from ops.model import HealthAnswer, Release

ROLE = "drill"


@dataclass(frozen=True)
class DrillRoom:
    """One room. Its volume is empty and has the owner that the application's image gives it; the container is not started."""

    docker: Docker
    config: Config
    name: str  # of the volume, the network and the container
    release: Release

    async def start(self) -> None:
        """Start the application on what is on the volume by now.

        Raises:
            Failed: it cannot be started.
        """
        await self.docker.start(self.name)

    async def ended(self) -> str | None:
        """How the application's process ended; None while it runs."""
        found = await self.docker.container(self.name)
        if found is not None and found.state == "running":
            return None
        return f"it ended with code {found.exit_code}" if found else "its container is gone"

    async def url(self) -> str:
        """Where the application is reached: at its address on the room's network, for it publishes no port. The engine's host
        reaches that (on Linux), and so does this program's own container, which is put on that network for the time.

        Raises:
            Failed: it has no address, because its process has ended.
        """
        found = await self.docker.container(self.name)
        address = found.addresses.get(self.name) if found else None
        if address is None:
            raise Failed("The application has no address on the drill's network.", "Its last log lines tell why.")
        return f"http://{address}:{self.config.app.port}"

    async def health(self) -> HealthAnswer:
        """Ask its health path; the answer must name the release where the configuration says so."""
        app = self.config.app
        return await health(
            await self.url() + app.health_path,
            version=self.release.version,
            version_key=app.version_key,
            seconds=self.config.deploy.health_timeout_seconds,
        )

    async def logs(self, lines: int) -> tuple[str, ...]:
        """The last lines the application wrote."""
        return await self.docker.logs(self.name, lines)


@asynccontextmanager
async def drill_room(docker: Docker, config: Config, release: Release, run_id: str) -> AsyncIterator[DrillRoom]:
    """A room for one release, removed at the end whatever happens.

    Raises:
        Failed: the engine could not make it.
    """
    name = f"{config.project.name}-drill-{run_id}"
    marks = {**labels.owned(config, ROLE), labels.RUN: run_id}
    room = DrillRoom(docker, config, name, release)
    try:
        await docker.create_internal_network(name, marks)
        await docker.create_volume(name, marks)
        await _create(room, marks)
        if config.engine.reach == "network":
            await docker.attach(
                name, socket.gethostname()
            )  # which in a container is its id, unless somebody chose another
        yield room
    finally:
        await finish(remove_room(docker, config, name))


async def _create(room: DrillRoom, marks: dict[str, str]) -> None:
    """Like a colour, without its port and without restarts. Created before the database is put on the volume: the engine gives
    an empty volume the owner that the image's own folder has."""
    app = room.config.app
    try:
        await room.docker.create(
            room.name,
            image=room.release.image_id,
            labels=marks,
            network=room.name,
            host={
                "binds": [f"{room.name}:{app.data_path}"],
                "mem_limit": app.memory,
                "pids_limit": app.pids,
                "security_opt": ["no-new-privileges"],
            },
            environment=dict(app.environment),
            command=list(app.command) or None,
            healthcheck={"test": ["NONE"]},
            stop_signal="SIGTERM",
        )
    except NotFound as error:
        raise Failed(
            f"The image of {room.release.version}, the release of this backup, is not on this machine any more.",
            f"Pull or build {app.image}:{room.release.version}, or drill a newer backup.",
        ) from error


async def remove_room(docker: Docker, config: Config, name: str) -> None:
    """Remove whatever there is of a room; no error when it is gone."""
    if config.engine.reach == "network":
        await docker.detach(name, socket.gethostname())
    await docker.remove(name)
    await docker.remove_volume(name)
    await docker.remove_network(name)


async def left_over_rooms(docker: Docker, config: Config, alive: frozenset[str]) -> list[str]:
    """The rooms of drills that were killed: their run is not alive."""
    marks = labels.owned(config, ROLE)
    names = {*await docker.containers(marks), *await docker.volumes(marks), *await docker.networks(marks)}
    return sorted(name for name in names if name.removeprefix(f"{config.project.name}-drill-") not in alive)
