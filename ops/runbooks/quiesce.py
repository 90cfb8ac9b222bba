"""Quiesce: hold what changes things, for as long as a piece of work needs, and open again whatever happens.

Used by maintenance, and by restore, table rebuilds and contract releases. It cannot stop an application's own background
writes: nothing in front of it can.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ops.aio import finish
from ops.engine.nginx_config import Wanted
from ops.engine.world import World
from ops.errors import Failed
from ops.model import Mode
from ops.run import Run

PERSON = "person"  # the owner of a mode that no run may end by itself


async def hold(world: World, mode: Mode, owner: str) -> Wanted:
    """Hold changes (READ_ONLY) or everything (MAINTENANCE), and return when no request of before can still get through.

    A reload is not enough: an idle keep-alive connection still belongs to an old worker, and a POST on it got through 2.6 s
    later (measured). So the workers from before must be gone. A person's maintenance holds everything already: it stays theirs,
    so that no end of a run, and no `recover` after one that was killed, lets users in. Returns what the proxy did before.

    Raises:
        Failed: nginx did not take it up, or its old workers did not go; nothing is held then.
    """
    before = await world.proxy.state()
    if before.mode is Mode.MAINTENANCE and before.owner == PERSON:
        await world.proxy.drain_leftovers()
        return Wanted(before.colour, before.mode, before.owner)
    applied = await world.proxy.apply(Wanted(before.colour, mode, owner))
    previous = Wanted(before.colour, before.mode, before.owner)
    try:
        await world.proxy.drain(applied.old_workers)
    except BaseException:
        await finish(release(world, previous, owner))
        raise
    return previous


async def release(world: World, before: Wanted, owner: str) -> None:
    """Let requests through as `before` told, to whatever colour is live by now; only when it is still `owner` who holds them: a
    command that took over, or a person, may hold them by now."""
    now = await world.proxy.state()
    if now.owner != owner:
        return
    await world.proxy.apply(Wanted(now.colour, before.mode, before.owner))


@asynccontextmanager
async def quiesced(world: World, run: Run, mode: Mode = Mode.READ_ONLY) -> AsyncIterator[None]:
    """Inside, no changing request reaches any colour. Opens again at the end, also on failure and cancellation.

    Raises:
        Failed: the work inside took longer than proxy.quiesce_limit_seconds; it was cancelled and requests are let through.
    """
    limit = world.config.proxy.quiesce_limit_seconds
    before = await hold(world, mode, run.id)
    try:
        async with asyncio.timeout(limit):
            yield
    except TimeoutError as error:
        raise Failed(
            f"Requests were held for {limit:g} s, the longest that is allowed, so the work was ended.",
            "Nothing is held any more. Look at why it took so long, or raise proxy.quiesce_limit_seconds.",
        ) from error
    finally:
        await finish(release(world, before, run.id))
