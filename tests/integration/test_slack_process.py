"""`myfinance serve` as a process of its own: it names what is wrong and ends, or takes commands until it is told to end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.slack import SlackSandbox
from tests.integration.slack_bot import OLGA, OPS

# A world of its own that nobody ever made, its volume included: this file is about the process, not about containers.
SETTINGS = """
[project]
name = "mfo-process-test"
network = "mfo-process-test-network"
[colours]
blue_port = 5991
green_port = 5992
[proxy]
port = 5993
admin_port = 5994
[database]
volume = "mfo-process-test-data"
[slack]
channel = "C0OPS"
"""

MYFINANCE = Path(sys.executable).with_name("myfinance")


@asynccontextmanager
async def serve(slack: SlackSandbox, folder: Path, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    file = folder / "myfinance.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MYFINANCE_"))},
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        **variables,
    }
    process = await asyncio.create_subprocess_exec(
        MYFINANCE,
        "serve",
        "--config",
        file,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def seconds_of_a_bare_start() -> float:
    """How long the program takes here and now to start and do nothing: other tests share the machine."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(MYFINANCE, "--help", stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    return time.monotonic() - began


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.mark.parametrize(
    ("wrong", "exit_code", "named"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, 1, "bot token"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, 1, "app token"),
        ({"MYFINANCE_SLACK__CHANNEL": "C0NOWHERE"}, 1, "C0NOWHERE"),
        ({"SLACK_BOT_TOKEN": ""}, 2, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": ""}, 2, "SLACK_APP_TOKEN"),
        ({"MYFINANCE_SLACK__CHANNEL": ""}, 2, "MYFINANCE_SLACK__CHANNEL"),
        ({"MYFINANCE_REPORTS__CRON": "every morning"}, 2, "reports.cron"),
    ],
)
async def test_serve_ends_within_five_seconds_naming_what_is_wrong(
    slack: SlackSandbox, tmp_path: Path, wrong: dict[str, str], exit_code: int, named: str
) -> None:
    bare = await seconds_of_a_bare_start()
    async with serve(slack, tmp_path, **wrong) as process:
        out, err = await asyncio.wait_for(process.communicate(), 5 + bare)
    assert process.returncode == exit_code
    assert named in (out + err).decode()
    assert "Traceback" not in (out + err).decode()


async def test_serve_takes_commands_and_ends_on_sigterm(slack: SlackSandbox, tmp_path: Path) -> None:
    async with serve(slack, tmp_path) as process:
        await slack.wait_until_connected(2)
        assert (await slack.say(OLGA, OPS, "/myfinance whoami")).ok
        await slack.wait_for(lambda ws: "role *viewer*" in ws.ephemerals(OLGA, OPS)[-1].words)
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, err.decode()
    assert "Traceback" not in (out + err).decode()
    assert [line for line in err.splitlines() if "event" not in json.loads(line)] == [], "its log is JSON lines"
    assert slack.bot_token not in (out + err).decode()
