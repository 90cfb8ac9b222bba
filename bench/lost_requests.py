"""Requests lost over many switches under load: the figure everything else here exists for."""

from __future__ import annotations

from bench.figure import Figure
from bench.load import users
from tests.house import House
from tests.switching import switch_and_remove_old

SWITCHES = 50
CLIENTS = 32
PAUSE_SECONDS = 0.02  # as much load as two cores give beside what is measured


async def lost_requests(house: House) -> list[Figure]:
    """50 switches, 32 keep-alive clients, GET and POST, some answers taking 1 s; the old colour is removed after each drain."""
    await house.world.stacks.remove((await house.world.live()).idle)  # what an earlier figure left standing by
    async with users(house.url, clients=CLIENTS, seconds=600, pause=PAUSE_SECONDS) as load:
        for _ in range(SWITCHES):
            await switch_and_remove_old(house, ("v1.1.0", "v1.2.0"))
    sent = load.answered + load.failed
    slow, posts = load.result["slow"], load.result["posts"]
    told = f"{load.failed} of {sent} ({slow} lasting 1 s, {posts} POSTs)"
    parts = {"failed": load.failed, "sent": sent, "slow": slow, "posts": posts}
    return [Figure(f"failed requests over {SWITCHES} switches", told, "0", load.failed == 0, parts)]
