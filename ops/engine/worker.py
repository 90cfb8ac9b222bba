"""The database worker: a short-lived container in which all work on database files happens.

It has the volume and the backup directory mounted, no network and no socket, and becomes the database file's owner. So there is
one way on every platform, one SQLite version, the right owner on every file, and no process of ours that holds the live file
open by accident. Only the copying to a second place (mirror) has a network, and no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from ops.config import Config
from ops.database import model
from ops.database.status import DatabaseStatus
from ops.engine.docker import Docker
from ops.engine.worker_output import Output, Tell, unheard
from ops.engine.worker_process import Sight, WorkerProcess
from ops.errors import OpsError

A = TypeVar("A")

_DATA, _BACKUPS, _MIRROR = "/data", "/backups", "/mirror"
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
        async with Work(self._docker, self._config, _sight(self._config, self._volume, backups=False), "") as work:
            return await work.status()

    async def ask(self, *requests: Any, tell: Tell = unheard, run_id: str = "") -> Answers:
        """Have tasks done one after the other by one worker, until one fails.

        When the caller is cancelled, the task is asked to stop, and has cleaned up after itself before this returns.

        Raises:
            Failed: the first task failed; the other answers raise when they are asked for.
        """
        async with self.work(run_id) as work:
            return await work.ask(*requests, tell=tell)

    def work(self, run_id: str) -> Work:
        """One worker for several questions of a run, as an `async with` block."""
        return Work(self._docker, self._config, _sight(self._config, self._volume), run_id)

    async def mirror(self, request: model.MirrorRequest, *, tell: Tell = unheard, run_id: str = "") -> model.Mirrored:
        """Copy backups to the second place, in a worker with a network and without the database.

        A place on this host (a path, or `file://`) is mounted instead.

        Raises:
            Failed: the place cannot be reached or written.
        """
        sight = _sight(self._config, None)
        if (folder := local_folder(request.url)) is not None:
            words = (*sight.words, "--mirror", _MIRROR)
            sight = replace(sight, binds=(*sight.binds, f"{folder}:{_MIRROR}"), words=words)
            request = replace(request, url=_MIRROR)
        async with Work(self._docker, self._config, replace(sight, network="bridge"), run_id) as work:
            return (await work.ask(request, tell=tell))[model.Mirrored]


class Work:
    """A worker for a block of code. Its container is started by the first question, and anew after one that was killed (be it
    while it was asked or while it had nothing to do), and after a question that was cancelled: what that one is still doing is
    taken back first, and its answer is never taken for another's."""

    def __init__(self, docker: Docker, config: Config, sight: Sight, run_id: str) -> None:
        self._docker, self._config, self._sight, self._run_id = docker, config, sight, run_id
        self._process: WorkerProcess | None = None

    async def __aenter__(self) -> Work:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    @property
    def lost(self) -> bool:
        """Whether its container can no longer be heard, and the next question starts another."""
        return self._process is not None and self._process.lost

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.end()

    async def status(self) -> DatabaseStatus:
        """The database's figures, now.

        Raises:
            Failed: the worker could not run.
        """
        return (await self.ask(model.StatusRequest()))[DatabaseStatus]

    async def ask(self, *requests: Any, tell: Tell = unheard) -> Answers:
        """Have tasks done one after the other, until one fails.

        Raises:
            Failed: the first task failed; the other answers raise when they are asked for.
        """
        if self._process is not None and (self._process.lost or self._process.busy):
            await self._end()
        if self._process is None:
            self._process = await WorkerProcess.start(self._docker, self._config, self._sight, self._run_id)
        output = await self._process.ask([(_TASKS[type(one)][0], asdict(one)) for one in requests], tell)
        if output.ended:
            await self._end()
        return _answers(requests, output)


def _sight(config: Config, volume: str | None, *, backups: bool = True) -> Sight:
    binds = [f"{volume}:{_DATA}"] if volume else []
    words = ["--database", f"{_DATA}/{config.database.file}"]
    if backups:
        binds.append(f"{backups_place(config)}:{_BACKUPS}")
        words += ["--backups", _BACKUPS]
    return Sight(tuple(binds), tuple(words), volume=volume)


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
