"""The database worker: a short-lived container in which all work on database files happens.

It has the volume and the backup directory mounted, no network and no socket, and becomes the database file's owner. So there is
one way on every platform, one SQLite version, the right owner on every file, and no process of ours that holds the live file
open by accident. Only the copying to a second place (mirror) has a network, and no database.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from ops.aio import finish, until
from ops.config import Config
from ops.database import model
from ops.database.status import DatabaseStatus
from ops.engine import labels
from ops.engine.docker import Conflict, Docker, NotFound
from ops.engine.worker_output import Output, read
from ops.errors import Failed, OpsError

A = TypeVar("A")
Tell = Callable[[str, float | None], Awaitable[None]]

_DATA, _BACKUPS, _MIRROR = "/data", "/backups", "/mirror"
_STOP_SECONDS = 10  # from SIGTERM, after which a task removes what it was writing, to SIGKILL
# Root only to become the file's owner, and to hand the backup directory over to it: every other capability is gone before our
# code runs.
_CAPABILITIES = ["CHOWN", "DAC_READ_SEARCH", "SETGID", "SETUID"]
_TASKS: Mapping[type, tuple[str, type]] = {
    model.StatusRequest: ("status", DatabaseStatus),
    model.BackupRequest: ("backup", model.BackupMade),
    model.ListRequest: ("list", model.Listing),
    model.VerifyRequest: ("verify", model.Verified),
    model.RetainRequest: ("retain", model.Retained),
    model.PinRequest: ("pin", model.Entry),
    model.MirrorRequest: ("mirror", model.Mirrored),
    model.InspectRequest: ("inspect", model.Comparison),
    model.StageRequest: ("stage", model.Staged),
    model.RestoreRequest: ("restore", model.Restored),
    model.SweepRequest: ("sweep", model.Swept),
    model.VacuumRequest: ("vacuum", model.Vacuumed),
    model.DiskRequest: ("disk", model.DiskFigures),
}


async def unheard(note: str, percent: float | None) -> None:
    """For those who do not follow the progress."""


class Answers:
    """What the tasks of one worker answered, by the type of the answer."""

    def __init__(self, given: Mapping[type, Any], failure: OpsError | None) -> None:
        self._given = given
        self._failure = failure

    def __getitem__(self, kind: type[A]) -> A:
        """The answer of that type.

        Raises:
            Failed: its task failed, or one before it.
        """
        if kind not in self._given and self._failure is not None:
            raise self._failure
        answer: A = self._given[kind]
        return answer


class DatabaseWorker:
    """Runs tasks in a container of their own. `volume`: the one the database is on, when it is not the configuration's."""

    def __init__(self, docker: Docker, config: Config, volume: str | None = None) -> None:
        self._docker = docker
        self._config = config
        self._volume = volume or config.database.volume

    def on(self, volume: str) -> DatabaseWorker:
        """The same worker for a database of the same name on another volume."""
        return DatabaseWorker(self._docker, self._config, volume)

    async def status(self) -> DatabaseStatus:
        """The database's figures, now.

        Raises:
            Failed: the worker could not run.
        """
        return (await self.ask(model.StatusRequest()))[DatabaseStatus]

    async def ask(self, *requests: Any, tell: Tell = unheard, run_id: str = "") -> Answers:
        """Run tasks one after the other in one container (starting one takes longer than most tasks), until one fails.

        When the caller is cancelled, the task is asked to stop, and has cleaned up after itself before this returns.

        Raises:
            Failed: the first task failed; the other answers raise when they are asked for.
        """
        words = [
            word for one in requests for word in (_TASKS[type(one)][0], json.dumps(asdict(one), separators=(",", ":")))
        ]
        only_looks = all(isinstance(one, model.StatusRequest) for one in requests)
        binds = [f"{self._volume}:{_DATA}"] + ([] if only_looks else [f"{backups_place(self._config)}:{_BACKUPS}"])
        places = ["--database", f"{_DATA}/{self._config.database.file}"]
        places += [] if only_looks else ["--backups", _BACKUPS]
        host = {"binds": binds, "network_mode": "none"}
        output = await self._run([*places, *words], len(requests), host, {}, tell, run_id)
        return _answers(requests, output)

    async def mirror(self, request: model.MirrorRequest, *, tell: Tell = unheard, run_id: str = "") -> model.Mirrored:
        """Copy backups to the second place, in a worker with a network and without the database.

        A place on this host (a path, or `file://`) is mounted instead.

        Raises:
            Failed: the place cannot be reached or written.
        """
        binds, url = [f"{backups_place(self._config)}:{_BACKUPS}"], request.url
        if (folder := local_folder(url)) is not None:
            binds.append(f"{folder}:{_MIRROR}")
            url = _MIRROR
        # In the environment and not among the arguments, which every user of the host can list: it holds credentials.
        asked = json.dumps({**asdict(request), "url": url})
        host = {"binds": binds, "network_mode": "bridge"}
        words = ["--database", f"{_DATA}/{self._config.database.file}", "--backups", _BACKUPS, "mirror", "-"]
        output = await self._run(words, 1, host, {"MYFINANCE_WORKER_REQUEST": asked}, tell, run_id)
        return _answers((request,), output)[model.Mirrored]

    async def _run(
        self, words: list[str], tasks: int, host: dict[str, Any], environment: dict[str, str], tell: Tell, run_id: str
    ) -> Output:
        async with self._container(words, host, environment, run_id) as name:
            await self._docker.start(name)
            return await read(self._docker, name, tasks, tell)

    @asynccontextmanager
    async def _container(
        self, words: list[str], host: dict[str, Any], environment: dict[str, str], run_id: str
    ) -> AsyncIterator[str]:
        config = self._config
        name = f"{config.project.name}-worker-{secrets.token_hex(4)}"
        creating = self._docker.create(
            name,
            image=config.database.worker_image,
            labels={**labels.owned(config, "worker"), labels.RUN: run_id},
            network=None,
            host={
                **host,
                "cap_drop": ["ALL"],
                "cap_add": _CAPABILITIES,
                "security_opt": ["no-new-privileges"],
                "read_only": True,
                "tmpfs": {"/tmp": "size=16m"},  # noqa: S108 - a file system of the container's own
                "mem_limit": "512m",
                "pids_limit": 64,
            },
            entrypoint=["python3", "-m", "ops.database"],
            command=words,
            environment=environment,
            user="0:0",
            healthcheck={"test": ["NONE"]},
        )
        try:
            await creating
            yield name
        except NotFound as error:
            raise Failed(
                f"The database worker's image {config.database.worker_image} is not on this machine.",
                "Build it (`make images`) or set database.worker_image to this program's image.",
            ) from error
        finally:
            await finish(end_worker(self._docker, name))


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


def backups_place(config: Config) -> str:
    """What is mounted for the backups: a Docker volume by its name, or a folder of the engine's host."""
    return config.backups.volume or str(Path(config.backups.dir).absolute())


def local_folder(url: str) -> str | None:
    """The folder of this host that a mirror's address means; None when it is elsewhere."""
    if "://" not in url:
        return str(Path(url).expanduser().absolute())
    scheme, _, rest = url.partition("://")
    return "/" + rest.lstrip("/") if scheme in ("file", "local") else None


@cache
def _reader(answer: type) -> TypeAdapter[Any]:
    return TypeAdapter(answer)


def _answers(requests: tuple[Any, ...], output: Output) -> Answers:
    kinds = [_TASKS[type(one)][1] for one in requests]
    given = {kind: _reader(kind).validate_python(result) for kind, result in zip(kinds, output.results, strict=False)}
    failure = output.failure if len(given) < len(kinds) else None
    if failure is not None and not given:
        raise failure
    return Answers(given, failure)
