"""What the ledger keeps of backups, growth, jobs and alerts; it can be lost without losing a backup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.database.model import Decision, DiskFigures, Facts, Manifest, Verdict, Why
from ops.ledger import Ledger

FACTS = Facts({"Accounts": 3}, "s", ("1_Init",), 0, 0, 4096, 5, "wal", 0, False)
FIRST = Manifest(
    name="myfinance-20261124-020000",
    sequence=1,
    project="myfinance",
    database="myfinance.db",
    taken_at="2026-11-24T02:00:00+00:00",
    why=Why.DEPLOY,
    note="",
    run_id="20261124-015959-aaaa",
    colour="blue",
    release="v1.1.0",
    image_id="sha256:1",
    facts=FACTS,
    bytes=20480,
    stored_bytes=20480,
    compressed=False,
    sha256="f",
    sqlite_version="3.50.4",
    written_by="3.46.0",
    seconds=0.1,
    program_version="0.1.0",
    manifest_sha256="m",
)
SECOND = replace(FIRST, name="myfinance-20261123-020000", sequence=2, run_id="later", why=Why.MANUAL)


async def test_the_newest_backup_is_the_last_in_sequence_not_by_the_clock(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        assert await ledger.last_backup() is None
        await ledger.backup_taken(FIRST)
        await ledger.backup_taken(SECOND)

        last = await ledger.last_backup()

        assert last is not None
        assert last.name == SECOND.name
        assert last.verified


async def test_a_bad_backup_is_not_the_last_verified_one(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.backup_taken(FIRST)
        await ledger.backup_taken(SECOND)
        await ledger.backups_verified([Verdict(SECOND.name, "its bytes were changed", 0.1)])

        last, good = await ledger.last_backup(), await ledger.last_verified_backup()

        assert last is not None
        assert not last.verified
        assert last.problem == "its bytes were changed"
        assert good is not None
        assert good.name == FIRST.name


async def test_a_removed_backup_is_found_by_its_run_and_listed_no_more(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.backup_taken(FIRST)
        await ledger.backups_removed([Decision(FIRST.name, "older than the last 10")])

        assert await ledger.backup_records() == ()
        found = await ledger.backup_of_run(FIRST.run_id)
        assert found is not None
        assert found.removed_reason == "older than the last 10"


async def test_a_backup_that_is_about_to_be_removed_is_still_there_and_says_why_it_goes(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.backup_taken(FIRST)
        await ledger.backups_leaving([Decision(FIRST.name, "older than the last 10")])

        (record,) = await ledger.backup_records()

        assert record.removed_reason == "older than the last 10"
        assert record.removed_at is None


async def test_after_a_loss_the_directory_fills_the_record_as_not_verified(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.backup_taken(FIRST)
        await ledger.backups_seen([FIRST, SECOND])

        first, second = await ledger.backup_of_run(FIRST.run_id), await ledger.backup_of_run(SECOND.run_id)

        assert first is not None
        assert first.verified_at is not None  # what was known is not overwritten
        assert second is not None
        assert second.verified_at is None


async def test_growth_keeps_the_last_figures_of_a_day(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        for size in (100, 200):
            await ledger.grew(DiskFigures(size, 0, 5000, 9000, 50, 1, 5000, 9000, True))

        points = await ledger.growth(days=30)

        assert [point.bytes for point in points] == [200]
        assert [row["bytes"] for row in await ledger._rows("SELECT bytes FROM growth")] == [200]  # one an hour is kept


async def test_jobs_and_alerts_are_remembered_until_they_run_again_or_are_mended(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.job_started("backup")
        assert (await ledger.jobs())["backup"].ok is None
        await ledger.job_finished("backup", True, "200 MB")
        job = (await ledger.jobs())["backup"]
        assert (job.ok, job.detail) == (True, "200 MB")

        now = datetime.now(UTC)
        assert await ledger.alert_told("disk", "2 MB left", now, timedelta(days=1))
        since = (await ledger.alerts())["disk"].since
        assert not await ledger.alert_told("disk", "1 MB left", now, timedelta(days=1))
        assert await ledger.alert_told("disk", "1 MB left", now, timedelta(0))
        alert = (await ledger.alerts())["disk"]
        assert (alert.since, alert.text) == (since, "1 MB left")
        await ledger.alert_mended("disk")
        assert await ledger.alerts() == {}
