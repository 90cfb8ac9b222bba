"""A run may be cancelled at any moment, also in the middle of a write: the record stays usable."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ops.ledger import Ledger


async def test_a_write_cancelled_between_begin_and_commit_does_not_block_the_next(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        for ticks in range(40):
            writing = asyncio.create_task(ledger.first_sight(f"cancelled {ticks}"))
            for _ in range(ticks):
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            assert await ledger.first_sight(f"next {ticks}"), "the write after it is kept"
