"""Run a command that leaves a record, and show it in the operations channel as it goes."""

from __future__ import annotations

from handlers.deps import Deps
from handlers.messages.show import Asked
from handlers.replies import Reply
from handlers.run_post import RunPost
from ops.model import Actor
from ops.parser import Invocation


async def run_in_channel(
    deps: Deps, invocation: Invocation, actor: Actor, reply: Reply, *, confirmed: bool = False
) -> None:
    """Run it to its end. What a job of the clock answers is shown as its report."""
    post = RunPost(deps, invocation, actor, Asked(invocation.text, str(actor), deps.slash), reply)
    await post.finish(await deps.door.run(invocation, actor, post.sink, confirmed=confirmed))
