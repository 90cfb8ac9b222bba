"""What stands in a place when a test begins: the colours it wants, made without the runbooks, and taken over from the test before
where they are the same."""

from __future__ import annotations

import asyncio

from ops.aio import until
from ops.config import Config
from ops.engine import labels
from ops.engine.nginx_config import Wanted
from ops.engine.world import World
from ops.model import Colour, Mode, Release

_RUN = "20250101-000000-0000"  # older than every run of a test


async def furnish(world: World, config: Config, *versions: str) -> None:
    """These releases run, on blue and then green; users are on the last, whose labels name the one before; the proxy is open.

    With no version: nothing is live, and there is no database.
    """
    for name in await world.docker.containers(labels.owned(config, "worker")):
        await world.docker.remove(name)
    live = list(Colour)[len(versions) - 1] if versions else None
    if live is None:
        await _send_users_to(world, live)  # before the colours go: nginx waits long for an address that is gone
    previous: Release | None = None
    for colour, version in zip(Colour, (*versions, *[None] * (2 - len(versions))), strict=True):
        previous = await _one_colour(world, config, colour, version, previous)
    await _healthy(world, list(Colour)[: len(versions)])
    await _calm(world, config)
    await _send_users_to(world, live)
    if live is None:
        await in_volume(config, "find", ".", "-mindepth", "1", "-delete")


async def _send_users_to(world: World, live: Colour | None) -> None:
    now = await world.proxy.itself()
    if (now.colour, now.mode) != (live, Mode.OPEN):
        await world.proxy.apply(Wanted(live))


async def _one_colour(
    world: World, config: Config, colour: Colour, version: str | None, previous: Release | None
) -> Release | None:
    name = config.container(colour)
    found = await world.docker.container(name)
    if version is None:
        if found is not None:
            await world.docker.remove(name)
        return None
    release = Release(version, (await world.docker.image(f"{config.app.image}:{version}")).id)
    wanted = labels.of_colour(config, colour, release, previous, _RUN)
    if found is None or found.state != "running" or not wanted.items() <= found.labels.items():
        if found is not None:
            await world.docker.remove(name)
        await world.stacks.create(colour, release, previous, _RUN)
        await world.stacks.start(colour)
    return release


async def _healthy(world: World, colours: list[Colour]) -> None:
    async def all_good() -> bool | None:
        states = [await world.stacks.state(colour) for colour in colours]
        answers = [(await world.stacks.health(state)).good for state in states]
        reached = [await world.proxy.sees(state.colour) == state.address for state in states]
        return True if all(answers) and all(reached) else None

    assert await until(all_good, seconds=20, every=0.05), "the furniture never became healthy"


async def _calm(world: World, config: Config) -> None:
    """No nginx worker is still finishing requests of a test that is over; when one takes its time, nginx is started anew."""

    async def nobody_leaves() -> bool | None:
        return None if any((await world.proxy.workers()).values()) else True

    if await until(nobody_leaves, seconds=1, every=0.05) is None:
        await world.docker.stop(config.proxy_container, 1)
        await world.docker.start(config.proxy_container)
        assert await until(lambda: _answers(world), seconds=10, every=0.05)


async def _answers(world: World) -> bool | None:
    return True if await world.proxy.answers() else None


async def in_volume(config: Config, *command: str) -> str:
    """Run a command as root in the folder of the database, which is one of this host; what it writes."""
    show = ("docker", "volume", "inspect", "--format={{.Mountpoint}}", config.database.volume)
    return await _output(*command, cwd=await _output(*show))


async def _output(*command: str, cwd: str | None = None) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=cwd)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()
