"""Background work is kept, logged and drained."""

from __future__ import annotations

import asyncio
import gc

from structlog.testing import capture_logs

from bot.tasks import TaskRegistry


async def test_work_nobody_waits_for_is_not_lost_to_the_garbage_collector() -> None:
    tasks, let_go, done = TaskRegistry(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await let_go.wait()
        done.set()

    tasks.start(work(), "work")
    await asyncio.sleep(0)
    gc.collect()
    let_go.set()
    await asyncio.wait_for(done.wait(), 1)


async def test_a_failure_is_logged_with_the_name_of_the_work() -> None:
    tasks = TaskRegistry()

    async def work() -> None:
        raise RuntimeError("boom")

    with capture_logs() as logs:
        tasks.start(work(), "deploy v1.2.0")
        await tasks.drain(1)
    assert [(entry["event"], entry["task"]) for entry in logs] == [("a background task failed", "deploy v1.2.0")]


async def test_draining_waits_for_work_that_work_has_started() -> None:
    tasks, order = TaskRegistry(), list[str]()

    async def last_message() -> None:
        await asyncio.sleep(0.01)
        order.append("last message")

    async def run() -> None:
        await asyncio.sleep(0.01)
        order.append("run")
        tasks.start(last_message(), "last message")

    tasks.start(run(), "run")
    await tasks.drain(5)
    assert order == ["run", "last message"]
    assert tasks.closing


async def test_what_does_not_end_in_time_is_named_and_cancelled() -> None:
    tasks = TaskRegistry()

    async def for_ever() -> None:
        await asyncio.Event().wait()

    with capture_logs() as logs:
        task = tasks.start(for_ever(), "for ever")
        await tasks.drain(0.05)
    assert task.cancelled()
    assert logs[0]["tasks"] == ["for ever"]
