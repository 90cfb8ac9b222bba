"""The commands that only look: status, health, logs."""

from __future__ import annotations

import asyncio

from ops.engine.world import Live
from ops.errors import Failed, OpsError
from ops.model import Colour, ColourState, HealthAnswer
from ops.results import ColourReport, Health, Logs, Status
from ops.runbooks.context import Context


async def status(context: Context) -> Status:
    """`status`. Works with the proxy down: what is known is told, and what is not."""
    world, ledger = context.world, context.ledger
    live, problem = await _live(context)
    states = live.states if live else {colour: await world.stacks.state(colour) for colour in Colour}
    reports = await asyncio.gather(*(_report(context, states[colour], live) for colour in Colour))
    current = live.state if live else None
    target = current.previous if current else None
    return Status(
        live=live.colour if live else None,
        mode=live.proxy.mode if live else None,
        problem=problem,
        colours={report.state.colour: report for report in reports},
        rollback_to=target.version if target else None,
        database=await ledger.database_figures(f"{context.config.app.data_path}/{context.config.database.file}"),
        last_backup=await ledger.last_backup(),
        lock=await ledger.freeze(),
        operation=context.lock.holder(),
        url_port=context.config.proxy.port,
    )


async def _live(context: Context) -> tuple[Live | None, str | None]:
    try:
        live = await context.world.live()
    except OpsError as error:
        return None, error.message
    if live.problem:
        return live, live.sentence
    found = await context.world.proxy.configuration()
    return live, None if found.intact else "The proxy's configuration was edited by hand; `myfinance up` mends that."


async def _report(context: Context, state: ColourState, live: Live | None) -> ColourReport:
    answer = await context.world.stacks.health(state) if state.running else None
    return ColourReport(
        state=state,
        healthy=answer.good if answer else None,
        problem=answer.problem if answer else None,
        role=await _role(context, state, live),
    )


async def _role(context: Context, state: ColourState, live: Live | None) -> str:
    role = role_of(state, live)
    if role == "held" and state.run_id and await context.ledger.users_left(state.colour, since_run=state.run_id):
        return "former"
    return role


def role_of(state: ColourState, live: Live | None) -> str:
    """What a colour is for now: live, standby (what a rollback goes to), held (verified, waiting), idle or absent. Only the record
    tells that one which seems held is the former one: users were on it, and were taken away."""
    if not state.exists:
        return "absent"
    if live is None or live.colour is None:
        return "idle"
    if state.colour == live.colour:
        return "live"
    current = live.state
    if current and current.previous and state.release and state.release.image_id == current.previous.image_id:
        return "standby"
    return "held" if state.running else "idle"


async def health(context: Context) -> Health:
    """`health`: every running colour on its own, and the live one through the proxy, asked now."""
    world = context.world
    live, problem = await _live(context)
    states = live.states if live else {colour: await world.stacks.state(colour) for colour in Colour}
    running = [state for state in states.values() if state.running]
    answers = await asyncio.gather(*(world.stacks.health(state) for state in running))
    colours: dict[Colour, HealthAnswer | None] = dict.fromkeys(Colour)
    colours.update(zip((state.colour for state in running), answers, strict=True))
    through = HealthAnswer(live.proxy.status if live else None, "", problem)
    return Health(live.colour if live else None, colours, through, live.proxy.mode if live else None)


async def logs(context: Context) -> Logs:
    """`logs [blue|green|proxy] [--lines N]`: the live colour's when none is named.

    Raises:
        Failed: there is no such container, or nothing is live to choose.
    """
    source, lines = context.arguments.get("source"), context.arguments["lines"]
    world, config = context.world, context.config
    if source == "proxy":
        if await world.proxy_container.find() is None:
            raise Failed("There is no proxy container.", "Run `myfinance up`.")
        return Logs("proxy", await world.docker.logs(config.proxy_container, lines))
    colour = Colour(source) if source else (await world.live()).colour
    if colour is None:
        raise Failed("Nothing is live; name the log you want.", "`logs blue`, `logs green` or `logs proxy`.")
    if not (await world.stacks.state(colour)).exists:
        raise Failed(f"There is no container on {colour}.", "`status` tells which colours there are.")
    return Logs(colour.value, await world.stacks.logs(colour, lines))
