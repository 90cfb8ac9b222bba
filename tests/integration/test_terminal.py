"""The program as other programs use it: exit codes, JSON lines, and the same program in its own container."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml

from ops.engine import labels
from sandbox.engine import Images
from tests.house import House
from tests.integration.backup_acts import listed
from tests.integration.test_drill import rooms

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = (sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())")


async def run(*command: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run a process: exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def myfinance(toml: Path, *words: str, env: dict[str, str] | None = None) -> tuple[int, list[dict[str, Any]]]:
    """`myfinance --json …`: exit code and the lines."""
    code, out, err = await run(*PROGRAM, "--config", str(toml), "--json", *words, env=env)
    assert "Traceback" not in err, err
    return code, [json.loads(line) for line in out.splitlines()]


async def test_exit_codes_and_json_lines(house: House, tmp_path: Path) -> None:
    await house.furnish()
    toml = house.write_toml(tmp_path / "myfinance.toml")

    code, lines = await myfinance(toml, "deploy", "v1.1.0")
    assert code == 0
    assert [line["event"] for line in lines[:2]] == ["RunStarted", "StepStarted"]
    assert lines[-2]["event"] == "RunFinished"
    assert lines[-1]["result"]["summary"] == "v1.1.0 (blue) is live."

    code, lines = await myfinance(toml, "status")
    assert code == 0
    assert lines[-1]["result"]["live"] == "blue"

    code, lines = await myfinance(toml, "deploy", "v9.9.9")
    assert code == 1
    assert lines[-1]["result"] is None
    assert lines[-1]["error"]["live"] == "Users are on v1.1.0 (blue)."
    assert "no image myfinance-server:v9.9.9" in lines[-1]["error"]["what"]

    code, lines = await myfinance(toml, "deploy", "v1.2.0; rm -rf /")
    assert code == 2
    assert "not a valid version" in lines[-1]["error"]["what"]

    code, _ = await myfinance(toml, "lock", "month", "end")
    assert code == 0
    code, lines = await myfinance(toml, "deploy", "v1.2.0")
    assert code == 3
    assert "month end" in lines[-1]["error"]["what"]


async def test_the_environment_cannot_make_the_terminal_an_operator(house: House, tmp_path: Path) -> None:
    await house.furnish()
    house.settings["access"] = {"operators": ["U0OLGA"]}
    toml = house.write_toml(tmp_path / "myfinance.toml")

    code, lines = await myfinance(toml, "maintenance", "on")
    assert code == 3
    assert "needs the role operator" in lines[-1]["error"]["what"]

    code, lines = await myfinance(toml, "maintenance", "on", env={"MYFINANCE_ACCESS__TERMINAL": "admin"})
    assert code == 2
    assert "MYFINANCE_ACCESS__TERMINAL" in lines[-1]["error"]["what"]


async def test_the_bots_own_image_runs_the_same_program(house: House, images: Images, tmp_path: Path) -> None:
    """As compose.yml runs it: not root, the engine's socket by its group, on the project's network, backups on the host."""
    await house.furnish("v1.1.0", anew=True)
    toml = tmp_path / "myfinance.toml"
    house.settings["project"]["state_dir"] = "/var/lib/myfinance/state"
    folder = house.settings["backups"].pop("dir")  # as in the file that compose.yml mounts
    house.write_toml(toml)
    toml.chmod(0o644)
    group = str((await asyncio.to_thread(os.stat, "/var/run/docker.sock")).st_gid)
    (state := tmp_path / "container-state").mkdir()
    state.chmod(0o777)

    async def say(*words: str) -> dict[str, Any]:
        code, out, err = await run(
            *("docker", "run", "--rm", "--label", f"{labels.PROJECT}={house.config.project.name}"),
            *("--network", house.config.project.network, "--group-add", group),
            *("-v", "/var/run/docker.sock:/var/run/docker.sock", "-v", f"{toml}:/etc/myfinance/myfinance.toml:ro"),
            *("-v", f"{state}:/var/lib/myfinance/state", "-e", "MYFINANCE_ENGINE__REACH=network"),
            *("-e", f"MYFINANCE_BACKUPS__DIR={folder}", images.ops, "--json", *words),
        )
        assert code == 0, err + out
        result: dict[str, Any] = json.loads(out.splitlines()[-1])["result"]
        return result

    status = await say("status")
    assert status["live"] == "blue"
    assert status["colours"]["blue"]["healthy"] is True

    taken = (await say("backup"))["backup"]["name"]
    assert [row.name for row in (await listed(house)).rows] == [taken]
    drilled = await say("drill")
    assert (drilled["backup"]["name"], drilled["release"]) == (taken, "v1.1.0")
    assert rooms(house) == []


def test_compose_gives_the_bot_the_backups_folder_by_its_path_on_the_host() -> None:
    """The engine mounts that folder into the workers: a path of the bot's own container would be another folder of the host."""
    bot = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]["bot"]
    place = bot["environment"]["MYFINANCE_BACKUPS__DIR"]
    assert place.startswith("${BACKUPS_DIR:?")
    assert "${BACKUPS_DIR}:/backups" in bot["volumes"]
