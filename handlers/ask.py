"""Ask ops for something on behalf of a person in Slack, and show them the answer. Every feature ends up here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import structlog

from handlers.confirm import ask_first
from handlers.deps import Deps
from handlers.messages.error import error_message
from handlers.messages.notices import unexpected
from handlers.messages.show import BUTTONS, Asked, result_message
from handlers.replies import Reply
from handlers.runs import run_in_channel
from handlers.shelf import Prepared
from ops.errors import UsageError
from ops.model import Actor
from ops.parser import Invocation, parse, split
from ops.results import Result

log = structlog.get_logger(__name__)


async def ask(
    deps: Deps, words: str | Sequence[str], actor: Actor, reply: Reply, trigger_id: str | None = None
) -> None:
    """Run one command and show what came of it: reads to the asker, runs in the operations channel.

    `words` is the line as typed, or its words where a button or a modal made it. With a `trigger_id` (Slack's leave to open a
    modal, for three seconds) a command that must be confirmed can ask. Never raises: a mistake of ours is logged under a
    reference which the asker is given.
    """
    line = words if isinstance(words, str) else " ".join(words)
    try:
        await _ask(deps, words, line, actor, reply, trigger_id)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("a command met an unexpected error", reference=reference, command=line, actor=actor.id)
        await reply.tell(unexpected(line, reference))


async def _ask(
    deps: Deps, words: str | Sequence[str], line: str, actor: Actor, reply: Reply, trigger_id: str | None
) -> None:
    asked = Asked(line, str(actor), deps.slash)
    try:
        invocation = parse((split(words) if isinstance(words, str) else words) or ("help",))
    except UsageError as error:
        await reply.tell(error_message(error, line))
        return
    if invocation.command.must_be_confirmed(invocation.arguments):
        await ask_first(deps, invocation, actor, reply, trigger_id)
    elif invocation.command.record:
        await run_in_channel(deps, invocation, actor, reply)
    else:
        await _read(deps, invocation, actor, asked, reply)


async def _read(deps: Deps, invocation: Invocation, actor: Actor, asked: Asked, reply: Reply) -> None:
    outcome = await deps.door.run(invocation, actor)
    if outcome.error is not None:
        await reply.tell(error_message(outcome.error, asked.command))
        return
    assert outcome.result is not None
    await reply.tell(result_message(outcome.result, asked, await _buttons(deps, outcome.result)))


async def _buttons(deps: Deps, result: Result) -> dict[str, str | None]:
    """The opaque ids behind the buttons of an answer."""
    return {kind: await deps.shelf.prepare(Prepared(words)) for kind, words in BUTTONS.get(type(result), {}).items()}
