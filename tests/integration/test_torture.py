"""Long runs, by `make torture` only: kill -9 at random moments of deploys, under load."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from bench.load import users
from ops.model import Actor, Door
from tests.house import House
from tests.integration.test_recover import a_process_that_says, all_agree

KILLS = 30
SEED = 20261124


@pytest.mark.torture
async def test_kills_at_random_moments_never_cost_a_user_a_request(house: House, tmp_path: Path) -> None:
    await house.furnish("v1.1.0")
    toml = house.write_toml(tmp_path / "myfinance.toml")
    dice = random.Random(SEED)

    async with users(house.url, clients=8, seconds=600) as load:
        for number in range(KILLS):
            version = "v1.2.0" if await house.release() == "v1.1.0" else "v1.1.0"
            async with a_process_that_says(house, toml, "deploy", version) as process:
                # Random moments are the point here, so this one does not wait for a condition.
                await asyncio.sleep(dice.uniform(0.3, 6.0))
                if process.returncode is None:
                    os.kill(process.pid, signal.SIGKILL)
                    await process.wait()
            assert house.operations.holder() is None, number
            said = await house.say("recover", Actor("recovery", "recovery", Door.RECOVERY))
            assert said.ok, f"kill {number}: {said.text}"
            await all_agree(house)

    assert load.failed == 0, load.result["failures"]
    assert load.answered > 1000
