"""One worker serves a whole run: what happens to it while nobody asks is nobody's trouble."""

from __future__ import annotations

import asyncio

from ops.aio import until
from ops.database.model import BackupRequest, Why
from ops.engine.worker import Work
from tests.house import House
from tests.integration.backup_acts import listed, running_worker


async def test_killed_while_it_had_nothing_to_do_the_next_question_is_answered_by_another(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    async with house.world.worker.work("") as work:
        before = await work.status()
        first = await running_worker(house)
        assert first is not None
        await house.world.docker.signal(first, "KILL")
        await _lost(work)

        assert (await work.status()).migrations == before.migrations
        assert await running_worker(house) not in (first, None)
    assert await running_worker(house) is None


async def test_a_question_that_was_cancelled_is_taken_back_and_its_answer_is_nobodys(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await house.sql("CREATE TABLE Padding (Page BLOB)", "INSERT INTO Padding VALUES (zeroblob(100000000))")
    begun = asyncio.Event()

    async def tell(note: str, percent: float | None) -> None:
        begun.set()

    async with house.world.worker.work("") as work:
        asked = asyncio.create_task(work.ask(BackupRequest("myfinance", Why.MANUAL, ""), tell=tell))
        await begun.wait()
        asked.cancel()
        await asyncio.wait({asked})

        assert "20250203090000_AddTransactionCategory" in (await work.status()).migrations
    assert (await listed(house)).rows == ()


async def _lost(work: Work) -> None:
    async def lost() -> bool | None:
        return True if work.lost else None

    assert await until(lost, seconds=20, every=0.05)
