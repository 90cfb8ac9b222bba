"""The database worker: a short-lived container in which all work on database files happens.

It has the volume mounted, no network and no socket, and becomes the database file's owner. So there is one way on every
platform, one SQLite version, the right owner on every file, and no process of ours that holds the live file open by accident.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from ops.config import Config
from ops.database.status import DatabaseStatus
from ops.engine import labels
from ops.engine.docker import Docker, NotFound
from ops.errors import Failed

_MOUNT = "/data"


class DatabaseWorker:
    """Runs one task at a time in a container of its own."""

    def __init__(self, docker: Docker, config: Config) -> None:
        self._docker = docker
        self._config = config

    async def status(self) -> DatabaseStatus:
        """The database's figures, now.

        Raises:
            Failed: the worker could not run.
        """
        result = await self._run(["--database", f"{_MOUNT}/{self._config.database.file}", "status"])
        result["migrations"] = tuple(result["migrations"])
        return DatabaseStatus(**result)

    async def _run(self, task: list[str]) -> dict[str, Any]:
        config = self._config
        name = f"{config.project.name}-worker-{secrets.token_hex(4)}"
        try:
            await self._docker.create(
                name,
                image=config.database.worker_image,
                labels=labels.owned(config, "worker"),
                network=None,
                host={
                    "binds": [f"{config.database.volume}:{_MOUNT}"],
                    "network_mode": "none",
                    # Root only to become the file's owner: every other capability is gone before our code runs.
                    "cap_drop": ["ALL"],
                    "cap_add": ["SETUID", "SETGID", "DAC_READ_SEARCH"],
                    "security_opt": ["no-new-privileges"],
                    "read_only": True,
                    "mem_limit": "512m",
                    "pids_limit": 64,
                },
                entrypoint=["python3", "-m", "ops.database"],
                command=task,
                user="0:0",
                healthcheck={"test": ["NONE"]},
            )
        except NotFound as error:
            raise Failed(
                f"The database worker's image {config.database.worker_image} is not on this machine.",
                "Build it (`make images`) or set database.worker_image to this program's image.",
            ) from error
        try:
            await self._docker.start(name)
            await self._docker.wait(name)
            lines = await self._docker.logs(name, 200)
        finally:
            await self._docker.remove(name)
        return _result(lines)


def _result(lines: tuple[str, ...]) -> dict[str, Any]:
    for line in reversed(lines):
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and isinstance(message.get("result"), dict):
            return dict(message["result"])
        if isinstance(message, dict) and "error" in message:
            raise Failed(f"The database worker failed: {message['error']}.", "Check the volume and the database file.")
    tail = " | ".join(lines[-3:]) or "nothing"
    raise Failed(f"The database worker ended without a result; it wrote: {tail}.", "Check its image and the volume.")
