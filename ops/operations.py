"""The one door to everything: authorise → freeze → lock → audit the intent → run → audit the outcome, for every caller alike."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import structlog

from ops.access import Access
from ops.commands import Command, Lane
from ops.config import Config
from ops.engine.world import World
from ops.errors import EngineDown, Evidence, Failed, OpsError, Refused, Stopped
from ops.events import Event, EventSink, Note, RunFinished, RunStarted, StepStarted, SwitchBegun, ignore
from ops.ledger import Ledger, LedgerDown
from ops.living_runs import LivingRuns
from ops.lock import OperationLock
from ops.lock_grip import Grip
from ops.model import Actor, Door, Role
from ops.parser import Invocation
from ops.results import Changed, Holder, Outcome, Result
from ops.run import Run
from ops.runbooks.context import Context, Previewer, Runbook

log = structlog.get_logger(__name__)


def new_run_id() -> str:
    """A short id that sorts by time: `20261124-031502-k3f9`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


class Operations:
    """Runs commands. One object a process; the lock and the ledger are what several processes share."""

    def __init__(
        self,
        config: Config,
        world: World,
        ledger: Ledger,
        lock: OperationLock,
        access: Access,
        runbooks: Mapping[str, Runbook],
        previews: Mapping[str, Previewer] = MappingProxyType({}),
    ) -> None:
        self.ledger = ledger
        self._config, self._world, self._lock, self._access = config, world, lock, access
        self._runbooks, self._previews = runbooks, previews
        self._living = LivingRuns(config.project.state_dir)
        self._running: dict[str, tuple[Run, asyncio.Event]] = {}

    async def run(
        self,
        invocation: Invocation,
        actor: Actor,
        sink: EventSink = ignore,
        *,
        run_id: str | None = None,
        confirmed: bool = False,
    ) -> Outcome:
        """Run one command for an actor. Never raises OpsError: that is in the outcome, with what is live filled in.

        A command that must be confirmed (`Command.must_be_confirmed`) and is not, changes nothing and answers a `Preview`.
        """
        run = Run(run_id or new_run_id(), invocation.text, actor, sink)
        try:
            return await self._outcome(invocation, run, confirmed)
        finally:
            if run.id in self._running:
                self._running.pop(run.id)[1].set()

    def holder(self) -> Holder | None:
        """What runs now, in any process; None when nothing does."""
        return self._lock.holder()

    async def role_of(self, actor: Actor) -> Role:
        """The role of an actor, now."""
        return await self._access.role_of(actor)

    async def shutdown(self, reason: str) -> None:
        """Ask every run of this process to stop, and wait until each has: a switch that has begun is finished first."""
        for run, _ in list(self._running.values()):
            run.request_stop(reason, "shutdown")
        # Not for the task that runs it: that may be telling its end to a chat that is away, for as long as it takes.
        for _, ended in list(self._running.values()):
            await ended.wait()

    # -- the order of things ------------------------------------------------------------------------------------

    async def _outcome(self, invocation: Invocation, run: Run, confirmed: bool) -> Outcome:
        try:
            return Outcome(run.id, result=await self._authorised(invocation, run, confirmed))
        except OpsError as error:
            failure = error
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("unexpected error in a command", run=run.id, command=run.command, reference=reference)
            failure = Failed(
                f"An unexpected {type(error).__name__} ended `{run.command}` (reference {reference}).",
                "The bot's log has the details under that reference; `status` tells the state.",
            )
        failure.live = failure.live or await self._world.live_sentence()
        return Outcome(run.id, error=failure)

    async def _authorised(self, invocation: Invocation, run: Run, confirmed: bool) -> Result:
        command, arguments = invocation.command, invocation.arguments
        role, needed = await self._access.role_of(run.actor), command.role_for(arguments)
        context = Context(
            self._config, self._world, run, self.ledger, arguments, self._lock, self._access, role, self._living
        )
        if not command.record:
            self._check_role(command, needed, run.actor, role)
            return await self._runbooks[command.name](context)
        if command.must_be_confirmed(arguments) and not confirmed:
            self._check_role(command, needed, run.actor, role)
            await self._check_freeze(command)
            return await self._previews[command.name](context)
        self._running[run.id] = (
            run,
            asyncio.Event(),
        )  # before the lock: a shutdown finds whoever waits for it or has it
        async with AsyncExitStack() as admitted:
            try:
                self._check_role(command, needed, run.actor, role)
                await self._check_freeze(command)
                grip = None
                if command.lane is not Lane.READ:
                    grip = await admitted.enter_async_context(self._lock.acquire(run, command.lane))
            except Refused as refusal:
                await self._keep(self.ledger.refusal(run, role, refusal.what), run, spared=True)
                raise
            admitted.enter_context(self._living.one(run.id))
            return await self._recorded(context, command, role, grip)

    def _check_role(self, command: Command, needed: Role, actor: Actor, role: Role) -> None:
        if actor.door not in command.doors:
            raise Refused(
                f"`{command.name}` can only be run in a terminal.", f"On the host: `myfinance {command.name}`."
            )
        if not role.covers(needed):
            raise self._access.refuse(command, needed, actor, role)

    async def _check_freeze(self, command: Command) -> None:
        if command.while_frozen:
            return
        freeze = await self.ledger.freeze()
        if freeze is not None:
            raise Refused(
                f"Releases are frozen by {freeze.actor} since {freeze.since:%Y-%m-%d %H:%M} UTC: {freeze.reason}.",
                "`unlock` ends the freeze. A `rollback` works all the same.",
            )

    async def _recorded(self, context: Context, command: Command, role: Role, grip: Grip | None) -> Result:
        run, started = context.run, time.time()
        spared = command.lane is Lane.ROLLBACK  # the one command that goes on without its record
        kept = False

        async def intend(spared: bool = spared) -> None:
            nonlocal kept
            if not kept:
                await self._keep(self.ledger.intent(run, role, command.name), run, spared)
                kept = True

        if run.actor.door is Door.RECOVERY:
            run.intend = intend  # nobody asked for it: what finds nothing to do never begins, and leaves no record
        else:
            await intend()
        run.sink = self._recording(run.sink, run, grip)
        try:
            result = await run.drive(self._runbooks[command.name](context))
        except OpsError as error:
            error.live = await self._world.live_sentence()
            await intend(spared=True)
            await self._end(run, role, spared, started, _state_of(error, run), error)
            raise
        except Exception as error:
            await intend(spared=True)
            await self._end(
                run, role, spared, started, "failed", Failed(f"Unexpected {type(error).__name__}: {error}.", "")
            )
            raise
        if kept:
            await self._end(run, role, spared, started, "done", result)
        return result

    def _recording(self, sink: EventSink, run: Run, grip: Grip | None) -> EventSink:
        """The caller's sink behind the record: what is about to be done is written before it is begun."""

        async def record(event: Event) -> None:
            if grip is not None and isinstance(event, StepStarted):
                grip.tell(step=event.step)
            elif grip is not None and isinstance(event, SwitchBegun):
                grip.tell(switch_begun=True)
            try:
                await self.ledger.event(event)
            except LedgerDown as error:
                log.warning("an event was not recorded", run=run.id, problem=error.what)
            await sink(event)
            if isinstance(event, RunStarted):
                for warning in (self.ledger.notice, grip.warning if grip else None):
                    if warning is not None:
                        await sink(Note(run.id, time.time(), warning, "warning"))

        return record

    async def _keep(self, writing: Coroutine[Any, Any, None], run: Run, spared: bool) -> None:
        try:
            await writing
        except LedgerDown as error:
            if not spared:
                raise
            log.warning("the record was not kept; the run goes on", run=run.id, problem=error.what)

    async def _end(
        self, run: Run, role: Role, spared: bool, started: float, state: str, ending: Result | OpsError
    ) -> None:
        if isinstance(ending, OpsError):
            summary, live, next_step, evidence = ending.what, ending.live or "", ending.next_step, ending.evidence
            can_roll_back = False
        else:
            changed = ending if isinstance(ending, Changed) else Changed("Done.", "")
            summary, live, next_step, can_roll_back = (
                changed.summary,
                changed.live,
                changed.next_step,
                changed.can_roll_back,
            )
            evidence = Evidence()
        await self._keep(self.ledger.outcome(run, role, state, summary), run, spared=True)
        seconds = time.time() - started
        await run.emit(
            RunFinished(run.id, time.time(), state, summary, live, next_step, seconds, can_roll_back, evidence)
        )


def _state_of(error: OpsError, run: Run) -> str:
    if isinstance(error, Refused):
        return "refused"
    if run.left_behind or (run.switch_begun and isinstance(error, EngineDown)):
        return "interrupted"  # and `recover` finishes or undoes it
    if not isinstance(error, Stopped):
        return "failed"
    # After the switch a shutdown leaves work for `recover`: the soak that was cut short.
    return "interrupted" if run.stop_kind == "shutdown" and run.switch_begun else "stopped"
