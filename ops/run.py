"""One run of a runbook: its steps as events, and how it is asked to stop.

A run may be asked to stop at any time (cancel, a rollback that comes first, shutdown). Between and inside steps that is a
cancellation; inside `uninterruptible()` (the switch) it waits for the end of that block, so that nobody ever stops half-way
through a change of what users get.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from ops.errors import OpsError, Stopped
from ops.events import (
    Event,
    EventSink,
    Note,
    RunStarted,
    Step,
    StepDone,
    StepFailed,
    StepProgress,
    StepStarted,
    SwitchBegun,
)
from ops.model import Actor
from ops.results import Holder

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def _nothing() -> None:
    """The intent of most runs is kept before they are made."""


@dataclass
class StepScope:
    """What a step says while it goes; `detail` is its closing sentence."""

    run: Run
    step: Step
    detail: str = ""

    async def progress(self, note: str, percent: float | None = None) -> None:
        """Tell how far the step is; `percent` 0-100."""
        await self.run.emit(StepProgress(self.run.id, time.time(), self.step.name, note, percent))


@dataclass
class Run:
    """A run in progress. Made by the operations door; runbooks only use it to tell what they do."""

    id: str
    command: str  # as typed
    actor: Actor
    sink: EventSink
    switch_begun: bool = False
    left_behind: bool = False  # its cleanup failed: `recover` has to do it
    preempted: Holder | None = None  # the run that was made to give way to this one
    stop_reason: str | None = None
    stop_kind: str | None = None  # cancel | rollback | maintenance | shutdown
    fence: Callable[[], None] = lambda: None  # raises when another process took the lock over
    ask_patience: Callable[[float], None] = lambda _: None  # whoever wants the lock waits so long before taking it
    intend: Callable[[], Awaitable[None]] = _nothing  # keeps the intent of a run that nobody asked for, once it begins
    _task: asyncio.Task[object] | None = None
    _shielded: int = 0
    _emitting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def emit(self, event: Event) -> None:
        """Hand an event to the sink, one at a time and in order. A sink that fails is logged; the run goes on."""
        async with self._emitting:
            try:
                await self.sink(event)
            except Exception:
                log.exception("event sink failed", run=self.id, event_kind=type(event).__name__)

    async def begin(self, title: str, plan: tuple[Step, ...]) -> None:
        """Tell what this run means to do. Nothing is changed before this."""
        await self.intend()
        await self.emit(RunStarted(self.id, time.time(), self.command, str(self.actor), title, plan))

    async def note(self, text: str, level: str = "info") -> None:
        """Tell something that is no step of the plan; `level` info or warning."""
        await self.emit(Note(self.id, time.time(), text, level))

    @asynccontextmanager
    async def step(self, step: Step) -> AsyncIterator[StepScope]:
        """One step: started, then done or failed, with its duration. Before it begins, the lock is still ours or it fails."""
        self.stop_if_asked()
        self.fence()
        started = time.monotonic()
        await self.emit(StepStarted(self.id, time.time(), step.name))
        scope = StepScope(self, step)
        try:
            yield scope
        except BaseException as error:
            if isinstance(error, OpsError):
                problem = error.what
            elif isinstance(error, asyncio.CancelledError):
                problem = self.stop_reason or "stopped"
            else:
                problem = f"unexpected {type(error).__name__}: {error}"
            await self.emit(StepFailed(self.id, time.time(), step.name, problem, time.monotonic() - started))
            raise
        await self.emit(StepDone(self.id, time.time(), step.name, scope.detail, time.monotonic() - started))

    @asynccontextmanager
    async def uninterruptible(self) -> AsyncIterator[None]:
        """A block that a request to stop waits for. Raises Stopped at its end when there was one and the block went well."""
        self.stop_if_asked()
        self._shielded += 1
        try:
            yield
        finally:
            self._shielded -= 1
        self.stop_if_asked()

    def stop_if_asked(self) -> None:
        """End here when the run was asked to stop. A cancellation alone may be lost on its way (a library that swallows it),
        so every step asks again before it begins, and so does the switch."""
        if self.stop_reason is not None and not self._shielded:
            raise asyncio.CancelledError(self.stop_reason)

    async def begin_switch(self, colour: str = "") -> None:
        """The point of no return: from here a cancel is refused and only a rollback takes users back."""
        self.switch_begun = True
        await self.emit(SwitchBegun(self.id, time.time(), colour))

    def request_stop(self, reason: str, kind: str) -> None:
        """Ask the run to stop, for `reason` (one sentence). The first request wins; it may be called at any time."""
        if self.stop_reason is not None:
            return
        self.stop_reason, self.stop_kind = reason, kind
        if self._task is not None and not self._shielded:
            self._task.cancel(reason)

    async def drive(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` so that `request_stop` can end it. When the caller itself is cancelled, the run is asked to stop
        and still waited for, so that its cleanup is never cut short.

        Raises:
            Stopped: it ended because it was asked to stop.
        """
        task = asyncio.ensure_future(work)
        self._task = task
        if self.stop_reason is not None:
            task.cancel(self.stop_reason)
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                self.request_stop("the command was interrupted", "shutdown")
        if task.cancelled():
            reason = self.stop_reason or "it was cancelled"
            raise Stopped(f"{self.command} was stopped: {reason}.", "Start it again when you are ready.")
        return task.result()
