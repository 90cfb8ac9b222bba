"""A run as the operations channel sees it: events in, one live message out."""

from __future__ import annotations

import time

import structlog

from handlers.deps import Deps
from handlers.live import LiveMessage
from handlers.messages import notices
from handlers.messages.error import error_message
from handlers.messages.message import Message
from handlers.messages.progress import RunButtons, run_message
from handlers.messages.run_view import RunView, after, begun
from handlers.messages.show import Asked, result_message
from handlers.outbox import Unsent
from handlers.replies import Reply
from handlers.shelf import Prepared
from ops.errors import Refused, Stopped, UsageError
from ops.events import Event, RunFinished, RunStarted
from ops.model import Actor
from ops.parser import Invocation
from ops.results import Changed, Outcome

log = structlog.get_logger(__name__)

# Commands that move users: while one runs, its message offers the way back (and, before the switch, the way out).
_CANCELLABLE = frozenset({"deploy"})
_MOVES_USERS = frozenset({"deploy", "switch"})
# Whoever started a run that took longer has probably looked away, and an update of a message notifies nobody.
_CALL_AFTER_SECONDS = 30.0


class RunPost:
    """The sink of one run and, at its end, its result. No event waits for Slack."""

    def __init__(self, deps: Deps, invocation: Invocation, actor: Actor, asked: Asked, reply: Reply) -> None:
        self._deps = deps
        self._command = invocation.command.name
        self._job: str | None = invocation.arguments["job"] if self._command == "schedule run" else None
        self._actor = actor
        self._asked = asked
        self._reply = reply
        self._view: RunView | None = None
        self._buttons = RunButtons()
        self._live: LiveMessage | None = None

    async def sink(self, event: Event) -> None:
        """One event of the run."""
        if isinstance(event, RunStarted):
            self._view = begun(event)
            if len(event.plan) > 1:  # a single step is over before anybody could watch it: its result says it all
                self._buttons = await self._prepare_buttons(event.run_id)
                self._live = self._begin(event.run_id)
        elif self._view is not None:
            self._view = after(self._view, event)
        if self._live is not None and self._view is not None and self._view.finished is None:
            self._live.show(run_message(self._view, self._buttons))

    async def finish(self, outcome: Outcome) -> None:
        """The end: in the run's own message when it has one; a refusal to the asker alone; other results in the channel."""
        if self._live is not None and self._view is not None:
            self._view = after(self._view, self._view.finished or _end(self._view, outcome))
            summed_up = self._job == "backup"  # the summary of the day says more, in a message of its own
            self._live.finish(run_message(self._view, self._buttons, None if summed_up else outcome.result))
            await self._live.sent.wait()
            await self._follow_up(self._live, self._view)
            if summed_up:
                await self._deps.job_reports.tell("backup", outcome)
        elif isinstance(outcome.error, UsageError | Refused):
            await self._reply.tell(error_message(outcome.error, self._asked.command))
        else:
            self._live, message = self._begin(outcome.run_id), await self._result(outcome)
            self._live.finish(message)
            await self._live.sent.wait()
            if self._live.lost:
                await self._reply.tell(message)

    def _begin(self, run_id: str) -> LiveMessage:
        tasks = self._deps.tasks
        live = LiveMessage(
            self._deps.outbox,
            self._deps.channel,
            on_posted=lambda ts: tasks.start(self._posted(run_id, ts), f"posted {run_id}"),
            on_lost=lambda problem: tasks.start(self._lost(problem), f"lost {run_id}"),
        )
        tasks.start(live.run(), f"message of {run_id}")
        return live

    async def _prepare_buttons(self, run_id: str) -> RunButtons:
        shelf = self._deps.shelf
        cancel = back = None
        if self._command in _CANCELLABLE:
            cancel = await shelf.prepare(Prepared(("cancel", run_id), run_id))
        if self._command in _MOVES_USERS:
            back = await shelf.prepare(Prepared(("rollback",), run_id))
        return RunButtons(cancel, back)

    async def _result(self, outcome: Outcome) -> Message:
        if self._job is not None:
            return await self._deps.job_reports.message(self._job, outcome)
        if outcome.error is not None:
            return error_message(outcome.error, self._asked.command)
        assert outcome.result is not None
        return result_message(outcome.result, self._asked)

    async def _posted(self, run_id: str, ts: str) -> None:
        """Remember where the run stands, and tell an asker who is elsewhere."""
        await self._deps.shelf.posted(run_id, self._deps.channel, ts)
        if self._reply.channel != self._deps.channel:
            link = await self._deps.outbox.permalink(self._deps.channel, ts)
            await self._reply.tell(notices.follow_here(self._asked.command, self._deps.channel, link))

    async def _lost(self, problem: str) -> None:
        """The operations channel takes nothing: the run goes on, and its asker is told here."""
        if self._view is not None and self._view.finished is None:
            await self._reply.tell(notices.channel_lost(self._asked.command, self._deps.channel, problem))

    async def _follow_up(self, live: LiveMessage, view: RunView) -> None:
        end = view.finished
        assert end is not None
        if live.lost or live.ts is None:
            await self._reply.tell(run_message(view))
        elif end.outcome != "done" or end.seconds > _CALL_AFTER_SECONDS:
            call = notices.ended(self._actor.id, view.title, end)
            try:
                await self._deps.outbox.post(self._deps.channel, call, thread_ts=live.ts)
            except Unsent as refusal:
                log.warning("who started a run could not be called", run=view.run_id, problem=refusal.problem)


def _end(view: RunView, outcome: Outcome) -> RunFinished:
    """The end of a run that did not tell it itself (it was fenced off, or ended in a mistake of ours)."""
    now = time.time()
    if outcome.error is not None:
        word = "stopped" if isinstance(outcome.error, Stopped) else "failed"
        told = (outcome.error.what, outcome.error.live or "", outcome.error.next_step)
        return RunFinished(view.run_id, now, word, *told, now - view.started, False, outcome.error.evidence)
    made = outcome.result if isinstance(outcome.result, Changed) else Changed("", "")
    told = (made.summary, made.live, made.next_step)
    return RunFinished(view.run_id, now, "done", *told, now - view.started, made.can_roll_back)
