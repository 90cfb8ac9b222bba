"""Maintenance: every user gets the maintenance page, until a person opens again."""

from __future__ import annotations

from ops.engine.nginx_config import Wanted
from ops.errors import Failed
from ops.events import Step
from ops.model import Mode
from ops.results import Changed
from ops.runbooks.context import Context
from ops.runbooks.quiesce import PERSON, hold

HOLD = Step("hold", "Show the maintenance page and let the requests on their way finish")
OPEN = Step("open", "Let users in again")


async def maintenance(context: Context) -> Changed:
    """`maintenance on|off [REASON]`; said twice it does nothing twice.

    Raises:
        Failed: nothing is live (users get a 503 page already), or nginx did not take it up.
    """
    run, world = context.run, context.world
    on = context.arguments["state"] == "on"
    step = HOLD if on else OPEN
    await run.begin(f"Maintenance {'on' if on else 'off'}", (step,))
    async with run.step(step) as scope:
        now = await world.live()
        if now.colour is None:
            raise Failed("Nothing is live, so users get a 503 page already.", "Release something: `deploy VERSION`.")
        if on == (now.proxy.mode is Mode.MAINTENANCE):
            scope.detail = "it was so already"
        elif on:
            await hold(world, Mode.MAINTENANCE, PERSON)
            scope.detail = "no request reaches a colour any more"
        else:
            await world.proxy.apply(Wanted(now.colour, Mode.OPEN))
            scope.detail = "users are let in"
    live = await world.live_sentence()
    if on:
        return Changed("Every user gets the maintenance page.", live, "`maintenance off` lets them in again.")
    return Changed("Users are let in again.", live)
