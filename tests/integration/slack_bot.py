"""The real bot on the real door (authorisation, lock, ledger) in the sandbox's Slack; only the world is a stage: its releases
take place when the test says so. No Docker is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.groups import SlackGroups
from bot.preflight import require_settings
from bot.service import Bot
from bot.slack_app import slack_client
from bot.sockets import Patience
from handlers.messages import gallery_backups as backup_samples
from handlers.messages import gallery_content as samples
from ops.access import Access
from ops.config import Config
from ops.engine.world import World
from ops.errors import EngineDown, Evidence, Failed, OpsError
from ops.events import Step
from ops.ledger import Ledger
from ops.lock import OperationLock
from ops.model import Colour, HealthAnswer, Mode
from ops.operations import Operations
from ops.results import BackupDone, BackupRow, Backups, Changed, Disk, DrillDone, Health, Logs, Preview, Result, Status
from ops.runbooks import record
from ops.runbooks.context import Context, Runbook
from ops.runbooks.recover import PROXY
from ops.runbooks.schedule import schedule, schedule_run
from sandbox.slack import SlackSandbox

OPS, GENERAL, RANDOM = "C0OPS", "C0GENERAL", "C0RANDOM"
ADA, OLGA, VIC, NINA = "U0ADA", "U0OLGA", "U0VIC", "U0NEW"

STEPS = (
    Step("pull", "Get the image"),
    Step("start", "Start it on the idle colour"),
    Step("switch", "Send users to it"),
    Step("soak", "Watch it with users on it"),
)
# Impatient, so that a test need not wait for what production waits for.
IMPATIENT = Patience(look=0.1, connect=2, disconnected=0.5, first_pause=0.1, longest_pause=0.5, ping=1)


@dataclass
class Stage:
    """The world as the test wants it."""

    live: str = "Users are on v1.1.0 (blue)."
    health: Health | Exception = field(default_factory=lambda: good_health())
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)  # every deploy and rollback that began, as typed
    looks: list[str] = field(default_factory=list)  # every question about the world, as typed
    recoveries: int = 0
    backup_problem: OpsError | None = None  # what the next backups fail with
    disk: Disk = field(default_factory=lambda: backup_samples.disk(samples.ORDINARY))
    restored: list[str] = field(default_factory=list)  # every restore that began, as typed
    recovered: Changed = field(default_factory=lambda: Changed("Nothing was interrupted.", ""))

    def hold(self, *steps: str) -> None:
        """Deploys wait in these steps until they are let go."""
        self.gates.update({step: asyncio.Event() for step in steps})

    def let_go(self, *steps: str) -> None:
        """On with it; with no step named, all of them."""
        for step in steps or tuple(self.gates):
            self.gates[step].set()

    async def live_sentence(self) -> str:
        """The part of World that the door uses."""
        return self.live

    # -- the runbooks -----------------------------------------------------------------------------------------------

    async def deploy(self, context: Context) -> Changed:
        """v1.3.0 never becomes healthy; the others go well."""
        run, version = context.run, context.arguments["version"]
        self.runs.append(run.command)
        await run.begin(f"Deploy {version}", STEPS)
        for step in STEPS:
            async with run.step(step) as scope:
                if step.name == "switch":
                    await run.begin_switch()
                    self.live = f"Users are on {version} (green)."
                if gate := self.gates.get(step.name):
                    await gate.wait()
                if step.name == "start" and version == "v1.3.0":
                    evidence = Evidence(
                        ("listening on 8080", "<!channel> boom"), "HTTP 503: starting", ("2_AddBudgets",)
                    )
                    raise Failed("v1.3.0 did not become healthy.", "Look at its log.", evidence=evidence)
                await scope.progress("half-way", 50)
                scope.detail = f"{step.name} is done"
        return Changed(f"{version} is live.", self.live, "`rollback` takes users back.", can_roll_back=True)

    async def rollback(self, context: Context) -> Changed:
        """Back to v1.1.0."""
        run = context.run
        self.runs.append(run.command)
        await run.begin("Roll back", STEPS[2:3] * 2)
        async with run.step(STEPS[2]):
            await run.begin_switch()
            self.live = "Users are on v1.1.0 (blue)."
        return Changed("Users are back on v1.1.0 (blue).", self.live)

    async def recover(self, context: Context) -> Changed:
        """What the test says."""
        await context.run.begin("Recover", (PROXY,))
        async with context.run.step(PROXY):
            pass
        for run in await context.ledger.unfinished():
            if run.id != context.run.id:
                await context.ledger.close_unfinished(run.id, "stopped", "It was interrupted, and undone.")
        self.recoveries += 1
        return self.recovered

    async def look(self, context: Context) -> Result:
        """status, health, logs, releases."""
        self.looks.append(context.run.command)
        match context.run.command.split()[0]:
            case "health":
                if isinstance(self.health, Exception):
                    raise self.health
                return self.health
            case "logs":
                return Logs("blue", ("one", "two"))
            case "releases":
                return samples.releases(samples.ORDINARY)
            case "backups":
                return Backups(recent_backups(), (), (), "backups", "")
            case "disk":
                return self.disk
            case "growth":
                return backup_samples.growth(samples.ORDINARY)
            case _:
                return status()

    async def backup(self, context: Context) -> BackupDone:
        """Taken, unless the test says what is in the way."""
        await context.run.begin("Back up the database", (Step("backup", "Copy the database"),))
        async with context.run.step(Step("backup", "Copy the database")):
            if gate := self.gates.get("backup"):
                await gate.wait()
            if self.backup_problem is not None:
                raise self.backup_problem
        done = backup_samples.backup_done(samples.ORDINARY)
        return replace(done, backup=_by_today(done.backup))

    async def drill(self, context: Context) -> DrillDone:
        """It goes well."""
        await context.run.begin("Drill", (Step("drill", "Restore it beside the world"),))
        return backup_samples.drill_done(samples.ORDINARY)

    async def verify(self, context: Context) -> Changed:
        """All are good."""
        await context.run.begin("Verify", (Step("verify", "Read them whole"),))
        return Changed("4 backups read whole, and good.", self.live)

    async def pin(self, context: Context) -> Changed:
        """It stays."""
        await context.run.begin("Pin", (Step("pin", "Pin it"),))
        return Changed(f"{context.arguments['name']} is pinned.", self.live)

    async def restore(self, context: Context) -> Changed:
        """It goes well."""
        self.restored.append(context.run.command)
        await context.run.begin("Restore", (Step("safety", "Take a safety backup"), Step("restore", "Restore it")))
        return Changed("myfinance.db is back to what it was.", self.live)

    async def preview(self, context: Context) -> Preview:
        """What a restore would do; a name with `missing` in it is none."""
        if "missing" in context.arguments["name"]:
            raise Failed(f"There is no backup {context.arguments['name']}.", "`backups` lists them.")
        return backup_samples.preview(samples.ORDINARY)

    def runbooks(self) -> dict[str, Runbook]:
        """The stage's own, and the record's real ones."""
        looks: dict[str, Any] = dict.fromkeys(("status", "health", "logs", "releases"), self.look)
        looks |= dict.fromkeys(("backups", "disk", "growth"), self.look)
        changes = {"deploy": self.deploy, "rollback": self.rollback, "recover": self.recover}
        data: dict[str, Any] = {
            "backup": self.backup,
            "backup verify": self.verify,
            "backup pin": self.pin,
            "drill": self.drill,
        }
        real = {
            "history": record.history,
            "audit": record.audit,
            "lock": record.lock,
            "unlock": record.unlock,
            "cancel": record.cancel,
            "whoami": record.whoami,
            "help": record.help_,
        }
        data |= {"restore": self.restore, "schedule": schedule, "schedule run": schedule_run(cast(Any, data))}
        return cast(dict[str, Runbook], {**looks, **changes, **data, **real})


async def until(seen: Callable[[], object], *, seconds: float = 10) -> None:
    """Wait for what nobody tells of."""
    async with asyncio.timeout(seconds):
        while not seen():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


def recent_backups() -> tuple[BackupRow, ...]:
    """The samples' backups, as old as they say by today's clock: the bot under test looks at the real one."""
    return tuple(_by_today(row) for row in backup_samples.backup_rows(samples.ORDINARY)[:4])


def _by_today(row: BackupRow) -> BackupRow:
    return replace(row, taken_at=datetime.now(UTC) - timedelta(seconds=row.age_seconds or 0))


def good_health(live: Colour = Colour.BLUE) -> Health:
    """Users get good answers; the other colour stands by and is well."""
    good = HealthAnswer(200, '{"status": "ok"}', None, "v1.1.0", 0.01)
    return Health(live, {Colour.BLUE: good, Colour.GREEN: good}, good, Mode.OPEN)


def bad_health() -> Health:
    """Users get 500s."""
    good, bad = HealthAnswer(200, "ok", None), HealthAnswer(500, "boom", "HTTP 500")
    return Health(Colour.BLUE, {Colour.BLUE: bad, Colour.GREEN: good}, bad, Mode.OPEN)


def engine_down() -> EngineDown:
    """Docker does not answer."""
    return EngineDown("The Docker Engine does not answer.", "Start it.")


def status() -> Status:
    """v1.2.0 is live on blue, the way back is known."""
    return samples.status(samples.ORDINARY)


@dataclass
class Rig:
    """A bot in service."""

    slack: SlackSandbox
    stage: Stage
    operations: Operations
    bot: Bot
    config: Config
    stop: asyncio.Event
    serving: asyncio.Task[None]

    async def shut_down(self) -> None:
        """What SIGTERM does."""
        self.stop.set()
        await self.serving


def configured(slack: SlackSandbox, state_dir: Path, /, **sections: dict[str, Any]) -> Config:
    """A configuration for this workspace: Ada is an admin, Olga an operator, everybody else may look."""
    wanted: dict[str, Any] = {
        "project": {"state_dir": state_dir},
        "access": {"admins": [ADA], "operators": [OLGA]},
        "slack": {
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "signing_secret": slack.signing_secret,
            "channel": OPS,
            "api_url": slack.api_url,
        },
        "reports": {"watch_seconds": 3600},
    }
    for name, keys in sections.items():
        wanted[name] = {**wanted.get(name, {}), **keys}
    return Config.model_validate(wanted)


@asynccontextmanager
async def operations_on(stage: Stage, config: Config, groups: SlackGroups | None = None) -> AsyncIterator[Operations]:
    """The real door, on a stage."""
    async with Ledger.open(config.project.state_dir) as ledger:
        lock = OperationLock(config.project.state_dir, config.locks.takeover_seconds)
        world = cast(World, stage)
        yield Operations(
            config, world, ledger, lock, Access(config.access, groups), stage.runbooks(), {"restore": stage.preview}
        )


@asynccontextmanager
async def serving(
    slack: SlackSandbox, config: Config, stage: Stage | None = None, *, connected: bool = True
) -> AsyncIterator[Rig]:
    """The bot, in service and (unless `connected` is False) connected."""
    stage = stage or Stage()
    require_settings(config.slack)
    async with slack_client(config.slack) as client, operations_on(stage, config, SlackGroups(client)) as operations:
        bot, stop = Bot(config, client, operations, operations.ledger, patience=IMPATIENT), asyncio.Event()
        task = asyncio.create_task(bot.run(stop))
        try:
            if connected and config.slack.mode == "socket":
                await slack.wait_until_connected(config.slack.sockets)
            await until(lambda: task.done() or (stage.recoveries > 0 and operations.holder() is None))
            yield Rig(slack, stage, operations, bot, config, stop, task)
        finally:
            stage.let_go()
            stop.set()
            await asyncio.gather(task, return_exceptions=True)
