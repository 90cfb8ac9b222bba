"""A registry that takes its time: who does not want to wait any more does not have to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from ops.events import StepFailed
from tests.house import House, moved_in
from tests.place import Place, free_ports

TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = json.dumps(
    {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64]}}
)
SIZE, DRIP, DRIP_SECONDS = 10_000_000, 100_000, 0.05


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass
class SlowRegistry:
    """One image, the only layer of which comes drop by drop, or not at all."""

    port: int
    drips: bool
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def repository(self) -> str:
        """The image, without a tag."""
        return f"127.0.0.1:{self.port}/money/server"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """As much of the registry protocol as a pull asks for."""
        if "/manifests/" in request.path:
            layer = {
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "size": SIZE,
                "digest": "sha256:" + "2" * 64,
            }
            config = {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(CONFIG),
                "digest": digest(CONFIG),
            }
            text = json.dumps({"schemaVersion": 2, "mediaType": TYPE, "config": config, "layers": [layer]})
            return web.Response(text=text, content_type=TYPE, headers={"Docker-Content-Digest": digest(text)})
        if request.path.endswith(digest(CONFIG)):
            return web.Response(text=CONFIG)
        return await self._layer(request) if "/blobs/" in request.path else web.Response()

    async def _layer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(SIZE)})
        await response.prepare(request)
        self.asked.set()
        try:
            for _ in range(SIZE // DRIP):
                if self.drips:
                    await response.write(bytes(DRIP))
                await asyncio.sleep(DRIP_SECONDS)
        except (ConnectionError, asyncio.CancelledError):
            self.left.set()
            raise
        return response


@asynccontextmanager
async def a_slow_registry(*, drips: bool) -> AsyncIterator[SlowRegistry]:
    (port,) = free_ports(1)
    registry = SlowRegistry(port, drips)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", registry.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield registry
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_house_of(registry: SlowRegistry, place: Place, tmp_path: Path) -> AsyncIterator[House]:
    async with moved_in(place, tmp_path / "state", app={"image": registry.repository}) as house:
        await house.furnish()
        yield house


@pytest.mark.parametrize("drips", [True, False], ids=["slow", "stuck"])
async def test_a_deploy_that_is_cancelled_while_it_pulls_ends_at_once(
    place: Place, tmp_path: Path, drips: bool
) -> None:
    async with a_slow_registry(drips=drips) as registry, a_house_of(registry, place, tmp_path) as house:
        deploy = await house.begin("deploy v1.2.0", until="pull")
        await asyncio.wait_for(registry.asked.wait(), 10)

        cancelled = time.monotonic()
        assert (await house.say("cancel")).ok
        said = await deploy

        assert time.monotonic() - cancelled < 2
        assert said.steps(StepFailed) == ["pull"]
        assert "cancelled it" in said.text
        assert await house.holder() is None
        if drips:
            await asyncio.wait_for(registry.left.wait(), 10)  # the engine gave the pull up as well


async def test_ctrl_c_ends_the_terminal_s_command_as_soon(place: Place, tmp_path: Path) -> None:
    async with a_slow_registry(drips=False) as registry, a_house_of(registry, place, tmp_path) as house:
        toml = house.write_toml(tmp_path / "myfinance.toml")
        words = [
            "-c",
            "import sys; from bot.cli import main; sys.exit(main())",
            "--config",
            str(toml),
            "deploy",
            "v1.2.0",
        ]
        process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE, stderr=STDOUT)
        await asyncio.wait_for(registry.asked.wait(), 10)

        process.send_signal(signal.SIGINT)
        told, _ = await asyncio.wait_for(process.communicate(), 5)

        assert process.returncode == 1
        assert "was stopped" in told.decode()
