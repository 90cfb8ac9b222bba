"""A command that must be confirmed: a modal says what it would do and asks for the database's name, its submit runs it."""

from __future__ import annotations

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.deps import Deps
from handlers.guard import Body, guarded
from handlers.messages import confirm, modals
from handlers.messages.confirm import CONFIRM, PHRASE, Asking
from handlers.messages.error import error_message
from handlers.messages.message import Message, View
from handlers.messages.notices import button_gone, stopping
from handlers.outbox import Unsent
from handlers.people import actor_of
from handlers.replies import InModal, Reply
from handlers.runs import run_in_channel
from handlers.shelf import Prepared
from ops.errors import UsageError
from ops.model import Actor
from ops.parser import Invocation, parse, split
from ops.results import Preview

log = structlog.get_logger(__name__)


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen for the submit."""

    @guarded
    async def on_submit(ack: AsyncAck, body: Body) -> None:
        view = body["view"]
        asking = Asking.unpacked(view["private_metadata"])
        typed = view["state"]["values"][PHRASE][PHRASE].get("value") or ""
        if typed.strip() != asking.phrase:
            await ack(**modals.errors(PHRASE, f"That is not {asking.phrase}. Nothing was done."))
            return
        await ack(response_action="update", view=modals.working(view["title"]["text"]).body)
        deps.tasks.start(_once(deps, body, asking), "submit of a confirmation")

    app.view(CONFIRM)(on_submit)


async def ask_first(deps: Deps, invocation: Invocation, actor: Actor, reply: Reply, trigger_id: str | None) -> None:
    """Show what the command would do, and ask. The modal is opened at once: a trigger lives three seconds, the look at the
    database may take longer."""
    title = confirm.title_of(invocation.command.name)
    view_id = await _open(deps, trigger_id, title)
    outcome = await deps.door.run(invocation, actor)
    preview = outcome.result
    if not isinstance(preview, Preview):
        assert outcome.error is not None
        await _tell(deps, view_id, title, error_message(outcome.error, invocation.text), reply)
        return
    if view_id is None:
        await reply.tell(confirm.preview_message(preview, deps.slash))
        return
    prepared = await deps.shelf.prepare(Prepared(tuple(split(preview.command))))
    if prepared is None:
        no_record = "The record cannot be written, so nothing can be confirmed here."
        error = UsageError(no_record, "In a terminal on the host the same command works.")
        await _tell(deps, view_id, title, error_message(error, invocation.text), reply)
        return
    await _show(deps, view_id, confirm.confirm_modal(preview, invocation.command.name, prepared))


async def _open(deps: Deps, trigger_id: str | None, title: str) -> str | None:
    """The id of an open modal; None where none can be opened."""
    if trigger_id is None:
        return None
    try:
        return await deps.outbox.open_modal(trigger_id, modals.loading(title))
    except Unsent as refusal:
        log.warning("a confirmation could not be opened", problem=refusal.problem)
        return None


async def _tell(deps: Deps, view_id: str | None, title: str, message: Message, reply: Reply) -> None:
    if view_id is None or not await _show(deps, view_id, modals.told(title, message)):
        await reply.tell(message)


async def _show(deps: Deps, view_id: str, view: View) -> bool:
    """False when the modal is gone (the person closed it)."""
    try:
        await deps.outbox.update_modal(view_id, view)
    except Unsent as refusal:
        log.info("a confirmation was closed before it was filled", problem=refusal.problem)
        return False
    return True


async def _once(deps: Deps, body: Body, asking: Asking) -> None:
    view, actor = body["view"], actor_of(body)
    # A view can be submitted once: what is delivered again has the same id and hash.
    if not await deps.dedup.is_first("view", f"{view['id']}:{view['hash']}"):
        return
    title, channel = view["title"]["text"], deps.channel
    reply = InModal(deps.outbox, view_id=view["id"], title=title, user=actor.id, operations_channel=channel)
    if deps.tasks.closing:
        await reply.tell(stopping())
        return
    prepared = await deps.shelf.take(asking.prepared)
    if prepared is None:
        await reply.tell(button_gone())
        return
    await run_in_channel(deps, parse(prepared.words), actor, reply, confirmed=True)
