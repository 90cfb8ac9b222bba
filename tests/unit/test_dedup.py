"""Delivered twice, done once: also over a restart, and also when the record cannot be used."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from handlers.dedup import REMEMBERED_SECONDS, Dedup
from ops.ledger import Ledger


class Broken:
    async def first_sight(self, key: str) -> bool:
        raise OSError("disk full")


async def test_the_second_delivery_is_dropped_and_logged(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        dedup = Dedup(ledger)
        assert await dedup.is_first("command", "123.456")
        with capture_logs() as logs:
            assert not await dedup.is_first("command", "123.456")
        assert logs[0]["id"] == "123.456"
        assert await dedup.is_first("click", "123.456"), "another kind of delivery with the same id is another one"


async def test_a_delivery_repeated_after_a_restart_is_dropped_too(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        assert await Dedup(ledger).is_first("event", "Ev1")
    async with Ledger.open(tmp_path) as ledger:
        assert not await Dedup(ledger).is_first("event", "Ev1")


async def test_without_a_record_memory_decides_and_nothing_is_refused() -> None:
    dedup = Dedup(Broken())
    assert await dedup.is_first("command", "1")
    assert not await dedup.is_first("command", "1")
    assert await dedup.is_first("command", "2")


async def test_memory_lets_go_of_what_slack_no_longer_repeats() -> None:
    now = 0.0
    dedup = Dedup(Broken(), clock=lambda: now)
    assert await dedup.is_first("command", "1")
    now = REMEMBERED_SECONDS - 1
    assert not await dedup.is_first("command", "1")
    now = REMEMBERED_SECONDS + 1
    assert await dedup.is_first("command", "1")
