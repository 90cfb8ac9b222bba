"""One worker container: started with what it may see, told what to do on its standard input, heard on its output, ended politely.

Requests go in on standard input because arguments can be listed by everybody on the host, and a mirror's hold credentials; and
because one container can then work for a whole run (starting one takes longer than most tasks). It ends by itself when that input
is closed, so one whose program was killed does not wait for ever.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ops.aio import finish, until
from ops.config import Config
from ops.engine import labels
from ops.engine.docker import Conflict, Docker, NotFound, Stdin
from ops.engine.worker_output import Lines, Output, Tell, read
from ops.errors import Failed, OpsError

_STOP_SECONDS = 10  # from SIGTERM, after which a task removes what it was writing, to SIGKILL
# Root only to become the file's owner, and to hand the backup directory over to it: every other capability is gone before our
# code runs.
_CAPABILITIES = ["CHOWN", "DAC_READ_SEARCH", "SETGID", "SETUID"]


@dataclass(frozen=True)
class Sight:
    """What a worker may see: `binds` as the engine writes them, `network` none or bridge, the words that name the places, and
    the volume among the binds that must be there already."""

    binds: tuple[str, ...]
    words: tuple[str, ...]
    network: str = "none"
    volume: str | None = None


class WorkerProcess:
    """A worker that runs. Make it with `start`, end it with `end`."""

    def __init__(self, docker: Docker, name: str, stdin: Stdin, lines: Lines) -> None:
        self._docker, self._name, self._stdin, self._lines = docker, name, stdin, lines
        self.busy = False  # it was asked, and nobody has heard its answer

    @classmethod
    async def start(cls, docker: Docker, config: Config, sight: Sight, run_id: str) -> WorkerProcess:
        """Create and start a container.

        Raises:
            Failed: its image or its volume is not there, or the engine refused; nothing is left then.
        """
        if sight.volume is not None and not await docker.has_volume(sight.volume):
            raise Failed(  # a look must not make one, and an empty one would look like a lost database
                f"There is no volume {sight.volume} on this engine, so there is no database to work on.",
                "Check database.volume; `myfinance up` creates it for a new installation.",
            )
        name = f"{config.project.name}-worker-{secrets.token_hex(4)}"
        try:
            await _create(docker, config, name, sight, run_id)
            stdin = await docker.stdin(name)
            await docker.start(name)
            return cls(docker, name, stdin, Lines(await docker.output(name)))
        except BaseException as error:
            with suppress(OpsError):  # why it did not start is what a person must read; `recover` finds what is left
                await finish(docker.remove(name))
            if isinstance(error, NotFound):
                raise Failed(
                    f"The database worker's image {config.database.worker_image} is not on this machine.",
                    "Build it (`make images`) or set database.worker_image to this program's image.",
                ) from error
            raise

    @property
    def lost(self) -> bool:
        """Whether it can no longer be heard: it has ended, or its output broke off while it had nothing to do."""
        return self._lines.over

    async def ask(self, tasks: Sequence[tuple[str, dict[str, Any]]], tell: Tell) -> Output:
        """Have tasks done one after the other until one fails. When the worker ends meanwhile, `output.ended` says so."""
        self.busy = True
        with suppress(OSError):  # it has ended: its output tells how
            await asyncio.to_thread(self._stdin.write, json.dumps(tasks).encode() + b"\n")
        output = await read(self._docker, self._name, self._lines, len(tasks), tell)
        self.busy = False
        return output

    async def end(self) -> None:
        """End it and remove its container: politely when it is in the middle of something."""
        await finish(self._end())

    async def _end(self) -> None:
        try:
            if self.busy:
                await end_worker(self._docker, self._name)
            else:
                await self._docker.remove(self._name)
        finally:
            self._stdin.close()
            await self._lines.ended()


async def _create(docker: Docker, config: Config, name: str, sight: Sight, run_id: str) -> None:
    await docker.create(
        name,
        image=config.database.worker_image,
        labels={**labels.owned(config, "worker"), labels.RUN: run_id},
        network=None,
        host={
            "binds": list(sight.binds),
            "network_mode": sight.network,
            "cap_drop": ["ALL"],
            "cap_add": _CAPABILITIES,
            "security_opt": ["no-new-privileges"],
            "read_only": True,
            "tmpfs": {"/tmp": "size=16m"},  # noqa: S108 - a file system of the container's own
            "mem_limit": "512m",
            "pids_limit": 64,
        },
        entrypoint=["python3", "-m", "ops.database"],
        command=list(sight.words),
        stdin_open=True,
        user="0:0",
        healthcheck={"test": ["NONE"]},
    )


async def left_over_workers(docker: Docker, config: Config, alive: frozenset[str]) -> list[str]:
    """Workers that still run for a run that was killed."""
    left = []
    for name in await docker.containers(labels.owned(config, "worker")):
        found = await docker.container(name)
        run_id = found.labels.get(labels.RUN) if found else None
        if run_id and run_id not in alive:
            left.append(name)
    return left


async def end_worker(docker: Docker, name: str) -> None:
    """End a worker politely, so that it takes back what it was doing, and remove it; no error when it is gone.

    SIGTERM is repeated: the first process of a container does not get one that comes before it listens.
    """

    async def ended() -> bool | None:
        found = await docker.container(name)
        if found is None or found.state != "running":
            return True
        with suppress(Conflict, NotFound):  # it has ended since
            await docker.signal(name, "TERM")
        return None

    try:
        await until(ended, seconds=_STOP_SECONDS, every=0.1)
    finally:
        await docker.remove(name)
