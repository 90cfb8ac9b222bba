"""Deploy and roll back from the App Home: a modal says what will happen and asks, its submit runs the command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.ask import ask
from handlers.buttons import click_id
from handlers.deps import Deps
from handlers.guard import Body, Listener, guarded, in_background
from handlers.messages import home, modals
from handlers.messages.error import error_message
from handlers.messages.message import View
from handlers.messages.notices import not_allowed, stopping
from handlers.outbox import Unsent
from handlers.people import actor_of
from handlers.replies import InModal
from ops.errors import UsageError
from ops.model import Actor
from ops.parser import parse
from ops.results import Releases, Status, Whoami

log = structlog.get_logger(__name__)

Values = dict[str, Any]

_TITLES = {"deploy": "Deploy", "rollback": "Roll back"}


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen for the App Home's two buttons and for the submits of their modals."""

    async def open_deploy(body: Body) -> None:
        await _open(deps, body, "deploy")

    async def open_rollback(body: Body) -> None:
        await _open(deps, body, "rollback")

    app.action(home.DEPLOY)(in_background(deps, "click", click_id, open_deploy))
    app.action(home.ROLL_BACK)(in_background(deps, "click", click_id, open_rollback))
    app.view(modals.DEPLOY)(_submit(deps, "deploy", _deploy_words, modals.VERSION))
    app.view(modals.ROLL_BACK)(_submit(deps, "rollback", _rollback_words, modals.REASON))


async def _open(deps: Deps, body: Body, command: str) -> None:
    """Open at once (the trigger lives three seconds), then fill in what the engine says."""
    actor, title = actor_of(body), _TITLES[command]
    try:
        view_id = await deps.outbox.open_modal(body["trigger_id"], modals.loading(title))
        await deps.outbox.update_modal(view_id, await _content(deps, actor, command, title))
    except Unsent as refusal:
        log.warning("a modal could not be shown", user=actor.id, command=command, problem=refusal.problem)


async def _content(deps: Deps, actor: Actor, command: str, title: str) -> View:
    """What the modal asks. The role is looked at here, at the click, and again by the door when the command runs."""
    if deps.tasks.closing:
        return modals.told(title, stopping())
    me = await deps.door.run(parse(("whoami",)), actor)
    if isinstance(me.result, Whoami) and command not in me.result.commands:
        return modals.told(title, not_allowed(me.result.role, command))
    wanted = "releases" if command == "deploy" else "status"
    answer = await deps.door.run(parse((wanted,)), actor)
    if answer.error is not None:
        return modals.told(title, error_message(answer.error, wanted))
    if isinstance(answer.result, Releases):
        return modals.deploy_modal(answer.result)
    assert isinstance(answer.result, Status)
    return modals.rollback_modal(answer.result)


def _submit(deps: Deps, command: str, words_of: Callable[[Values], tuple[str, ...]], input_id: str) -> Listener:
    """A listener for a modal's submit: bad input is shown below it, good input runs, the answer comes into the modal."""
    title = _TITLES[command]

    async def run(body: Body) -> None:
        actor = actor_of(body)
        reply = InModal(
            deps.outbox,
            view_id=body["view"]["id"],
            title=title,
            user=actor.id,
            operations_channel=deps.channel,
        )
        if deps.tasks.closing:
            await reply.tell(stopping())
            return
        await ask(deps, words_of(body["view"]["state"]["values"]), actor, reply)

    async def once(body: Body) -> None:
        # A view can be submitted once: what is delivered again has the same id and hash.
        if await deps.dedup.is_first("view", f"{body['view']['id']}:{body['view']['hash']}"):
            await run(body)

    @guarded
    async def on_submit(ack: AsyncAck, body: Body) -> None:
        try:
            parse(words_of(body["view"]["state"]["values"]))
        except UsageError as error:
            await ack(**modals.errors(input_id, error.message))
            return
        await ack(response_action="update", view=modals.working(title).body)
        deps.tasks.start(once(body), f"submit {command}")

    return on_submit


def _deploy_words(values: Values) -> tuple[str, ...]:
    picked = values[modals.VERSION][modals.VERSION]["selected_option"]
    held = values[modals.HOLD][modals.HOLD].get("selected_options")
    return ("deploy", picked["value"], *(("--hold",) if held else ()))


def _rollback_words(values: Values) -> tuple[str, ...]:
    reason = values[modals.REASON][modals.REASON].get("value") or ""
    return ("rollback", *reason.split())
