"""A run is asked to stop: at once, or after the switch, and never past a step."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from ops.errors import Stopped
from ops.events import Event, Step, StepFailed, StepStarted
from ops.model import Actor, Door
from ops.run import Run

ONE, TWO = Step("one", "One"), Step("two", "Two")


def a_run(events: list[Event]) -> Run:
    async def sink(event: Event) -> None:
        events.append(event)

    return Run("r1", "deploy v1.2.0", Actor("U1", "Olga", Door.SLACK), sink)


async def test_it_stops_in_the_middle_of_a_step_and_says_why() -> None:
    events: list[Event] = []
    run = a_run(events)

    async def work() -> None:
        async with run.step(ONE):
            run.request_stop("Ada cancelled it", "cancel")
            await asyncio.Event().wait()

    with pytest.raises(Stopped, match="Ada cancelled it"):
        await run.drive(work())
    assert [e.problem for e in events if isinstance(e, StepFailed)] == ["Ada cancelled it"]


async def test_a_cancellation_that_a_library_swallows_still_ends_the_run_before_its_next_step() -> None:
    events: list[Event] = []
    run = a_run(events)

    async def work() -> None:
        async with run.step(ONE):
            run.request_stop("Ada rolls back", "rollback")
            with contextlib.suppress(asyncio.CancelledError):  # as asyncio.wait_for did before Python 3.12
                await asyncio.sleep(0)
        async with run.step(TWO):
            pass

    with pytest.raises(Stopped, match="Ada rolls back"):
        await run.drive(work())
    assert [e.step for e in events if isinstance(e, StepStarted)] == ["one"]


async def test_inside_the_switch_it_waits_for_the_end_of_it() -> None:
    run, reached = a_run([]), []

    async def work() -> None:
        async with run.uninterruptible():
            run.request_stop("Ada rolls back", "rollback")
            await asyncio.sleep(0)
            reached.append("end of the switch")
        reached.append("soak")

    with pytest.raises(Stopped):
        await run.drive(work())
    assert reached == ["end of the switch"]


async def test_asked_to_stop_just_before_the_switch_it_never_begins() -> None:
    run, reached = a_run([]), []

    async def work() -> None:
        run.stop_reason = "Ada rolls back"
        async with run.uninterruptible():
            reached.append("switch")

    with pytest.raises(Stopped):
        await run.drive(work())
    assert reached == []


async def test_a_sink_that_fails_does_not_fail_the_run() -> None:
    async def broken(event: Event) -> None:
        raise RuntimeError("no Slack today")

    run = Run("r1", "deploy v1.2.0", Actor("U1", "Olga", Door.SLACK), broken)

    async def work() -> str:
        async with run.step(ONE):
            pass
        return "done"

    assert await run.drive(work()) == "done"
