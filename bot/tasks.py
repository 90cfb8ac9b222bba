"""Tasks that outlive whoever began them: kept (asyncio alone keeps only weak references), logged, drained at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class TaskRegistry:
    """Every piece of work in the background. `closing` tells listeners to take no new commands; work that belongs to a command
    taken before (its last message, the answer to its asker) may still be started until the end of `drain`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def closing(self) -> bool:
        """True once `close` was called."""
        return self._closing

    def close(self) -> None:
        """Take no new commands from here on."""
        self._closing = True

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work` to its end. Its failure is logged, with the name."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self, within_seconds: float) -> None:
        """Wait until everything has ended, at most so long; what is left then is named in the log and cancelled."""
        self.close()
        deadline = asyncio.get_running_loop().time() + within_seconds
        while self._tasks and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if late := list(self._tasks):
            log.warning("cancelled at shutdown", tasks=[task.get_name() for task in late])
            for task in late:
                task.cancel()
            await asyncio.wait(late)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task failed", task=task.get_name(), exc_info=error)
