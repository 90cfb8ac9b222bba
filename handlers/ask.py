"""Ask ops for something on behalf of a person in Slack, and show them the answer. Every feature ends up here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import structlog

from handlers.deps import Deps
from handlers.messages.error import error_message
from handlers.messages.notices import unexpected
from handlers.messages.show import Asked, result_message
from handlers.replies import Reply
from handlers.run_post import RunPost
from handlers.shelf import Prepared
from ops.errors import UsageError
from ops.model import Actor
from ops.parser import Invocation, parse, split
from ops.results import Status

log = structlog.get_logger(__name__)


async def ask(deps: Deps, words: str | Sequence[str], actor: Actor, reply: Reply) -> None:
    """Run one command and show what came of it: reads to the asker, runs in the operations channel.

    `words` is the line as typed, or its words where a button or a modal made it. Never raises: a mistake of ours is logged under a reference which the asker is given.
    """
    line = words if isinstance(words, str) else " ".join(words)
    try:
        await _ask(deps, words, line, actor, reply)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("a command met an unexpected error", reference=reference, command=line, actor=actor.id)
        await reply.tell(unexpected(line, reference))


async def _ask(deps: Deps, words: str | Sequence[str], line: str, actor: Actor, reply: Reply) -> None:
    asked = Asked(line, str(actor), deps.slash)
    try:
        invocation = parse((split(words) if isinstance(words, str) else words) or ("help",))
    except UsageError as error:
        await reply.tell(error_message(error, line))
        return
    if invocation.command.record:
        post = RunPost(deps, invocation, actor, asked, reply)
        await post.finish(await deps.door.run(invocation, actor, post.sink))
    else:
        await _read(deps, invocation, actor, asked, reply)


async def _read(deps: Deps, invocation: Invocation, actor: Actor, asked: Asked, reply: Reply) -> None:
    outcome = await deps.door.run(invocation, actor)
    if outcome.error is not None:
        await reply.tell(error_message(outcome.error, asked.command))
        return
    assert outcome.result is not None
    refresh = await deps.shelf.prepare(Prepared(("status",))) if isinstance(outcome.result, Status) else None
    await reply.tell(result_message(outcome.result, asked, refresh))
