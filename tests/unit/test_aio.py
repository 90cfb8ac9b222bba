"""Cleanup that must not be cut short, and the cancellation that came meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from ops.aio import finish


@pytest.mark.parametrize("problem", [None, RuntimeError("the engine went away")])
async def test_a_cancellation_waits_for_the_cleanup_and_is_not_lost_when_that_fails(problem: Exception | None) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), False

    async def cleanup() -> None:
        nonlocal done
        begun.set()
        await go_on.wait()
        done = True
        if problem is not None:
            raise problem

    caller = asyncio.create_task(finish(cleanup()))
    await begun.wait()
    caller.cancel()
    await asyncio.sleep(0)
    assert not done
    go_on.set()

    with pytest.raises(asyncio.CancelledError) as cancelled:
        await caller
    assert done
    assert cancelled.value.__cause__ is problem


async def test_without_a_cancellation_a_failed_cleanup_is_told() -> None:
    async def cleanup() -> None:
        raise RuntimeError("the engine went away")

    with pytest.raises(RuntimeError, match="went away"):
        await finish(cleanup())
