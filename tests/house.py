"""A world of its own for a test: a project with its own name, ports, network and volumes, on the engine that is there.

Tests speak to it as a person does: `await house.say("deploy v1.2.0")`, then look at what users get.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ops.aio import until
from ops.build import operations
from ops.config import Config
from ops.engine import labels
from ops.engine.ask import Answer, NoAnswer, ask
from ops.engine.world import World
from ops.events import Event, Note, StepDone, StepFailed, StepStarted
from ops.model import Actor, Colour, Door
from ops.operations import Operations
from ops.parser import parse, split
from ops.results import Holder, Outcome, Status
from sandbox.engine import Images

_FIRST_PORT, _PORTS_EACH = 20_000, 3_000  # four processes of tests side by side, all below the ephemeral range
OLGA = Actor("U0OLGA", "Olga", Door.SLACK)
VIC = Actor("U0VIC", "Vic", Door.SLACK)
ADA = Actor("U0ADA", "Ada", Door.SLACK)
IN_ONE_HOUSE = pytest.mark.asyncio(
    loop_scope="module"
)  # for tests that share a house of their file, and so its event loop


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody has right now, below the range from which outgoing connections get theirs: a port that
    is used only later (the idle colour's) must not be taken by a passing client meanwhile."""
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    found: list[int] = []
    while len(found) < count:
        port = _FIRST_PORT + mine * _PORTS_EACH + secrets.randbelow(_PORTS_EACH)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


def house_settings(images: Images, state_dir: Path, **sections: dict[str, Any]) -> dict[str, Any]:
    """A configuration with a name and ports of its own, quick enough for tests; `sections` are laid over it."""
    name = f"mftest-{secrets.token_hex(3)}"
    blue, green, proxy, admin = free_ports(4)
    base: dict[str, dict[str, Any]] = {
        "project": {"name": name, "network": f"{name}-network", "state_dir": str(state_dir)},
        "database": {"volume": f"{name}-data", "worker_image": images.ops},
        "colours": {"blue_port": blue, "green_port": green},
        "proxy": {
            "image": images.nginx,
            "bind": "127.0.0.1",
            "port": proxy,
            "admin_port": admin,
            "keepalive_min_timeout_seconds": 3,
            "longest_request_seconds": 10,
            "shutdown_timeout_seconds": 14,
        },
        "deploy": {
            "free_disk_mb": 10,
            "health_successes": 2,
            "health_interval_seconds": 0.1,
            "health_deadline_seconds": 20,
        },
        "soak": {"seconds": 0.5},
        "backups": {"dir": str(state_dir.parent / "backups"), "min_free_mb": 1},
        "prune": {"keep_images": 100},  # the sample's images belong to everybody on this engine
        "access": {"operators": [OLGA.id], "admins": [ADA.id], "viewers": [VIC.id], "terminal": "operator"},
    }
    for section, values in sections.items():
        base.setdefault(section, {}).update(values)
    return base


@dataclass
class Said:
    """What came of saying something: how it ended, and every event on the way."""

    outcome: Outcome
    events: list[Event]

    @property
    def ok(self) -> bool:
        """True when it was done."""
        return self.outcome.exit_code == 0

    @property
    def text(self) -> str:
        """What a person reads at the end."""
        if self.outcome.error is not None:
            return self.outcome.error.message
        result: Any = self.outcome.result
        return f"{result.summary} {result.live} {result.next_step}" if hasattr(result, "summary") else repr(result)

    @property
    def notes(self) -> str:
        """Everything it told besides its steps."""
        return " ".join(event.text for event in self.events if isinstance(event, Note))

    def steps(self, kind: type[StepDone] | type[StepFailed] | type[StepStarted]) -> list[str]:
        """Names of the steps with an event of that kind, in order."""
        return [event.step for event in self.events if isinstance(event, kind)]


