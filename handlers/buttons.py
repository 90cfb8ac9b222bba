"""The buttons of messages: Cancel, Roll back, Refresh, Back up, Verify, Pin. Each carries an opaque id; what it does is in the record.

The role is checked by the door at the moment of the click, as for a typed command: whoever sees a button may click it, and is
refused (and that refusal recorded) when they may not.
"""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from handlers.ask import ask
from handlers.deps import Deps
from handlers.guard import Body, in_background
from handlers.messages.backups import BACK_UP, PIN, VERIFY
from handlers.messages.notices import button_gone, button_stale, stopping
from handlers.messages.progress import CANCEL, ROLL_BACK
from handlers.messages.status import REFRESH
from handlers.people import actor_of
from handlers.replies import Ephemeral
from handlers.shelf import Prepared
from ops.model import Actor
from ops.parser import parse
from ops.results import History

_MOVES_USERS = ("deploy", "rollback", "switch")


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen for clicks."""

    async def click(body: Body) -> None:
        actor, action = actor_of(body), body["actions"][0]
        reply = Ephemeral(
            deps.outbox,
            response_url=body["response_url"],
            channel=body["channel"]["id"],
            user=actor.id,
            replaces=action["action_id"] == REFRESH,
        )
        if deps.tasks.closing:
            await reply.tell(stopping())
            return
        prepared = await deps.shelf.take(action["value"])
        if prepared is None:
            await reply.tell(button_gone())
        elif action["action_id"] == ROLL_BACK and (newer := await _newer_run(deps, prepared, actor)):
            await reply.tell(button_stale(newer, deps.slash))
        else:
            await ask(deps, prepared.words, actor, reply, body["trigger_id"])

    for action_id in (CANCEL, ROLL_BACK, REFRESH, BACK_UP, VERIFY, PIN):
        app.action(action_id)(in_background(deps, "click", click_id, click))


def click_id(body: Body) -> str:
    """What makes a click one click: the same button clicked again later has another `action_ts`."""
    action = body["actions"][0]
    return f"{body['user']['id']}:{action['action_id']}:{action['action_ts']}"


async def _newer_run(deps: Deps, prepared: Prepared, actor: Actor) -> str | None:
    """The command that moved users after the run this button belongs to: the button would now take back that one instead.

    When the record cannot tell, the button works: a rollback is not refused because a database is broken.
    """
    outcome = await deps.door.run(parse(("history", "50")), actor)
    if not isinstance(outcome.result, History):
        return None
    for run in outcome.result.runs:  # newest first
        if run.id == prepared.run_id:
            return None
        if run.state in ("done", "running") and run.command.split()[0] in _MOVES_USERS:
            return run.command
    return None
