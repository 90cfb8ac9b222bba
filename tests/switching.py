"""Switch after switch, removing the old colour each time: what tests, bench and torture measure lost requests with."""

from __future__ import annotations

from ops.aio import until
from ops.engine.nginx_config import Wanted
from ops.model import Colour, Release
from tests.house import House


async def switch_and_remove_old(house: House, versions: tuple[str, str], drain: bool = True) -> float:
    """Put the other release on the idle colour, send users there, and remove the old colour: after the drain, or (to see
    a loss) at once. Returns the seconds from the reload signal to the first new answer."""
    world = house.world
    live = await world.live()
    assert live.colour is not None
    new, version = live.idle, versions[list(Colour).index(live.idle)]
    image = await world.docker.image(f"{house.config.app.image}:{version}")
    await world.stacks.create(new, Release(version, image.id), None, "test")
    await world.stacks.start(new)

    async def serving() -> str | None:
        state = await world.stacks.state(new)
        healthy = (await world.stacks.health(state)).good
        return state.address if healthy and await world.proxy.sees(new) == state.address else None

    address = await until(serving, seconds=10, every=0.05)
    applied = await world.proxy.apply(Wanted(new), address)
    if drain:
        await world.proxy.drain(applied.old_workers)
        await world.stacks.remove(live.colour)
    else:
        await world.docker.remove(house.config.container(live.colour))
    return applied.seconds