@dataclass
class House:
    """The test's world."""

    config: Config
    operations: Operations
    world: World
    settings: dict[str, Any]
    runs: list[asyncio.Task[Said]] = field(default_factory=list)

    async def say(self, line: str, actor: Actor = OLGA, *, confirmed: bool = False) -> Said:
        """A person says something, and has typed what a preview asked for when `confirmed`; what came of it."""
        events: list[Event] = []

        async def listen(event: Event) -> None:
            events.append(event)

        return Said(await self.operations.run(parse(split(line)), actor, listen, confirmed=confirmed), events)

    async def begin(self, line: str, until: str, actor: Actor = OLGA, *, confirmed: bool = False) -> asyncio.Task[Said]:
        """A person says something that takes a while; returns when step `until` has begun."""
        reached, events = asyncio.Event(), list[Event]()

        async def listen(event: Event) -> None:
            events.append(event)
            if isinstance(event, StepStarted) and event.step == until:
                reached.set()

        async def run() -> Said:
            return Said(await self.operations.run(parse(split(line)), actor, listen, confirmed=confirmed), events)

        task = asyncio.create_task(run())
        self.runs.append(task)
        waiting = asyncio.create_task(reached.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        assert reached.is_set(), f"{line} ended before {until}: {task.result().text}"
        return task

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return Path(self.config.backups.dir)

    async def sql(self, *statements: str) -> str:
        """Run SQL on the database in a process beside the application; what the last statement answers, a row a line.

        As root, on the volume's folder of this host: what SQLite makes beside a database gets that one's owner.
        """
        script = (
            "import json, sqlite3, sys\n"
            "database = sqlite3.connect('myfinance.db', timeout=10, isolation_level=None)\n"
            "rows = [database.execute(line).fetchall() for line in json.loads(sys.argv[1])]\n"
            "print('\\n'.join('|'.join(map(str, row)) for row in rows[-1]))\n"
        )
        return await self._in_volume(sys.executable, "-c", script, json.dumps(statements))

    async def shell(self, script: str) -> str:
        """Run a shell script as root in the folder of the database; what it writes."""
        return await self._in_volume("sh", "-c", script)

    async def _in_volume(self, *command: str) -> str:
        show = ("docker", "volume", "inspect", "--format={{.Mountpoint}}", self.config.database.volume)
        return await _output(*command, cwd=await _output(*show))

    async def holder(self) -> Holder | None:
        """What runs now."""
        return self.operations.holder()

    async def status(self) -> Status:
        """The answer of `status`."""
        result = (await self.say("status")).outcome.result
        assert isinstance(result, Status)
        return result

    @property
    def url(self) -> str:
        """Where users are."""
        return f"http://127.0.0.1:{self.config.proxy.port}"

    async def get(self, path: str = "/api/accounts", method: str = "GET", body: str | None = None) -> Answer:
        """One request as a user, over a new connection."""
        return await ask(self.url + path, seconds=15, method=method, body=body)

    async def release(self) -> str:
        """The release that answers users now."""
        return (await self.get()).headers.get("x-release", "none")

    async def exists(self, colour: Colour) -> bool:
        """True when a colour has a container, running or not."""
        return await self.world.docker.container(self.config.container(colour)) is not None

    async def wait_for_release(self, version: str, seconds: float = 10) -> None:
        """Wait until users get this release."""

        async def there() -> bool:
            try:
                return await self.release() == version
            except NoAnswer:
                return False

        deadline = asyncio.get_running_loop().time() + seconds
        while not await there():
            assert asyncio.get_running_loop().time() < deadline, f"users never got {version}"
            await asyncio.sleep(0.02)

    async def wait_for_live(self, colour: Colour, seconds: float = 5) -> bool:
        """True as soon as the proxy says that a colour is live and answers."""

        async def live() -> bool | None:
            now = await self.world.live()
            return True if now.colour is colour and now.problem is None else None

        return bool(await until(live, seconds=seconds, every=0.05))

    def write_toml(self, path: Path) -> Path:
        """This house's configuration as a file, for processes of their own."""
        lines = []
        for section, values in self.settings.items():
            lines.append(f"[{section}]")
            lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
        path.write_text("\n".join(lines) + "\n")
        return path


async def _output(*command: str, cwd: str | None = None) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=cwd)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()


def _toml(value: Any) -> str:
    """A value as TOML; JSON's strings, numbers and booleans are TOML's too."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)


@asynccontextmanager
async def a_house(images: Images, state_dir: Path, **sections: dict[str, Any]) -> AsyncIterator[House]:
    """A house with network, volume and proxy; removed at the end, with everything that carries its label."""
    settings = house_settings(images, state_dir, **sections)
    config = Config.model_validate(settings)
    try:
        async with AsyncExitStack() as stack:
            door = await stack.enter_async_context(operations(config))
            world = await stack.enter_async_context(World.connect(config))
            house = House(config, door, world, settings)
            said = await house.say("up", Actor("root", "root", Door.TERMINAL))
            assert said.ok, said.text
            yield house
            await door.shutdown("the test is over")
            if house.runs:
                await asyncio.wait(house.runs)
    finally:
        await asyncio.to_thread(tear_down, config.project.name)


def tear_down(project: str) -> None:
    """Remove every container, volume and network of a project, by its label."""
    label = f"label={labels.PROJECT}={project}"
    for listing, removal in (
        (["docker", "ps", "-aq", "--filter", label], ["docker", "rm", "-f"]),
        (["docker", "volume", "ls", "-q", "--filter", label], ["docker", "volume", "rm", "-f"]),
        (["docker", "network", "ls", "-q", "--filter", label], ["docker", "network", "rm"]),
    ):
        ids = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
        if ids:
            subprocess.run([*removal, *ids], capture_output=True, check=False)
