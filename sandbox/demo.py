"""`make demo`: the whole thing on this machine. A Slack workspace on a page, the real bot, a real engine, v1.1.0 live.

It uses the program as its users do: by its command line and over the wire; it imports nothing of it. What it starts carries a
project name of its own and is removed at the end, and before the next start when an end was cut short.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.engine import Images, ensure_images
from sandbox.slack import SlackSandbox

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = (sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())")
PROJECT_LABEL = "io.myfinance.ops.project"  # what the program writes on everything it creates
CHANNEL = "C0OPS"
FIRST_RELEASE = "v1.1.0"
SECONDS_TO_END = 60


@dataclass(frozen=True)
class Options:
    """Where the demo lives. Ports that are taken are replaced by free ones."""

    project: str
    page_port: int
    port: int
    requests_per_second: float

    @property
    def folder(self) -> Path:
        """Its configuration and state."""
        return ROOT / "build" / self.project


def free_port(wanted: int) -> int:
    """The port itself when nobody listens on it, else one that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise RuntimeError("there is no free port on loopback")


def configuration(options: Options, images: Images, slack: SlackSandbox, port: int) -> dict[str, dict[str, Any]]:
    """The demo's settings: like production's, with names and ports of its own, and quick enough to watch."""
    name = options.project
    return {
        "project": {"name": name, "network": f"{name}-network", "state_dir": "state"},
        "database": {"volume": f"{name}-data", "worker_image": images.ops},
        "colours": {"blue_port": free_port(5101), "green_port": free_port(5102)},
        "proxy": {"image": images.nginx, "bind": "127.0.0.1", "port": port, "admin_port": free_port(8091)},
        "deploy": {"free_disk_mb": 100, "health_deadline_seconds": 15},
        "soak": {"seconds": 20},
        "access": {"admins": ["U0ADA"], "operators": ["U0OLGA"], "viewers": ["U0VIC"], "terminal": "operator"},
        "slack": {
            "bot_token": "xoxb-sandbox-bot",
            "app_token": "xapp-sandbox-app",
            "channel": CHANNEL,
            "api_url": slack.api_url,
        },
        "logs": {"format": "text", "level": "warning"},
    }


def write_toml(path: Path, settings: dict[str, dict[str, Any]]) -> None:
    """Settings as TOML: JSON's strings, numbers and lists are TOML's too."""
    sections = []
    for section, values in settings.items():
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        sections.append("\n".join([f"[{section}]", *lines]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(sections) + "\n")
    path.chmod(0o600)


def remove_everything(project: str) -> None:
    """Containers, volumes and networks that carry the demo's label."""
    label = f"label={PROJECT_LABEL}={project}"
    for listing, removal in (
        (("ps", "-aq"), ("rm", "-f")),
        (("volume", "ls", "-q"), ("volume", "rm", "-f")),
        (("network", "ls", "-q"), ("network", "rm")),
    ):
        found = subprocess.run(["docker", *listing, "--filter", label], capture_output=True, text=True, check=True)
        if ids := found.stdout.split():
            subprocess.run(["docker", *removal, *ids], capture_output=True, check=False)


async def say(toml: Path, *words: str) -> None:
    """Run one command of the program; its output is shown only when it fails."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        "--config",
        str(toml),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"myfinance {' '.join(words)} failed:\n{output.decode()}")


@asynccontextmanager
async def serving(toml: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a process; told to end, and waited for, at the end."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "--config", str(toml), "serve", cwd=ROOT, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), SECONDS_TO_END)
        except TimeoutError:
            process.kill()
            await process.wait()


async def traffic(url: str, requests_per_second: float) -> None:
    """A few users, so that the soak has something to see. Their failures are what the demo is about: they are not told."""
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{url}/api/accounts") as answer:
                    await answer.read()
            await asyncio.sleep(1 / requests_per_second)


async def fill(url: str) -> None:
    """A few accounts and transactions, through the proxy as users would."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for number, amount in enumerate(("1200.00", "-45.90", "-12.50"), 1):
            entry = {"accountId": 1, "amount": amount, "description": f"demo {number}"}
            async with session.post(f"{url}/api/transactions", json=entry):
                pass


def welcome(options: Options, page: str, url: str) -> str:
    """What a person reads when everything is up."""
    return f"""
  The page:      {page}
  The API:       curl {url}/api/health     ({FIRST_RELEASE} is live)

  You are Olga, an operator, in #myfinance-ops. Try, in this order:
    /myfinance deploy v1.2.0      a good release: watch one message fill with ticks
    /myfinance rollback           users are back on {FIRST_RELEASE} at once
    /myfinance deploy v1.3.0      never becomes healthy: users never notice
    /myfinance deploy v1.4.0      turns bad with users on it: switched back by itself
    /myfinance help

  {options.requests_per_second:g} requests a second go through the proxy meanwhile, so that the soak has something to see.
  Ctrl-C ends the demo and removes its containers.
"""


async def run(options: Options) -> None:
    """The whole demo, until SIGINT or SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    images = await asyncio.to_thread(ensure_images)
    await asyncio.to_thread(remove_everything, options.project)
    toml, port = options.folder / "myfinance.toml", free_port(options.port)
    url = f"http://127.0.0.1:{port}"
    try:
        async with SlackSandbox(port=free_port(options.page_port), manifest=ROOT / "manifest.yml") as slack:
            write_toml(toml, configuration(options, images, slack, port))
            for words in (("up",), ("deploy", FIRST_RELEASE)):
                print(f"  myfinance {' '.join(words)} …", flush=True)
                await say(toml, *words)
            await fill(url)
            users = asyncio.create_task(traffic(url, options.requests_per_second))
            async with serving(toml) as bot:
                await slack.wait_for(lambda workspace: workspace.sockets > 0, timeout=30)
                print(welcome(options, slack.url, url), flush=True)
                ended = asyncio.create_task(bot.wait())
                stopping = asyncio.create_task(over.wait())
                await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                print("  The demo ends …", flush=True)
            users.cancel()
    finally:
        await asyncio.to_thread(remove_everything, options.project)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description="Try MyFinance Ops on this machine.")
    parser.add_argument("--project", default="myfinance-demo", help="the name that everything it starts carries")
    parser.add_argument("--page-port", type=int, default=3000)
    parser.add_argument("--port", type=int, default=8080, help="where the API is, through the proxy")
    parser.add_argument("--requests-per-second", type=float, default=5.0)
    given = parser.parse_args(arguments)
    options = Options(given.project, given.page_port, given.port, given.requests_per_second)
    os.makedirs(options.folder, exist_ok=True)
    asyncio.run(run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
