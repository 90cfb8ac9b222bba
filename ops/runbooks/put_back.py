"""Putting the database back to a backup: what `restore` and `rollback --with-data` share.

The order never bends: compare, stage a private verified copy, hold what changes things until no request of before can get through,
take a verified safety backup, and only then write. Whatever goes wrong after that, the safety backup is put back the same way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from ops.aio import finish, until
from ops.database.model import (
    Comparison,
    InspectRequest,
    Manifest,
    Restored,
    RestoreRequest,
    Staged,
    StageRequest,
    StatusRequest,
    SweepRequest,
    Way,
    Why,
)
from ops.database.status import DatabaseStatus
from ops.engine.worker import Work
from ops.engine.worker_output import unheard
from ops.engine.world import Live, World
from ops.errors import Failed, OpsError, Stopped
from ops.events import Step
from ops.model import Colour, Mode
from ops.run import StepScope
from ops.runbooks.backing_up import recorded, take
from ops.runbooks.context import Context
from ops.runbooks.quiesce import quiesced
from ops.spelling import amount, counted

COMPARE = Step("compare", "Compare the backup with the database")
STAGE = Step("stage", "Make a private, verified copy of it")
HOLD = Step("hold", "Hold requests")
SAFETY = Step("safety", "Back up what is there now")
RESTORE = Step("restore", "Put the copy in its place")
STEPS = (COMPARE, STAGE, HOLD, SAFETY, RESTORE)

_UNDO_SECONDS = 60.0  # what is left of the longest hold for putting the safety backup back


class PutBack:
    """One restore, by one worker: starting one for each step would hold requests longer. `whole`: all users get the maintenance
    page meanwhile, even where readers could stay."""

    def __init__(self, context: Context, work: Work, name: str, *, whole: bool = False) -> None:
        self._context, self._work = context, work
        self._run, self._world, self._config = context.run, context.world, context.config
        self._name, self._whole = name, whole
        self._live: Live
        self._staged: Staged | None = None
        self.comparison: Comparison
        self.safety: Manifest | None = None
        self.set_aside: str | None = None
        self.held_seconds = 0.0
        self.stopped: tuple[Colour, ...] = ()  # the colours to start again at the end

    @property
    def way(self) -> Way:
        """How it is done."""
        return self.comparison.way

    @property
    def manifest(self) -> Manifest:
        """The backup."""
        return self.comparison.manifest

    async def compare(self, scope: StepScope | None = None) -> Comparison:
        """Both sides, read; nothing is changed.

        Raises:
            Failed: there is no such backup, it is of another application, or it is not the one that was recorded.
        """
        answers = await self._work.ask(InspectRequest(self._name), tell=scope.progress if scope else unheard)
        self.comparison = answers[Comparison]
        await recorded(self._context, self.manifest)
        if scope:
            changed = counted(len(self.comparison.tables), "table differs", "tables differ")
            scope.detail = f"{self.manifest.name}: {changed}; {self.comparison.way_reason}"
        return self.comparison

    async def stage(self) -> None:
        """The copy, beside the database; it is removed again when it is not used."""
        async with self._run.step(STAGE) as step:
            self._staged = await self._stage(self.manifest, self._run.id, step)
            step.detail = f"{amount(self.manifest.bytes)}, verified"

    async def _stage(self, manifest: Manifest, run_id: str, step: StepScope) -> Staged:
        live = self.comparison.live
        request = StageRequest(
            name=manifest.name,
            run_id=run_id,
            journal_mode=live.journal_mode if live else None,
            known_sha256=manifest.manifest_sha256,
            deadline_seconds=self._config.backups.deadline_seconds,
        )
        return (await self._work.ask(request, tell=step.progress))[Staged]

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Inside, nothing changes the database: requests are held and, to exchange the file, both colours are stopped. At the end
        what was stopped runs again, and requests are let through as before."""
        began = time.monotonic()
        # Whoever comes first waits for the way back to an open door: it starts the application again, which takes its time.
        self._run.ask_patience(self._config.proxy.quiesce_limit_seconds + _UNDO_SECONDS)
        try:
            async with AsyncExitStack() as stack:
                stack.push_async_callback(self._clean_up)
                async with self._run.step(HOLD) as step:
                    self._live = await self._world.live()
                    page = self._whole or self.way is Way.REPLACE
                    if self._live.colour is not None:
                        mode = Mode.MAINTENANCE if page else Mode.READ_ONLY
                        await stack.enter_async_context(quiesced(self._world, self._run, mode))
                    step.detail = (
                        "every user gets the maintenance page" if page else "requests that change things get 503"
                    )
                    if self.way is Way.REPLACE:
                        stack.push_async_callback(self._start_again)
                        await self._stop(step)
                yield
        finally:
            self.held_seconds = time.monotonic() - began

    async def _stop(self, step: StepScope) -> None:
        running = tuple(state.colour for state in self._live.states.values() if state.running)
        self.stopped = running
        await self._context.ledger.save_stopped(self._run.id, running)
        await step.progress("stopping the application")
        await self._stop_colours(running)
        if running:
            step.detail += f"; {' and '.join(running)} stopped"

    async def _stop_colours(self, colours: Iterable[Colour]) -> None:
        """Stop them side by side, and wait for each also when one fails or this is cancelled: a start that met a container on its
        way down would do nothing."""

        async def stops() -> list[BaseException | None]:
            return await asyncio.gather(*(self._world.stacks.stop(one) for one in colours), return_exceptions=True)

        for ended in await finish(stops()):
            if ended is not None:
                raise ended

    async def _start_again(self) -> None:
        await finish(self._start_stopped())

    async def _start_stopped(self) -> None:
        """Never raises: why the restore failed is what a person must read. What is missing then, `recover` mends."""
        try:
            self._run.fence()
            if await start_colours(self._world, self.stopped):
                await self._context.ledger.save_stopped(self._run.id, ())
                return
            problem = "it did not become healthy."
        except OpsError as error:
            problem = error.what
        self._run.left_behind = True
        await self._run.note(f"The application could not be started again: {problem} Try `recover`.", "warning")

    async def exchange(self, prove: Callable[[], Awaitable[None]]) -> None:
        """The safety backup, then the deed, then `prove`, which raises when what is there now does not serve. From the deed on a
        request to stop waits for the end.

        Raises:
            Failed: it could not be done, and the database is what it was before unless the message says otherwise.
        """
        async with self._run.step(SAFETY) as step:
            await self._back_up(step)
        async with self._run.uninterruptible():
            self._run.fence()
            try:
                async with self._run.step(RESTORE) as step:
                    await self._write(step)
                await prove()
            except OpsError as error:
                undone = await finish(self._undo(error))
                raise Failed(f"{error.what} {undone}", error.next_step, evidence=error.evidence) from error
            except BaseException as error:  # the longest hold is over, or this process is being ended
                await self._run.note(await finish(self._undo(error)), "warning")
                raise
            if self._run.stop_reason is not None:
                await self._run.note(f"The database was put back to {self.manifest.name} before the stop.", "warning")

    async def _back_up(self, step: StepScope) -> None:
        problem = self.comparison.live_problem
        if problem is not None:  # looked at before requests were held: it may have been mended, or made anew, since
            problem = (await self._work.ask(InspectRequest(self._name)))[Comparison].live_problem
        if problem is None:
            note = f"before {self._run.command}"
            self.safety = (await take(self._context, Why.SAFETY, note, step, self._work, self._live)).manifest
            return
        await self._run.note(
            f"{problem} So no safety backup of it can be taken; its files are kept on the volume.", "warning"
        )
        step.detail = "not possible: what is there is damaged or missing"

    async def _write(self, step: StepScope) -> None:
        assert self._staged is not None
        limit = min(self._config.backups.deadline_seconds, self._config.proxy.quiesce_limit_seconds / 2)
        self.set_aside = (await self._put(self._staged, limit, step)).set_aside
        self._staged = None
        step.detail = f"{self.manifest.name} is in place and checked again"
        if self.set_aside:
            step.detail += f"; the damaged files are kept as {self.set_aside}"

    async def _put(self, staged: Staged, limit: float, step: StepScope) -> Restored:
        request = RestoreRequest(staged.file, self.way, limit, keep_old=self.safety is None)
        answers = await self._work.ask(request, StatusRequest(), tell=step.progress)
        await self._context.ledger.save_database(answers[DatabaseStatus])
        return answers[Restored]

    async def _undo(self, error: BaseException) -> str:
        """Put the safety backup back, the same way: also when nothing seems to have been written, for then it changes nothing.

        Raises:
            Failed: it could not be put back, and the database is not what it was.
            Stopped: another command has taken over; the database is its own by now.
        """
        self._run.fence()
        if self.safety is None:
            return "There is no safety backup, because what was there before was damaged; its files are on the volume."
        scope = StepScope(self._run, RESTORE)
        await self._run.note(f"Putting the safety backup {self.safety.name} back.", "warning")
        try:
            if self.way is Way.REPLACE:
                await self._stop_colours(Colour)
            staged = await self._stage(self.safety, f"{self._run.id}-undo", scope)
            self._run.fence()
            await self._put(staged, _UNDO_SECONDS, scope)
        except Stopped:
            raise
        except OpsError as second:
            written = self._staged is None  # rows are counted, not compared: after a deed that proves nothing
            if written or not await self._is_as_before():
                raise Failed(
                    f"{_what(error)} The safety backup {self.safety.name} could not be put back: {second.what}",
                    f"Say `restore {self.safety.name}` when that is mended: it is what the database was before.",
                ) from second
        return f"The database is what it was before ({self.safety.name})."

    async def _is_as_before(self) -> bool:
        assert self.safety is not None
        try:
            found = (await self._work.ask(InspectRequest(self.safety.name)))[Comparison]
        except OpsError:
            return False
        return found.live_problem is None and not (found.tables or found.migrations_lost or found.migrations_back)

    async def _clean_up(self) -> None:
        """The private copies, when they were not used. Never raises: the next backup's or recover's sweep finds them too."""
        await finish(self._sweep())

    async def _sweep(self) -> None:
        if self._staged is None:
            return
        alive = tuple(self._context.living.ids() - {self._run.id})
        try:
            await self._work.ask(SweepRequest(alive))
        except OpsError as error:
            await self._run.note(f"A private copy may be left on the volume: {error.what}", "warning")


async def start_colours(world: World, colours: Iterable[Colour]) -> bool:
    """Start colours that were stopped for a restore, and wait until nginx reaches the live one and it answers well, or the time
    a release has for that is over: users are let in after this. False when it does not answer well by then.

    Raises:
        Failed: one could not be started.
    """
    for colour in colours:
        await world.stacks.start(colour)
    live = (await world.proxy.state()).colour
    if live is None or live not in colours:
        return True

    async def well() -> bool | None:
        state = await world.stacks.state(live)
        good = (await world.stacks.health(state)).good
        return True if good and await world.proxy.sees(live) == state.address else None

    return await until(well, seconds=world.config.deploy.health_deadline_seconds, every=0.1) is not None


def _what(error: BaseException) -> str:
    return error.what if isinstance(error, OpsError) else "The restore was ended."
