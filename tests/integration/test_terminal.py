"""The program as other programs use it: exit codes, JSON lines, and the same program in its own container."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from ops.engine import labels
from sandbox.engine import Images
from tests.house import House

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
    house.settings["access"] = {"operators": ["U0OLGA"]}
    toml = house.write_toml(tmp_path / "myfinance.toml")

    code, lines = await myfinance(toml, "maintenance", "on")
    assert code == 3
    assert "needs the role operator" in lines[-1]["error"]["what"]

    code, lines = await myfinance(toml, "maintenance", "on", env={"MYFINANCE_ACCESS__TERMINAL": "admin"})
    assert code == 2
    assert "MYFINANCE_ACCESS__TERMINAL" in lines[-1]["error"]["what"]


async def test_the_bots_own_image_runs_the_same_program(house: House, images: Images, tmp_path: Path) -> None:
    """As compose.yml runs it: not root, the engine's socket by its group, on the project's network."""
    await house.say("deploy v1.1.0")
    house.settings["project"]["state_dir"] = "/var/lib/myfinance/state"
    toml = house.write_toml(tmp_path / "myfinance.toml")
    toml.chmod(0o644)
    group = str((await asyncio.to_thread(os.stat, "/var/run/docker.sock")).st_gid)

    code, out, err = await run(
        *("docker", "run", "--rm", "--label", f"{labels.PROJECT}={house.config.project.name}"),
        *("--network", house.config.project.network, "--group-add", group),
        *("-v", "/var/run/docker.sock:/var/run/docker.sock", "-v", f"{toml}:/etc/myfinance/myfinance.toml:ro"),
        *("--tmpfs", "/var/lib/myfinance/state:mode=1777", "-e", "MYFINANCE_ENGINE__REACH=network"),
        *(images.ops, "--json", "status"),
    )

    assert code == 0, err + out
    status = json.loads(out.splitlines()[-1])["result"]
    assert status["live"] == "blue"
    assert status["colours"]["blue"]["healthy"] is True
