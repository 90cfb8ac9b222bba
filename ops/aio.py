"""Small things asyncio does not have."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end even when the caller is cancelled meanwhile; the cancellation is raised afterwards.

    For cleanup that must not be cut short: opening the proxy again, removing a container.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Do `work` while the block runs, and wait for it at the end; when the block fails, it is cancelled and waited for."""
    task = asyncio.ensure_future(work)
    try:
        yield
    except BaseException:
        task.cancel()
        await asyncio.wait({task})
        raise
    await task


async def until(
    look: Callable[[], Awaitable[T | None]],
    *,
    seconds: float,
    every: float,
    clock: Callable[[], float] = time.monotonic,
) -> T | None:
    """Look again and again until something is found, at most `seconds`, with `every` seconds between looks; None if not."""
    deadline = clock() + seconds
    while (found := await look()) is None:
        if clock() >= deadline:
            return None
        await asyncio.sleep(every)
    return found
