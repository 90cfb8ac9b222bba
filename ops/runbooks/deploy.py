"""Deploy: a new release beside the live one, proven before users see it and watched after they do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ops.aio import finish
from ops.database.model import Why
from ops.engine.proxy import Applied
from ops.engine.worker import Work
from ops.errors import EngineDown, Failed, OpsError
from ops.events import Step
from ops.model import ColourState, Release
from ops.results import Changed
from ops.runbooks import settle
from ops.runbooks.backing_up import take
from ops.runbooks.context import Context
from ops.runbooks.preflight import Ready, already_live, check_ready
from ops.runbooks.proving import prove_healthy, smoke, switch_users
from ops.runbooks.resolve import resolve
from ops.spelling import counted

PREFLIGHT = Step("preflight", "Check that everything is ready")
PULL = Step("pull", "Get the image")
BACKUP = Step("backup", "Back up the database")
START = Step("start", "Start it on the idle colour")
HEALTH = Step("health", "Wait until it is healthy")
SMOKE = Step("smoke", "Send it the smoke requests")
SWITCH = Step("switch", "Send users to it")

UNTIL_HOLD = (PREFLIGHT, PULL, BACKUP, START, HEALTH, SMOKE)


class Deploy:
    """One deploy. `run()` is the runbook; each method below it is one line of it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._world, self._config = context.run, context.world, context.config
        self._version: str = context.arguments["version"]
        self._hold: bool = bool(context.arguments.get("hold"))
        self._work: Work  # one worker for the whole run: starting one takes longer than what it does
        self._ready: Ready
        self._release: Release
        self._new: ColourState

    async def run(self) -> Changed:
        """The runbook. Until the switch, a failure removes the new colour and users never notice.

        Between backup and start stands, with the issue on migrations, the rehearsal.

        Raises:
            Failed: a step did not reach its goal.
        """
        title = f"Deploy {self._version}" + (", holding before the switch" if self._hold else "")
        await self._run.begin(title, UNTIL_HOLD if self._hold else (*UNTIL_HOLD, SWITCH, *settle.STEPS))
        async with self._world.worker.work(self._run.id) as self._work:
            await self.preflight()
            await self.pull()
            await self.backup()
            async with self._removed_unless_switched():
                await self.start()
                await self.health()
                await self.smoke()
                if self._hold:
                    return self._held()
                switched = await self.switch()
            old = self._ready.live.state
            return await settle.settle(self._context, old, self._new, switched, self._work)

    async def preflight(self) -> None:
        """Everything a deploy needs, looked at before anything changes."""
        async with self._run.step(PREFLIGHT) as step:
            self._ready = await check_ready(self._world, self._work, self._version)
            await self._context.ledger.save_database(self._ready.database)
            live, idle = self._ready.live, self._ready.live.idle
            step.detail = f"{live.sentence} {self._version} goes to {idle}."

    async def pull(self) -> None:
        """From the tag to the image id, which is what the run holds on to from here."""
        async with self._run.step(PULL) as step:
            self._release = await resolve(self._world, self._version, step)
            live = self._ready.live
            carried = live.state.release if live.state else None
            if carried and not live.problem and carried.image_id == self._release.image_id:
                problem = already_live(self._version, carried.version)
                raise Failed(problem.what, problem.next_step)

    async def backup(self) -> None:
        """No good backup, no deploy: the new release applies its migrations to the shared database as soon as it starts."""
        async with self._run.step(BACKUP) as step:
            if self._ready.database.bytes is None:
                step.detail = f"there is no {self._config.database.file} yet, so there is nothing to back up"
                return
            try:
                await take(self._context, Why.DEPLOY, f"before {self._version}", step, self._work)
            except EngineDown:
                raise
            except OpsError as error:
                raise Failed(
                    f"There is no good backup of the database, so {self._version} was not started: {error.what}",
                    error.next_step,
                ) from error

    async def start(self) -> None:
        """The idle colour, made anew from the release. What stood there is no longer needed once its requests are done."""
        live = self._ready.live
        async with self._run.step(START) as step:
            await self._world.proxy.drain_leftovers()
            await self._world.stacks.remove(live.idle)
            previous = live.state.release if live.state else None
            await self._world.stacks.create(live.idle, self._release, previous, self._run.id)
            await self._world.stacks.start(live.idle)
            self._new = await self._world.stacks.state(live.idle)
            step.detail = f"{self._version} runs on {live.idle}, port {self._config.colours.port(live.idle)}"

    async def health(self) -> None:
        """Good answers in a row, from the colour itself, that name this release."""
        async with self._run.step(HEALTH) as step:
            await prove_healthy(self._world, self._new, step, self._config.deploy.health_successes)

    async def smoke(self) -> None:
        """The configured requests."""
        async with self._run.step(SMOKE) as step:
            await smoke(self._world, self._new, step)

    async def switch(self) -> Applied:
        """Users go over. From here only a rollback takes them back."""
        async with self._run.step(SWITCH) as step:
            proxy = (await self._world.live()).proxy
            return await switch_users(self._world, self._run, proxy, self._new, step)

    def _held(self) -> Changed:
        port = self._config.colours.port(self._new.colour)
        return Changed(
            summary=f"{self._version} is verified and waits on {self._new.colour}, port {port}; users are not on it yet.",
            live=self._ready.live.sentence,
            next_step="`switch` sends users to it.",
        )

    @asynccontextmanager
    async def _removed_unless_switched(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException as error:
            if await finish(self._users_never_moved()):
                migrations = await finish(self._take_back())
                if isinstance(error, OpsError):
                    error.evidence = replace(error.evidence, migrations=migrations)
                elif migrations:  # a run that was stopped ends without evidence
                    await finish(self._tell(migrations))
            raise

    async def _users_never_moved(self) -> bool:
        """Also true when nginx would not take the switch up: the old configuration is in force again then."""
        if not self._run.switch_begun:
            return True
        try:
            return (await self._world.proxy.itself()).colour is not self._new.colour
        except OpsError:
            return False  # not known: a colour that may have users is not removed

    async def _take_back(self) -> tuple[str, ...]:
        """Remove the new colour. Returns the migrations it has applied to the shared database: those stay.

        Never raises: why the deploy failed is what a person must read, not why its cleanup did.
        """
        idle = self._ready.live.idle
        try:
            if self._run.switch_begun:  # nginx may have sent users there for a moment
                await self._world.proxy.drain_leftovers()
            # Looked at last: a command that took over meanwhile may have made its own here, and sent users to it.
            if (await self._world.stacks.state(idle)).run_id == self._run.id:
                await self._world.stacks.remove(idle)
        except OpsError as error:
            self._run.left_behind = True
            await self._run.note(
                f"What had been started on {idle} could not be removed: {error.what} `recover` removes it.", "warning"
            )
        try:
            return await self._new_migrations()
        except OpsError as error:
            await self._run.note(
                f"Which migrations {self._version} has applied to the shared database is not known: {error.what}",
                "warning",
            )
            return ()

    async def _new_migrations(self) -> tuple[str, ...]:
        database = await self._work.status()
        await self._context.ledger.save_database(database)
        return tuple(sorted(set(database.migrations) - set(self._ready.database.migrations)))

    async def _tell(self, migrations: tuple[str, ...]) -> None:
        many = counted(len(migrations), "migration")
        told = (
            f"What {self._version} had already applied to the shared database stays: {many} ({', '.join(migrations)})."
        )
        await self._run.note(told, "warning")


async def deploy(context: Context) -> Changed:
    """`deploy VERSION [--hold]`."""
    return await Deploy(context).run()
