"""What the bot does first: put in order what was interrupted, and say so if there was anything."""

from __future__ import annotations

import structlog

from handlers.announce import Announcer
from handlers.deps import Door
from handlers.messages.recovery import interrupted_message, recovery_message
from ops.errors import Refused
from ops.events import Event, Note, StepDone
from ops.ledger import Ledger
from ops.model import Actor
from ops.model import Door as Doors
from ops.parser import parse
from ops.results import Changed, Outcome, RunRecord
from ops.runbooks.recover import NOTHING, PROXY

log = structlog.get_logger(__name__)

RECOVERY = Actor("recovery", "recovery at the bot's start", Doors.RECOVERY)
_RECENT = 50


async def recover(door: Door, ledger: Ledger, announcer: Announcer) -> None:
    """Run `recover`. What it did is announced (nothing when there was nothing to do), and the messages of the runs that were
    interrupted, which still show a step in progress and a Cancel button, get their end."""
    interrupted = await ledger.unfinished()
    told: list[Event] = []

    async def collect(event: Event) -> None:
        told.append(event)

    outcome = await door.run(parse(("recover",)), RECOVERY, collect)
    log.info("recovered", outcome=str(outcome.error or outcome.result))
    if _worth_telling(outcome, told):
        announcer.announce(recovery_message(outcome, [event for event in told if isinstance(event, Note)]))
    await _end_messages(ledger, announcer, interrupted)


def _worth_telling(outcome: Outcome, told: list[Event]) -> bool:
    """Not when another process holds the lock (it is at work, so it will finish), nor on a machine that has no proxy yet."""
    if outcome.error is not None:
        return not isinstance(outcome.error, Refused)
    looked = any(isinstance(event, StepDone) and event.step == PROXY.name for event in told)
    return looked and isinstance(outcome.result, Changed) and outcome.result.summary != NOTHING


async def _end_messages(ledger: Ledger, announcer: Announcer, interrupted: tuple[RunRecord, ...]) -> None:
    ended = {run.id: run for run in await ledger.history(_RECENT)}
    for before in interrupted:
        run, post = ended.get(before.id), await ledger.post(before.id)
        if post is not None and run is not None and run.finished is not None:
            announcer.replace(*post, interrupted_message(run.command, run.id, run.summary))
