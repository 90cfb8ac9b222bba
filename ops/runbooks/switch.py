"""Switch: users to the other colour, after proving it healthy (the second half of `deploy --hold`, or by a person's wish)."""

from __future__ import annotations

from ops.errors import Failed
from ops.events import Step
from ops.model import Colour, ColourState
from ops.results import Changed
from ops.runbooks import settle
from ops.runbooks.context import Context
from ops.runbooks.proving import prove_healthy, smoke, switch_users

FIND = Step("find", "Find the colour to switch to")
HEALTH = Step("health", "Wait until it is healthy")
SMOKE = Step("smoke", "Send it the smoke requests")
SWITCH = Step("switch", "Send users to it")


async def switch(context: Context) -> Changed:
    """`switch [COLOUR]`: the idle colour when none is named.

    Raises:
        Failed: that colour is live already, does not run, or is not healthy; users stay where they are.
    """
    run, world = context.run, context.world
    wanted: Colour | None = context.arguments.get("colour")
    await run.begin(f"Switch to {wanted or 'the idle colour'}", (FIND, HEALTH, SMOKE, SWITCH, *settle.STEPS))
    async with run.step(FIND) as step:
        live = await world.live()
        target = wanted or live.idle
        state = live.states[target]
        _check(live.colour, state)
        step.detail = f"to {state}"
    async with run.step(HEALTH) as step:
        await prove_healthy(world, state, step, context.config.deploy.health_successes)
    async with run.step(SMOKE) as step:
        await smoke(world, state, step)
    async with run.step(SWITCH) as step:
        switched = await switch_users(world, run, live.proxy, state, step)
    return await settle.settle(context, live.state, state, switched)


def _check(live: Colour | None, state: ColourState) -> None:
    if state.colour == live:
        raise Failed(f"{state} is live already.", f"`switch {state.colour.other}` would send users to the other.")
    if not state.exists:
        raise Failed(
            f"There is nothing on {state.colour} to switch to.", "Put a release there: `deploy VERSION --hold`."
        )
    if not state.running:
        raise Failed(
            f"{state} does not run, so users cannot be sent there.",
            "`deploy VERSION` puts a release there. `rollback` starts a stopped standby: `status` names what it goes to.",
        )
