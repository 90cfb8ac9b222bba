"""The workspace's time: the wall clock, which a test may push forward."""

import asyncio
import time
from contextlib import suppress
from typing import Any


class Clock:
    """Real time plus whatever `advance` added. Everything in the sandbox that can expire or wait reads this one clock."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._jumped = asyncio.Event()

    def now(self) -> float:
        """Seconds since the epoch, as the workspace sees them."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once: tickets expire and sleepers whose time has come wake up."""
        self._ahead += seconds
        self._jumped.set()
        self._jumped = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of workspace time."""
        deadline = self.now() + seconds
        while (left := deadline - self.now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._jumped.wait()

    async def wait_for(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Wait for `future`, at most `seconds` of workspace time. True when it is done; it is never cancelled here."""
        timer = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({future, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return future.done()
