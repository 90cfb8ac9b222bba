"""The figures, one function each. Where machines differ a figure is a ratio of two things measured in the same run."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.load import users
from ops.aio import until
from ops.engine.ask import ask
from ops.events import StepDone
from tests.house import House
from tests.switching import switch_and_remove_old

SWITCHES = 50
RELOADS = 10
PROGRAM = (sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())")


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its bar (DESIGN, the figures it must reach)."""

    what: str
    measured: str
    bar: str
    reached: bool


async def lost_requests(house: House) -> list[Figure]:
    """50 switches, 32 keep-alive clients, GET and POST, some answers taking 1 s; the old colour removed after each drain."""
    async with users(house.url, clients=32, seconds=600) as load:
        for _ in range(SWITCHES):
            await switch_and_remove_old(house, ("v1.1.0", "v1.2.0"))
    told = f"{load.failed} of {load.answered + load.failed} ({load.result['slow']} slow, {load.result['posts']} POSTs)"
    return [Figure(f"failed requests over {SWITCHES} switches", told, "0", load.failed == 0)]


async def switch_against_bare_reload(house: House) -> list[Figure]:
    """From the signal to the first answer of the new configuration, against a bare `nginx -s reload` told the same way:
    by the generation in the answers. And the whole switch command before its drain."""
    ours, bare, whole = [], [], []
    for _ in range(RELOADS):
        began = time.monotonic()
        said = await house.say("rollback" if await house.release() == "v1.2.0" else "switch green")
        assert said.ok, said.text
        steps = {event.step: event.seconds for event in said.events if isinstance(event, StepDone)}
        whole.append(steps["switch"])
        detail = next(e.detail for e in said.events if isinstance(e, StepDone) and e.step == "switch")
        ours.append(float(detail.rsplit(", ", 1)[1].split(" ms")[0]) / 1000)
        bare.append(await _bare_reload(house))
        assert time.monotonic() - began < 60
    ratio = statistics.median(ours) / statistics.median(bare)
    return [
        Figure("switch, signal to first new answer", f"{ratio:.2f} × bare reload", "≤ 1.5 ×", ratio <= 1.5),
        Figure("the whole switch before the drain", f"{statistics.median(whole):.2f} s", "≤ 0.5 s", max(whole) <= 0.5),
    ]


async def _bare_reload(house: House) -> float:
    """Seconds from starting `nginx -s reload` in the container until there is a new worker and an answer."""
    before = set(await house.world.proxy.workers())
    began = time.monotonic()
    code, output = await house.world.docker.execute(
        house.config.proxy_container, ["nginx", "-c", "/etc/nginx/myfinance/nginx.conf", "-s", "reload"]
    )
    assert code == 0, output

    async def fresh() -> bool | None:
        return True if set(await house.world.proxy.workers()) - before else None

    assert await until(fresh, seconds=10, every=0.001)
    await ask(f"{house.url}/api/version", seconds=5)
    seconds = time.monotonic() - began
    await house.world.proxy.drain(frozenset(before))
    return seconds


async def deploy_overhead(house: House) -> list[Figure]:
    """What a deploy takes besides the application's own start, its soak and its drain."""
    said = await house.say("deploy v1.5.0")
    assert said.ok, said.text
    steps = {event.step: event.seconds for event in said.events if isinstance(event, StepDone)}
    own_start = steps["health"]
    shown = ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())
    overhead = sum(steps.values()) - own_start - steps["soak"] - steps["drain"]
    return [Figure("deploy overhead", f"{overhead:.2f} s ({shown})", "< 3 s", overhead < 3)]


async def status_process(house: House, toml: Path) -> list[Figure]:
    """`myfinance status` as a whole process."""
    taken = []
    for _ in range(5):
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, "--config", str(toml), "status", stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
        taken.append(time.monotonic() - began)
    middle = statistics.median(taken)
    return [Figure("`myfinance status`, whole process", f"{middle:.2f} s", "< 1 s", middle < 1)]
