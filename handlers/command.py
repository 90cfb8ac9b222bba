"""The slash command: every row of the table of commands, typed in any channel."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.ask import ask
from handlers.deps import Deps
from handlers.guard import Body, guarded, in_background
from handlers.messages.notices import stopping
from handlers.people import actor_of
from handlers.replies import Ephemeral


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen for the slash command."""

    async def work(body: Body) -> None:
        actor = actor_of(body)
        reply = Ephemeral(deps.outbox, response_url=body["response_url"], channel=body["channel_id"], user=actor.id)
        if deps.tasks.closing:  # since its ack
            await reply.tell(stopping())
            return
        await ask(deps, str(body.get("text") or ""), actor, reply, body["trigger_id"])

    take = in_background(deps, "command", lambda body: str(body["trigger_id"]), work)

    @guarded
    async def on_command(ack: AsyncAck, body: Body) -> None:
        if deps.tasks.closing:
            await ack(text=stopping().text, response_type="ephemeral")
        else:
            await take(ack, body)

    app.command(deps.slash)(on_command)
