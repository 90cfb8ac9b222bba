"""The colour stacks: one container each, made from a release, told apart by labels."""

from __future__ import annotations

from datetime import datetime

from ops.config import Config
from ops.engine import labels
from ops.engine.ask import health
from ops.engine.docker import Conflict, Container, Docker, NotFound
from ops.errors import Failed
from ops.model import Colour, ColourState, HealthAnswer, Release


class Stacks:
    """Creates, inspects and removes the two colours of one project."""

    def __init__(self, docker: Docker, config: Config) -> None:
        self._docker = docker
        self._config = config

    async def state(self, colour: Colour) -> ColourState:
        """What a colour is now, read from its container and labels.

        Raises:
            Failed: a container of that name exists and is not this project's; it is not touched.
        """
        name = self._config.container(colour)
        found = await self._docker.container(name)
        if found is None:
            return ColourState(colour, "absent")
        if found.labels.get(labels.PROJECT) != self._config.project.name:
            raise Failed(
                f"A container named {name} exists that this program did not make, and so will not touch.",
                f"Remove or rename it (`docker rm {name}`), then try again.",
            )
        return ColourState(
            colour=colour,
            state=found.state,
            release=labels.release(found.labels),
            run_id=found.labels.get(labels.RUN),
            previous=labels.previous(found.labels),
            address=self._address(found),
            started_at=_time(found.started_at),
        )

    def _address(self, container: Container) -> str | None:
        ip = container.addresses.get(self._config.project.network)
        return f"{ip}:{self._config.app.port}" if ip else None

    async def create(self, colour: Colour, release: Release, previous: Release | None, run_id: str) -> None:
        """Create (not start) a colour from a release. `previous` is what a rollback from it goes back to.

        Raises:
            Failed: the engine refused; the message says why.
        """
        app, config = self._config.app, self._config
        healthcheck = {"test": ["CMD", *app.docker_healthcheck]} if app.docker_healthcheck else {"test": ["NONE"]}
        await self._docker.create(
            config.container(colour),
            image=release.image_id,
            labels=labels.of_colour(config, colour, release, previous, run_id),
            network=config.project.network,
            host={
                "binds": [f"{config.database.volume}:{app.data_path}"],
                "port_bindings": {app.port: (config.colours.bind, config.colours.port(colour))},
                "restart_policy": {"Name": "unless-stopped"},
                "mem_limit": app.memory,
                "pids_limit": app.pids,
                "security_opt": ["no-new-privileges"],
                "log_config": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            },
            environment=dict(app.environment),
            ports=[app.port],
            command=list(app.command) or None,
            healthcheck=healthcheck,
            stop_signal="SIGTERM",
        )

    async def start(self, colour: Colour) -> None:
        """Start a colour's container.

        Raises:
            Failed: it cannot be started: its port is taken, its image is for another architecture, …
        """
        try:
            await self._docker.start(self._config.container(colour))
        except (Conflict, NotFound):
            raise
        except Failed as error:
            raise self._start_failure(colour, error) from error

    def _start_failure(self, colour: Colour, error: Failed) -> Failed:
        port = self._config.colours.port(colour)
        text = error.what.lower()
        if "address already in use" in text or "port is already allocated" in text:
            return Failed(
                f"Port {port}, where {colour} listens on this host, is taken by another program.",
                f"Free it (`ss -ltnp 'sport = :{port}'` names who has it) or set colours.{colour}_port; then try again.",
            )
        if "exec format error" in text:
            return Failed(
                f"The image of {colour} is for another processor architecture than this host's.",
                "Build the release for this host's architecture and try again.",
            )
        return error

    async def stop(self, colour: Colour) -> None:
        """SIGTERM, wait up to app.stop_seconds, SIGKILL; no error when it does not run."""
        await self._docker.stop(self._config.container(colour), self._config.app.stop_seconds)

    async def remove(self, colour: Colour) -> None:
        """Stop a colour politely and remove its container; no error when it is absent."""
        state = await self.state(colour)  # refuses a container that is not ours
        if state.exists:
            await self.stop(colour)
            await self._docker.remove(self._config.container(colour))

    async def logs(self, colour: Colour, lines: int) -> tuple[str, ...]:
        """The last lines a colour wrote, oldest first; none when it is absent."""
        try:
            return await self._docker.logs(self._config.container(colour), lines)
        except NotFound:
            return ()

    def url(self, state: ColourState) -> str:
        """Where a colour is reached from this process, without a trailing slash."""
        if self._config.engine.reach == "network":
            return f"http://{state.address}"
        return f"http://127.0.0.1:{self._config.colours.port(state.colour)}"

    async def health(self, state: ColourState) -> HealthAnswer:
        """Ask a colour's own health path, past the proxy; its answer must name the release its labels name."""
        app = self._config.app
        return await health(
            self.url(state) + app.health_path,
            version=state.release.version if state.release else None,
            version_key=app.version_key,
            seconds=self._config.deploy.health_timeout_seconds,
        )


def _time(text: str) -> datetime | None:
    """The engine's RFC 3339 time (nanoseconds, or year 1 for never) as a datetime in UTC."""
    if text.startswith("0001"):
        return None
    head, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{(fraction + '000000')[:6]}+00:00")
