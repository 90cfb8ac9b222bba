"""One worker serves a whole run: what happens to it while nobody asks is nobody's trouble."""

from __future__ import annotations

from ops.aio import until
from ops.engine.worker import Work
from tests.house import House
from tests.integration.backup_acts import running_worker


async def test_killed_while_it_had_nothing_to_do_the_next_question_is_answered_by_another(house: House) -> None:
    assert (await house.say("deploy v1.1.0")).ok
    async with house.world.worker.work("") as work:
        before = await work.status()
        first = await running_worker(house)
        assert first is not None
        await house.world.docker.signal(first, "KILL")
        await _lost(work)

        assert (await work.status()).migrations == before.migrations
        assert await running_worker(house) not in (first, None)
    assert await running_worker(house) is None


async def _lost(work: Work) -> None:
    async def lost() -> bool | None:
        return True if work.lost else None

    assert await until(lost, seconds=20, every=0.05)
