"""Restore: the database put back to a backup, with a way back from that too."""

from __future__ import annotations

from ops.aio import until
from ops.database.model import Way
from ops.engine.world import Live
from ops.errors import Failed, OpsError
from ops.events import Step
from ops.model import ColourState
from ops.results import Preview, RestoreDone
from ops.runbooks.backing_up import listing, row_of
from ops.runbooks.context import Context
from ops.runbooks.proving import prove_healthy
from ops.runbooks.put_back import COMPARE, STEPS, PutBack
from ops.spelling import amount

PROVE = Step("prove", "See that the application works on it")
_SEEN_SECONDS = 5.0  # for nginx to learn the address of a container that was started again


class Restore:
    """One restore. `run()` is the runbook."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._world = context.run, context.world
        self._work: PutBack

    async def run(self) -> RestoreDone:
        """Compare, stage, hold, back up what is there, put back, prove; then let requests through.

        Raises:
            Failed: it could not be done; the message says what the database is now.
        """
        name = self._context.arguments["name"]
        await self._run.begin(f"Restore {name}", (*STEPS, PROVE))
        async with self._world.worker.work(self._run.id) as worker:
            work = self._work = PutBack(self._context, worker, name)
            async with self._run.step(COMPARE) as step:
                await work.compare(step)
            await work.stage()
            async with work.held():
                await work.exchange(self.prove)
        safety = work.safety.name if work.safety else ""
        return RestoreDone(
            summary=f"The database is what it was at {work.manifest.name}; requests were held for {work.held_seconds:.1f} s.",
            live=await self._world.live_sentence(),
            next_step=f"What it was before is in {safety}: `restore {safety}` goes back." if safety else _aside(work),
            backup=row_of(work.manifest, await self._context.ledger.backup_record(work.manifest.name)),
            safety=safety,
            way=work.way,
            held_seconds=work.held_seconds,
        )

    async def prove(self) -> None:
        """The live colour answers well on the restored database; one that was stopped is started first, and the standby too.

        Raises:
            Failed: the live colour does not.
        """
        async with self._run.step(PROVE) as step:
            live = await self._world.live()
            state = live.state
            if state is None:
                step.detail = "nothing is live"
                return
            if state.colour in self._work.stopped:
                await self._world.stacks.start(state.colour)
                state = await self._world.stacks.state(state.colour)
            if not state.running:
                step.detail = f"{state.colour} did not run before, and does not now"
                return
            await prove_healthy(self._world, state, step, self._context.config.deploy.health_successes)
            await self._reached(state)
            await self._start_standby(live)

    async def _reached(self, state: ColourState) -> None:
        """It may have another address than before, and users must not be let in before nginx knows it."""

        async def seen() -> bool | None:
            return True if await self._world.proxy.sees(state.colour) == state.address else None

        if await until(seen, seconds=_SEEN_SECONDS, every=0.05) is None:
            raise Failed(f"nginx does not reach {state.colour} at {state.address}.", "Look at the proxy: `logs proxy`.")

    async def _start_standby(self, live: Live) -> None:
        standby = live.idle
        if standby not in self._work.stopped:
            return
        try:
            await self._world.stacks.start(standby)
        except OpsError as error:
            await self._run.note(f"The standby {standby} could not be started again: {error.what}", "warning")


def _aside(work: PutBack) -> str:
    return f"The damaged files of before are kept on the volume as {work.set_aside}." if work.set_aside else ""


async def restore(context: Context) -> RestoreDone:
    """`restore NAME`."""
    return await Restore(context).run()


async def preview(context: Context) -> Preview:
    """What `restore NAME` would do."""
    async with context.world.worker.work("") as worker:  # a preview is no recorded run
        work = PutBack(context, worker, context.arguments["name"])
        await work.compare()
    name = work.manifest.name
    return await previewed(context, work, f"restore {name}", f"Restore {name}", _steps(work), ())


def _steps(work: PutBack) -> tuple[str, ...]:
    reason = work.comparison.way_reason
    if work.way is Way.LIVE:
        hold = "Requests that change things get 503 meanwhile; readers go on."
        put = f"The copy is written into the open database ({reason})."
    else:
        hold = "Every user gets the maintenance page meanwhile, and both colours are stopped."
        put = f"The database file is exchanged ({reason}); then the colours are started and proven healthy."
    safety = "A verified safety backup of the database as it is now is taken; nothing is written without it."
    if work.comparison.live_problem is not None:
        safety = f"No safety backup can be taken: {work.comparison.live_problem} Its files stay on the volume."
    return (
        f"A private copy of {work.manifest.name} is made and verified.",
        hold,
        safety,
        put,
        "It is checked again; if anything is wrong, the safety backup is put back.",
    )


async def previewed(
    context: Context, work: PutBack, command: str, title: str, steps: tuple[str, ...], warnings: tuple[str, ...]
) -> Preview:
    """The preview of what a comparison has found."""
    found = work.comparison
    if found.free_bytes < found.needed_bytes:
        warnings = (
            *warnings,
            f"It needs {amount(found.needed_bytes)} on the volume's disk, and {amount(found.free_bytes)} are free.",
        )
    return Preview(
        command=command,
        title=title,
        phrase=context.config.database.file,
        steps=steps,
        warnings=(*found.warnings, *warnings, *await _newer_release(context, work)),
        backup=row_of(found.manifest, await context.ledger.backup_record(found.manifest.name)),
        way=found.way,
        tables=found.tables,
        migrations_lost=found.migrations_lost,
        migrations_back=found.migrations_back,
        releases=await _fitting(context, work),
        needed_bytes=found.needed_bytes,
        free_bytes=found.free_bytes,
    )


async def _fitting(context: Context, work: PutBack) -> tuple[str, ...]:
    """Releases that ran when a backup with the very same migrations was taken."""
    found, _ = await listing(context)
    migrations = work.manifest.facts.migrations
    ran = {
        one.manifest.release
        for one in found.entries
        if one.manifest and one.manifest.release and one.manifest.facts.migrations == migrations
    }
    return tuple(sorted(ran))


async def _newer_release(context: Context, work: PutBack) -> tuple[str, ...]:
    if not work.comparison.migrations_lost:
        return ()
    try:
        state = (await context.world.live()).state
    except OpsError:
        return ()
    carried = state.release.version if state and state.release else "The live release"
    return (f"{carried} may know migrations that the backup has not; it applies those again when it starts.",)
