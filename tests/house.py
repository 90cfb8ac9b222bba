"""A world for a test: a project with its own name, ports, network and volumes, on the engine that is there.

Tests speak to it as a person does: `await house.say("deploy v1.2.0")`, then look at what users get.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.aio import until
from ops.build import operations
from ops.config import Config
from ops.engine.ask import Answer, NoAnswer, ask
from ops.engine.world import World
from ops.events import Event, Note, StepDone, StepFailed, StepStarted, ignore
from ops.model import Actor, Colour, Door
from ops.operations import Operations
from ops.parser import parse, split
from ops.results import Holder, Outcome, Status
from sandbox.engine import Images
from tests.furnish import furnish, in_volume
from tests.place import ADA_ID, OLGA_ID, VIC_ID, Place, a_place

OLGA = Actor(OLGA_ID, "Olga", Door.SLACK)
VIC = Actor(VIC_ID, "Vic", Door.SLACK)
ADA = Actor(ADA_ID, "Ada", Door.SLACK)


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
    furnished: bool = False
    runs: list[asyncio.Task[Said]] = field(default_factory=list)

    async def say(self, line: str, actor: Actor = OLGA, *, confirmed: bool = False) -> Said:
        """A person says something, and has typed what a preview asked for when `confirmed`; what came of it."""
        assert self.furnished, "a test says first what stands in its house"
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

    async def furnish(self, *versions: str, anew: bool = False) -> None:
        """Given: these releases run on blue and green, and users are on the last of them; with none, an empty world without a
        database. The database of the test before stays with them, unless it all is made `anew` (tests/furnish.py)."""
        if anew:
            await furnish(self.world, self.config)
        await furnish(self.world, self.config, *versions)
        self.furnished = True

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
        return await in_volume(self.config, sys.executable, "-c", script, json.dumps(statements))

    async def shell(self, script: str) -> str:
        """Run a shell script as root in the folder of the database; what it writes."""
        return await in_volume(self.config, "sh", "-c", script)

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


def _toml(value: Any) -> str:
    """A value as TOML; JSON's strings, numbers and booleans are TOML's too."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)


@asynccontextmanager
async def moved_in(place: Place, state_dir: Path, **sections: dict[str, Any]) -> AsyncIterator[House]:
    """A house in a place, with a record, backups and settings of its own. What stands there from the test before is still there:
    say which releases are wanted with `furnish`."""
    settings = place.settings(state_dir, **sections)
    config = Config.model_validate(settings)
    async with operations(config) as door, World.connect(config) as world:
        done = await door.run(parse(["up"]), Actor("root", "root", Door.TERMINAL), ignore)
        assert done.exit_code == 0, done.error
        house = House(config, door, world, settings)
        yield house
        await door.shutdown("the test is over")
        if house.runs:
            await asyncio.wait(house.runs)


@asynccontextmanager
async def a_house(images: Images, state_dir: Path, **sections: dict[str, Any]) -> AsyncIterator[House]:
    """A house in a place of its own: network, volume and proxy are made for it, and removed with it."""
    with a_place(images) as place:
        async with moved_in(place, state_dir, **sections) as house:
            house.furnished = True  # nothing stands there, and nobody was there before
            yield house
