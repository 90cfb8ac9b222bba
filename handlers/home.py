"""The App Home: what is live and what was run, told anew each time somebody opens it, with the way into the modals."""

from __future__ import annotations

import asyncio

import structlog
from slack_bolt.async_app import AsyncApp

from handlers.buttons import click_id
from handlers.deps import Deps
from handlers.guard import Body, in_background
from handlers.messages.home import REFRESH, home_view
from handlers.outbox import Unsent
from handlers.people import actor_of
from ops.errors import OpsError
from ops.model import Actor, Role
from ops.parser import parse
from ops.results import History, Outcome, Status, Whoami

log = structlog.get_logger(__name__)

_SHOWN_RUNS = "8"


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen for the App Home and its Refresh button."""

    async def opened(body: Body) -> None:
        if body["event"].get("tab", "home") == "home":
            await show_home(deps, actor_of(body))

    async def refresh(body: Body) -> None:
        await show_home(deps, actor_of(body))

    app.event("app_home_opened")(in_background(deps, "event", lambda body: str(body["event_id"]), opened))
    app.action(REFRESH)(in_background(deps, "click", click_id, refresh))


async def show_home(deps: Deps, actor: Actor) -> None:
    """Ask all the Home shows and publish it."""
    me = await deps.door.run(parse(("whoami",)), actor)
    if not isinstance(me.result, Whoami):
        log.error("whoami has no answer", actor=actor.id, error=str(me.error))
        return
    status: Status | OpsError | None = None
    history: History | None = None
    if me.result.role is not Role.NOBODY:
        states, runs = await asyncio.gather(
            deps.door.run(parse(("status",)), actor), deps.door.run(parse(("history", _SHOWN_RUNS)), actor)
        )
        status = _status(states)
        history = runs.result if isinstance(runs.result, History) else None
    try:
        await deps.outbox.publish_home(actor.id, home_view(me.result, status, history, deps.slash))
    except Unsent as refusal:
        log.warning("the App Home could not be shown", user=actor.id, problem=refusal.problem)


def _status(outcome: Outcome) -> Status | OpsError | None:
    return outcome.result if isinstance(outcome.result, Status) else outcome.error
