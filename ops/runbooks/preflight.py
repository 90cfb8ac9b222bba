"""Is everything ready for a deploy? All problems are told at once, not the first only."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import TypeVar

from ops.database.status import DatabaseStatus
from ops.engine.docker import NotFound
from ops.engine.worker import Work
from ops.engine.world import Live, World
from ops.errors import EngineDown, Failed, OpsError
from ops.model import ColourState, Mode

# Four copies of the database: backup, rehearsal, and a rebuild or WAL on each (DESIGN section 4).
_DATABASE_COPIES = 4
_MB = 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One reason not to begin."""

    what: str
    next_step: str


@dataclass(frozen=True)
class Ready:
    """What preflight found, for the steps after it."""

    live: Live
    database: DatabaseStatus


async def check_ready(world: World, work: Work, version: str) -> Ready:
    """Look at everything a deploy of `version` needs; `work` is asked about the database.

    Raises:
        EngineDown: the engine does not answer (nothing else can be looked at then).
        Failed: something is not ready; the message lists every problem.
    """
    problems: list[Problem] = []
    live, database = await asyncio.gather(_tell(problems, world.live()), _tell(problems, work.status()))
    if live is not None:
        problems += [problem async for problem in _proxy_problems(world, live)]
        problems += [problem async for problem in _release_problems(world, live, version)]
        problems += await _port_problems(world, live.states[live.idle])
    if database is not None:
        problems += _disk_problems(world, database)
    if problems or live is None or database is None:
        raise Failed(
            " ".join(problem.what for problem in problems),
            " ".join(dict.fromkeys(problem.next_step for problem in problems)),
        )
    return Ready(live, database)


async def _tell(problems: list[Problem], work: Awaitable[T]) -> T | None:
    try:
        return await work
    except EngineDown:
        raise
    except OpsError as error:
        problems.append(Problem(error.what, error.next_step))
        return None


async def _proxy_problems(world: World, live: Live) -> AsyncIterator[Problem]:
    found = await world.proxy.configuration()
    if not found.intact:
        yield Problem(
            "The proxy's configuration was edited by hand, and a switch would overwrite that.",
            "Run `myfinance up`: it keeps a copy of the edited file and writes the configuration anew.",
        )
    elif found.wanted is not None and found.wanted.colour != live.colour:
        yield Problem(
            f"The proxy runs with {live.colour or 'nothing'} live, but its configuration file says "
            f"{found.wanted.colour or 'nothing'}: a switch was interrupted.",
            "Run `myfinance recover`.",
        )
    if live.proxy.mode is Mode.READ_ONLY:
        yield Problem("Requests that change things are still held by a run that ended.", "Run `myfinance recover`.")


async def _release_problems(world: World, live: Live, version: str) -> AsyncIterator[Problem]:
    carried = live.state.release if live.state else None
    if carried is None or live.problem:
        return  # a live release that is broken may be deployed again
    try:
        image = await world.docker.image(f"{world.config.app.image}:{version}")
    except NotFound:
        return  # the pull decides
    if image.id == carried.image_id:
        yield already_live(version, carried.version)


def already_live(version: str, carried: str) -> Problem:
    """The problem of deploying what users are on already, told by the image's id and not by its name."""
    other_name = f" (as {carried})" if carried != version else ""
    return Problem(f"{version} is already live{other_name}: it is the very same image.", "There is nothing to do.")


async def _port_problems(world: World, idle: ColourState) -> list[Problem]:
    config = world.config
    if config.engine.reach != "ports" or idle.running:
        return []  # a running idle colour holds its own port
    port = config.colours.port(idle.colour)

    def taken() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    if not await asyncio.to_thread(taken):
        return []
    return [
        Problem(
            f"Port {port}, where {idle.colour} listens on this host, is taken by another program.",
            f"Free it (`ss -ltnp 'sport = :{port}'` names who has it) or set colours.{idle.colour}_port.",
        )
    ]


def _disk_problems(world: World, database: DatabaseStatus) -> list[Problem]:
    size = (database.bytes or 0) + (database.wal_bytes or 0)
    needed = world.config.deploy.free_disk_mb * _MB + _DATABASE_COPIES * size
    if database.free_bytes >= needed:
        return []
    return [
        Problem(
            f"The disk of the database volume has {database.free_bytes // _MB} MB free; a deploy needs "
            f"{needed // _MB} MB (deploy.free_disk_mb, and four copies of the database).",
            "Make room (`prune` removes old images) and try again.",
        )
    ]
