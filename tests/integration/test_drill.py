"""Drills: the backup is restored beside the world and its own release is started on it; nothing of that stays."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from ops.aio import until
from ops.events import StepDone, StepFailed
from ops.results import DrillDone
from tests.house import House, moved_in
from tests.integration.backup_acts import RECOVERY, backed_up, pay, payments
from tests.integration.test_recover import a_process_that_says
from tests.place import Place


def rooms(house: House) -> list[str]:
    """Every container, volume and network of drills that there is."""
    marks = ["--filter", f"label=io.myfinance.ops.project={house.config.project.name}"]
    marks += ["--filter", "label=io.myfinance.ops.role=drill"]
    found = []
    for listing in (["docker", "ps", "-aq"], ["docker", "volume", "ls", "-q"], ["docker", "network", "ls", "-q"]):
        found += subprocess.run([*listing, *marks], capture_output=True, text=True, check=True).stdout.split()
    return found


async def test_a_drill_finds_what_a_hash_does_not(place: Place, tmp_path: Path) -> None:
    smoke = [{"path": "/api/accounts"}, {"path": "/api/transactions"}]
    async with moved_in(place, tmp_path / "state", app={"smoke": smoke}) as house:
        await house.furnish("v1.1.0", anew=True)
        await pay(house, "rent")
        good = (await backed_up(house)).backup

        said = await house.say("drill")

        assert said.ok, said.text
        done = said.outcome.result
        assert isinstance(done, DrillDone)
        assert (done.backup.name, done.release, done.smoke) == (good.name, "v1.1.0", 2)
        assert said.steps(StepDone) == ["find", "restore", "start", "health", "smoke"]
        assert rooms(house) == []

        # A file without a fault, and not what the release needs.
        await house.sql('ALTER TABLE "Accounts" RENAME TO "Customers"')
        bad = (await backed_up(house)).backup
        await house.sql('ALTER TABLE "Customers" RENAME TO "Accounts"')
        assert (await house.say("backup verify latest")).ok

        said = await house.say("drill latest")

        assert said.outcome.exit_code == 1
        assert f"The drill of {bad.name} failed: v1.1.0 failed its smoke request GET /api/accounts on it" in said.text
        assert said.steps(StepFailed) == ["smoke"]
        assert said.outcome.error is not None
        assert said.outcome.error.evidence.log_lines
        assert rooms(house) == []
        assert await payments(house) == {"rent"}
        record = (await house.operations.ledger.history(1))[0]
        assert (record.command, record.state) == ("drill latest", "failed")

        toml = house.write_toml(tmp_path / "myfinance.toml")
        async with a_process_that_says(house, toml, "drill", good.name) as process:
            assert await until(lambda: _there(house), seconds=20, every=0.05)
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
        said = await house.say("recover", RECOVERY)
        assert "A drill was interrupted: what it had made was removed." in said.text
        assert rooms(house) == []


async def _there(house: House) -> bool | None:
    return True if len(rooms(house)) == 3 else None
