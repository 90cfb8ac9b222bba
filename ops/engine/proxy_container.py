"""The proxy's container: made once by `up`, and hardly ever made again, because making it again interrupts users."""

from __future__ import annotations

import asyncio
import re
import secrets
import time

from ops.aio import until
from ops.config import Config
from ops.engine import labels, nginx_config
from ops.engine.docker import Container, Docker, NotFound
from ops.engine.nginx_config import Wanted
from ops.engine.proxy import Proxy
from ops.errors import Failed

# `server … resolve` needs 1.27.3 and keepalive_min_timeout 1.27.4; 1.28 is the stable line that has both.
OLDEST_NGINX = (1, 28, 0)
_VERSION_SECONDS = 5.0  # an engine under load may lose the output of a process that ends at once (seen once): ask again


class ProxyContainer:
    """Creates, starts and inspects the container that nginx runs in."""

    def __init__(self, docker: Docker, config: Config, proxy: Proxy) -> None:
        self._docker = docker
        self._config = config
        self._proxy = proxy
        self._name = config.proxy_container

    async def find(self) -> Container | None:
        """The proxy's container.

        Raises:
            Failed: one of that name exists that is not this project's; it is not touched.
        """
        found = await self._docker.container(self._name)
        if found and found.labels.get(labels.PROJECT) != self._config.project.name:
            raise Failed(
                f"A container named {self._name} exists that this program did not make, and so will not touch.",
                f"Remove or rename it (`docker rm -f {self._name}`), then try again.",
            )
        return found

    def _settings(self) -> dict[str, object]:
        proxy = self._config.proxy
        return {"image": proxy.image, "bind": proxy.bind, "port": proxy.port, "admin_port": proxy.admin_port}

    def made_with_other_settings(self, container: Container) -> bool:
        """True when the configuration's image or ports are no longer those of the container."""
        return container.labels.get(labels.CONFIG) != labels.fingerprint(self._settings())

    async def create(self) -> None:
        """Create the container (not started), with its configuration volume.

        Raises:
            NotFound: its image is not on this machine.
        """
        config = self._config
        project_labels = labels.compose(f"{config.project.name}-proxy", "nginx", self._settings())
        await self._docker.create(
            self._name,
            image=config.proxy.image,
            labels={
                **project_labels,
                **labels.owned(config, "proxy"),
                labels.CONFIG: labels.fingerprint(self._settings()),
            },
            network=config.project.network,
            host={
                "binds": [f"{config.proxy_volume}:{nginx_config.FOLDER}"],
                "port_bindings": {
                    80: (config.proxy.bind, config.proxy.port),
                    8081: ("127.0.0.1", config.proxy.admin_port),
                },
                # Not unless-stopped: Docker counts the HUP of a switch as "stopped by hand" (seen on 20.10), so nginx would
                # stay down after its next crash, or after the host's next boot.
                "restart_policy": {"Name": "always"},
                "security_opt": ["no-new-privileges"],
                "log_config": {"Type": "json-file", "Config": {"max-size": "20m", "max-file": "5"}},
            },
            entrypoint=["nginx"],
            command=["-c", nginx_config.LIVE_FILE, "-g", "daemon off;"],
            ports=[80, 8081],
            healthcheck={"test": ["NONE"]},
            stop_signal="SIGQUIT",
        )

    async def write_first_configuration(self, wanted: Wanted) -> None:
        """Give a new, not yet started container its configuration, unless its volume holds one already."""
        try:
            await self._docker.read_file(self._name, nginx_config.LIVE_FILE)
        except NotFound:
            folder, _, name = nginx_config.LIVE_FILE.rpartition("/")
            text = nginx_config.render(self._config, wanted, secrets.token_hex(6))
            await self._docker.write_file(self._name, folder, name, text)

    async def replace_configuration(self, wanted: Wanted) -> None:
        """Put this program's configuration in the place of a file that is not, of which a copy is kept. Tells nginx nothing."""
        folder, _, name = nginx_config.LIVE_FILE.rpartition("/")
        edited = await self._docker.read_file(self._name, nginx_config.LIVE_FILE)
        await self._docker.write_file(self._name, folder, nginx_config.EDITED_COPY.rpartition("/")[2], edited)
        text = nginx_config.render(self._config, wanted, secrets.token_hex(6))
        await self._docker.write_file(self._name, folder, name, text)

    async def start(self) -> None:
        """Start the container and wait until nginx answers.

        Raises:
            Failed: its port is taken, or nginx is too old, or it does not come up.
        """
        try:
            await self._docker.start(self._name)
        except Failed as error:
            text = error.what.lower()
            if "address already in use" in text or "port is already allocated" in text:
                ports = f"{self._config.proxy.port} or {self._config.proxy.admin_port}"
                raise Failed(
                    f"The proxy cannot start: port {ports} is taken by another program.",
                    "Free it (`ss -ltnp` names who has it) or set proxy.port / proxy.admin_port; then run `myfinance up`.",
                ) from error
            raise
        await self._wait_until_it_answers()
        await self._check_version()

    async def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self._config.proxy.switch_timeout_seconds
        while not await self._proxy.answers():
            if time.monotonic() > deadline:
                lines = " | ".join(await self._docker.logs(self._name, 3))
                raise Failed(
                    f"nginx was started but does not answer. Its last words: {lines or 'none'}.",
                    f"See `docker logs {self._name}`.",
                )
            await asyncio.sleep(0.05)

    async def _check_version(self) -> None:
        version = await until(self._version, seconds=_VERSION_SECONDS, every=0.1)
        if version is None:
            raise Failed(
                f"Which nginx the proxy image {self._config.proxy.image} holds is not known: `nginx -v` told nothing.",
                f"See what `docker exec {self._name} nginx -v` says, then run `myfinance up` again.",
            )
        if version < OLDEST_NGINX:
            raise Failed(
                f"The proxy image {self._config.proxy.image} holds nginx {'.'.join(map(str, version))}; "
                "1.28 or newer is needed to switch without losing requests.",
                "Set proxy.image to a newer nginx and run `myfinance up --recreate`.",
            )

    async def _version(self) -> tuple[int, ...] | None:
        _, output = await self._docker.execute(self._name, ["nginx", "-v"])
        found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", output)
        return tuple(int(part) for part in found.groups()) if found else None

    async def remove(self) -> None:
        """Remove the container; its configuration stays in its volume."""
        if await self.find() is not None:
            await self._docker.stop(self._name, self._config.proxy.shutdown_timeout_seconds)
            await self._docker.remove(self._name)
