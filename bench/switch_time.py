"""How fast users are on the other colour: against a bare nginx that is told to reload, in the same run and by the same clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.figure import Figure, median
from ops.engine import labels
from ops.engine.ask import NoAnswer, ask
from ops.engine.docker import Docker
from ops.engine.nginx_config import Wanted
from ops.events import StepDone
from tests.house import House
from tests.place import free_ports

ROUNDS = 20
RATIO, WHOLE_SECONDS = 1.5, 0.5
POLL_SECONDS = 0.005  # between two questions, for both


async def switch_time(house: House) -> list[Figure]:
    """From the signal to the first new answer, ours and bare in turn; then the switch step of the whole command."""
    ours, bare = [], []
    async with a_bare_nginx(house) as reload:
        for number in range(ROUNDS):
            bare.append(await reload(f"answer {number}"))
            ours.append(await _our_switch(house))
    whole = [await _whole_switch(house) for _ in range(ROUNDS)]
    ratio = median(ours) / median(bare)
    parts = {"ours_ms": median(ours) * 1000, "bare_ms": median(bare) * 1000, "ratio": ratio}
    told = f"{ratio:.2f} × bare ({parts['ours_ms']:.0f} ms, bare {parts['bare_ms']:.0f} ms)"
    middle, longest = median(whole), max(whole)
    return [
        Figure("switch, signal to first new answer", told, f"≤ {RATIO} ×", ratio <= RATIO, parts),
        Figure(
            "the whole switch before the drain",
            f"{middle:.2f} s (longest {longest:.2f} s)",
            f"≤ {WHOLE_SECONDS} s",
            middle <= WHOLE_SECONDS,
            {"median_s": middle, "longest_s": longest},
        ),
    ]


async def _our_switch(house: House) -> float:
    """Users to the other colour, and the old workers gone, so that no two switches meet."""
    live = await house.world.live()
    target = live.states[live.idle]
    applied = await house.world.proxy.apply(Wanted(target.colour), target.address)
    await house.world.proxy.drain(applied.old_workers)
    return applied.seconds


async def _whole_switch(house: House) -> float:
    """The switch step of `switch`: stage, test, rename, reload, and several answers in a row from the new colour."""
    said = await house.say("switch")
    assert said.ok, said.text
    return next(event.seconds for event in said.events if isinstance(event, StepDone) and event.step == "switch")


@asynccontextmanager
async def a_bare_nginx(house: House) -> AsyncIterator[Reload]:
    """An nginx with the shortest configuration there is, in the same image and on the same network."""
    config, (port,) = house.config, free_ports(1)
    name = f"{config.project.name}-bare-nginx"
    await house.world.docker.create(
        name,
        image=config.proxy.image,
        labels=labels.owned(config, "bench"),
        network=config.project.network,
        host={"port_bindings": {80: ("127.0.0.1", port)}},
        entrypoint=["nginx"],
        command=["-c", "/etc/nginx/bare.conf", "-g", "daemon off;"],
        ports=[80],
    )
    reload = Reload(house.world.docker, name, port)
    try:
        await reload.write("not yet")
        await house.world.docker.start(name)
        await reload.wait_for("not yet")
        yield reload
    finally:
        await house.world.docker.remove(name)


class Reload:
    """Gives the bare nginx another answer, and tells the seconds until it is heard."""

    def __init__(self, docker: Docker, name: str, port: int) -> None:
        self._docker, self._name, self._port = docker, name, port

    async def write(self, answer: str) -> None:
        """The configuration, not yet taken up."""
        # As many workers as the proxy has: for 100 ms after a reload nginx lets old and new ones race for connections
        # (ngx_process_cycle.c), and one worker races differently from several.
        text = (
            "worker_processes auto; events {} "
            f"http {{ server {{ listen 80; location / {{ return 200 '{answer}'; }} }} }}"
        )
        await self._docker.write_file(self._name, "/etc/nginx", "bare.conf", text)

    async def wait_for(self, answer: str) -> None:
        """Ask over new connections until this is the answer."""
        async with asyncio.timeout(10):
            while await self._heard() != answer:  # noqa: ASYNC110 - nginx sends no event
                await asyncio.sleep(POLL_SECONDS)

    async def _heard(self) -> str | None:
        try:
            return (await ask(f"http://127.0.0.1:{self._port}/", seconds=2)).body
        except NoAnswer:
            return None

    async def __call__(self, answer: str) -> float:
        """HUP is what `nginx -s reload` sends; sent like ours, so that the time to start a process counts for neither."""
        await self.write(answer)
        started = time.monotonic()
        await self._docker.signal(self._name, "HUP")
        await self.wait_for(answer)
        return time.monotonic() - started
