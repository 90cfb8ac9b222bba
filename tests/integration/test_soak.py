"""After the switch: a release that turns bad is left by itself, one stray error is no reason."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from bench.load import users
from ops.model import Colour
from tests.house import House, moved_in
from tests.place import Place


@pytest_asyncio.fixture
async def watchful(place: Place, tmp_path: Path) -> AsyncIterator[House]:
    """A house that watches a new release for a while; v1.4.0 turns bad three seconds after its start in it; v1.1.0 is live."""
    environment = {
        "ConnectionStrings__DefaultConnection": "Data Source=/data/myfinance.db",
        "SAMPLE_FAULT_AFTER_S": "3",
    }
    sections: dict[str, dict[str, Any]] = {
        "soak": {"seconds": 7, "window_seconds": 5},
        "app": {"environment": environment},
    }
    async with moved_in(place, tmp_path / "state", **sections) as made:
        await made.furnish("v1.1.0")
        yield made


async def test_health_stays_200_and_users_get_500s_so_users_are_switched_back(watchful: House) -> None:
    house = watchful

    async with users(house.url, clients=8, seconds=90) as load:
        said = await house.say("deploy v1.4.0")  # one request in three is a 500, from its third second on

    assert said.outcome.exit_code == 1
    assert "turned bad with users on it" in said.text
    assert "Users were switched back to v1.1.0 (blue) automatically." in said.text
    assert "Users are on v1.1.0 (blue)." in said.text
    assert await house.release() == "v1.1.0"
    # From the fifth 500 (the threshold) to the last answer of the bad release: five seconds at most.
    assert load.result["last"]["v1.4.0"] - load.result["first_failure"] < 5
    history = (await house.operations.ledger.history(1))[0]
    assert history.state == "failed"
    assert "turned bad" in history.summary
    green = await house.world.stacks.state(Colour.GREEN)
    assert green.state == "exited"  # its log is still there for the morning
    assert any("currency table" in line for line in await house.world.stacks.logs(Colour.GREEN, 50))


async def test_one_stray_500_does_not_switch(watchful: House) -> None:
    house = watchful
    deploy = await house.begin("deploy v1.4.0", until="soak")

    # It answers every third request with a 500 from its third second on: three requests are one 500.
    green = await house.world.stacks.state(Colour.GREEN)
    assert green.started_at is not None
    bad = 0
    while not bad:
        bad = sum([(await house.get()).status == 500 for _ in range(3)])
        assert time.time() < green.started_at.timestamp() + 7

    said = await deploy
    assert bad == 1
    assert said.ok, said.text
    assert await house.wait_for_live(Colour.GREEN)
