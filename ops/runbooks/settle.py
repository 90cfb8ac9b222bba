"""What follows a switch: watch the new colour with users on it, go back when it turns bad, let the old requests finish."""

from __future__ import annotations

from ops.aio import beside
from ops.engine.proxy import Applied
from ops.engine.worker import DatabaseWorker, Work
from ops.engine.world import World
from ops.errors import Evidence, Failed, OpsError
from ops.events import Step
from ops.model import ColourState, Mode
from ops.results import Changed
from ops.run import StepScope
from ops.runbooks.context import Context
from ops.runbooks.proving import evidence, switch_users
from ops.runbooks.soak import soak

SOAK = Step("soak", "Watch it with users on it")
DRAIN = Step("drain", "Let the old requests finish")
STEPS = (SOAK, DRAIN)


class TurnedBad(Failed):
    """The soak's verdict."""


async def settle(
    context: Context,
    old: ColourState | None,
    new: ColourState,
    switched: Applied | None,
    worker: Work | DatabaseWorker | None = None,
) -> Changed:
    """Soak, then drain; `old` is what users were on before (None when nothing was live). `switched` is None when the switch
    was made by a run that was interrupted: its old workers are then told by their titles. `worker`: the run's own, if it has one.

    Raises:
        Failed: the release turned bad. Users are back on `old`, unless the message says otherwise.
    """
    run, world, config = context.run, context.world, context.config
    try:
        # Its migrations are applied by now, and a look at the database may take as long as starting a worker.
        async with beside(_look_at_database(context, worker or world.worker)), run.step(SOAK) as scope:
            if bad := await soak(world, config, new, scope):
                raise TurnedBad(f"{new} turned bad with users on it: {bad}.", "")
    except TurnedBad as error:
        await _switch_back(context, old, new, error)
    async with run.step(DRAIN) as scope:
        waited = await (world.proxy.drain(switched.old_workers) if switched else world.proxy.drain_leftovers())
        scope.detail = f"the old workers were gone after {waited:.1f} s"
        if old is not None and old.exists and config.deploy.standby == "stopped":
            await world.stacks.stop(old.colour)
            scope.detail += f"; {old} was stopped and stands by"
    if new.release is not None:
        await context.ledger.save_live_release(new.release.version)
    mode = (await world.proxy.itself()).mode
    return done(new, old, f"Users are on {new}." if mode is Mode.OPEN else await world.live_sentence())


async def _look_at_database(context: Context, worker: Work | DatabaseWorker) -> None:
    """For `status`: the database after the release's migrations."""
    try:
        await context.ledger.save_database(await worker.status())
    except OpsError as error:
        await context.run.note(f"The database's figures could not be read: {error.what}", "warning")


def done(new: ColourState, old: ColourState | None, live: str) -> Changed:
    """The result of a release that stood its soak. A rollback goes where the new colour's labels say: after a `switch` that need
    not be where users came from."""
    before = new.previous is not None
    next_step = f"`rollback` takes users back to {new.previous}." if before else ""
    if old is not None and old.release is not None:
        if new.previous is not None and old.release.image_id == new.previous.image_id:
            next_step = f"`rollback` takes users back to {old}."
        else:
            next_step = f"`switch {old.colour}` takes users back to {old}."
            next_step += f" `rollback` would go to {new.previous}." if before else ""
    return Changed(summary=f"{new} is live.", live=live, next_step=next_step, can_roll_back=before)


async def _switch_back(context: Context, old: ColourState | None, new: ColourState, bad: TurnedBad) -> None:
    run, world = context.run, context.world
    if old is None or not (now := await world.stacks.state(old.colour)).running:
        raise Failed(
            f"{bad.what} There is no running old colour to go back to, so users are still on it.",
            "Deploy a good release now, or show the maintenance page: `maintenance on`.",
            evidence=await _evidence(world, new),
        ) from bad
    answer = await world.stacks.health(now)
    if not answer.good:
        raise Failed(
            f"{bad.what} The old colour {now} is not healthy either ({answer.problem}), so users were not moved.",
            "Look at both: `health`, `logs blue`, `logs green`; then `rollback`, or `maintenance on`.",
            evidence=await _evidence(world, new),
        ) from bad
    await run.note(f"{bad.what} Switching users back to {now}.", "warning")
    scope = StepScope(run, SOAK)
    # Users first: the bad release may hang, and what it still has to say can wait.
    back = await switch_users(world, run, await world.proxy.itself(), now, scope)
    found = await _evidence(world, new)
    await world.proxy.drain(back.old_workers)
    await world.stacks.stop(new.colour)  # kept, stopped: its log is what the morning needs
    raise Failed(
        f"{bad.what} Users were switched back to {now} automatically.",
        f"`logs {new.colour}` still has its log. Mend the release and deploy it under a new version.",
        evidence=found,
    ) from bad


async def _evidence(world: World, state: ColourState) -> Evidence:
    return await evidence(world, state, await world.stacks.health(state))
