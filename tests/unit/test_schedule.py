"""Crontab lines mean what cron means by them, and one that cannot be read is named."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.schedule import build_schedule
from bot.tasks import TaskRegistry
from ops.commands import JOBS
from ops.config import Config
from ops.cron import cron_trigger, last_due, next_due
from ops.errors import ConfigError
from ops.jobs import Job, jobs_of, turn
from ops.ledger.care import JobRun

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=ZoneInfo("UTC"))


def next_days(line: str, count: int) -> list[str]:
    """The days on which a line fires next, from a Monday on."""
    trigger, now, days = cron_trigger(line, "UTC", "reports.cron"), MONDAY, []
    for _ in range(count):
        fires = trigger.get_next_fire_time(now, now)
        days.append(f"{fires:%a}")
        now = fires
        now = now.replace(hour=23, minute=59)
    return days


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 9 * * 1-5", ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon"]),
        ("0 9 * * 0", ["Sun", "Sun"]),
        ("0 9 * * 7", ["Sun", "Sun"]),
        ("0 9 * * 5-7", ["Fri", "Sat", "Sun", "Fri"]),
        ("0 9 * * 0-2", ["Mon", "Tue", "Sun", "Mon"]),
        ("0 9 * * mon,3", ["Mon", "Wed", "Mon"]),
        ("0 9 * * */3", ["Wed", "Sat", "Sun", "Wed"]),
        ("0 9 * * *", ["Mon", "Tue", "Wed"]),
    ],
)
def test_days_of_the_week_are_crons(line: str, days: list[str]) -> None:
    assert next_days(line, len(days)) == days


def test_times_are_in_the_configured_zone() -> None:
    fires = cron_trigger("0 9 * * *", "Asia/Tokyo", "reports.cron").get_next_fire_time(None, MONDAY)
    assert fires.astimezone(ZoneInfo("UTC")).hour == 0


@pytest.mark.parametrize(
    "line", ["", "0 9 * *", "0 9 * * * *", "99 9 * * *", "0 9 * * 8", "0 9 * * 1-", "a b c d e", "0 9 * * 1/0"]
)
def test_a_line_nobody_can_keep_names_its_key(line: str) -> None:
    with pytest.raises(ConfigError, match=r"reports\.cron"):
        cron_trigger(line, "UTC", "reports.cron")


def test_an_unknown_time_zone_is_named() -> None:
    with pytest.raises(ConfigError, match="Middle/Earth"):
        cron_trigger("0 9 * * *", "Middle/Earth", "reports.cron")


@pytest.mark.parametrize(
    ("line", "last", "following"),
    [
        ("0 2 * * *", "2026-11-23T02:00", "2026-11-24T02:00"),
        ("*/5 * * * *", "2026-11-23T03:15", "2026-11-23T03:20"),
        ("0 4 * * 0", "2026-11-22T04:00", "2026-11-29T04:00"),
        ("0 5 1 * *", "2026-11-01T05:00", "2026-12-01T05:00"),
        ("0 0 29 2 *", "2024-02-29T00:00", "2028-02-29T00:00"),
        ("15 3 * * *", "2026-11-23T03:15", "2026-11-24T03:15"),  # a time that is due just now is the last, not the next
    ],
)
def test_last_and_next_due_time(line: str, last: str, following: str) -> None:
    trigger, now = cron_trigger(line, "UTC", "jobs.backup"), datetime(2026, 11, 23, 3, 15, tzinfo=UTC)
    assert f"{last_due(trigger, now):%Y-%m-%dT%H:%M}" == last
    assert f"{next_due(trigger, now):%Y-%m-%dT%H:%M}" == following


def test_a_day_that_never_comes_is_never_due() -> None:
    trigger = cron_trigger("0 0 31 2 *", "UTC", "jobs.backup")
    assert last_due(trigger, MONDAY) is None
    assert next_due(trigger, MONDAY) is None


def test_the_night_the_clock_is_set_back_has_an_end() -> None:
    """01:30 comes twice that night; a sum in local time loses which of them is meant, and never arrives."""
    trigger = cron_trigger("30 1 * * *", "Europe/London", "jobs.backup")
    assert last_due(trigger, datetime(2026, 10, 25, 1, 0, tzinfo=UTC)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert last_due(trigger, datetime(2026, 10, 25, 12, 0, tzinfo=UTC)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=ZoneInfo("Europe/London"))
    assert next_due(trigger, second) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_the_night_the_clock_is_set_forward_has_its_backup() -> None:
    """01:30 does not exist that night."""
    trigger = cron_trigger("30 1 * * *", "Europe/London", "jobs.backup")
    last = last_due(trigger, datetime(2026, 3, 29, 12, 0, tzinfo=UTC))
    assert last is not None
    assert last.date() == datetime(2026, 3, 29).date()


def job(name: str = "backup", cron: str = "0 2 * * *") -> Job:
    return Job(name, "", cron, "UTC", f"jobs.{name}")


def last_run(finished: datetime | None, ok: bool | None = True) -> JobRun:
    return JobRun("backup", datetime(2026, 11, 1, tzinfo=UTC), finished, ok, "")


BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
AT_FOUR = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (last_run(datetime(2026, 11, 24, 2, 1, tzinfo=UTC)), False),
        (last_run(datetime(2026, 11, 24, 2, 1, tzinfo=UTC), ok=False), False),  # it ran; an alert tells the rest
        (last_run(datetime(2026, 11, 24, 1, 59, tzinfo=UTC)), True),
        (last_run(datetime(2026, 11, 20, 2, 1, tzinfo=UTC)), True),
        (last_run(None), True),  # it began and was killed
        (None, True),
    ],
)
def test_a_job_is_due_when_its_last_due_time_lies_after_the_end_of_its_last_run(last: JobRun | None, due: bool) -> None:
    assert job().is_due(last, BEGAN, AT_FOUR) is due


def test_a_new_installation_has_missed_nothing() -> None:
    assert not job().is_due(None, AT_FOUR, AT_FOUR)
    assert job().is_due(None, AT_FOUR, AT_FOUR + timedelta(days=1))


def test_a_timer_that_fires_a_moment_early_still_runs_the_job() -> None:
    last = last_run(datetime(2026, 11, 23, 2, 1, tzinfo=UTC))
    assert job().is_due(last, BEGAN, datetime(2026, 11, 24, 1, 59, 59, 800_000, tzinfo=UTC))


def test_a_job_with_an_empty_line_is_never_due() -> None:
    never = job(cron="")
    assert never.next_at(AT_FOUR) is None
    assert not never.is_due(None, BEGAN, AT_FOUR)


def test_only_one_has_the_turn_and_it_comes_back(tmp_path: Path) -> None:
    with turn(tmp_path, "backup") as first, turn(tmp_path, "backup") as second, turn(tmp_path, "drill") as other:
        assert (first, second, other) == (True, False, True)
    with turn(tmp_path, "backup") as again:
        assert again


def test_every_job_of_the_table_of_commands_has_its_times() -> None:
    assert {*JOBS} <= {one.name for one in jobs_of(Config())}


async def test_a_job_runs_in_the_bots_own_tasks_and_its_failure_does_not_stop_the_next() -> None:
    tasks, ran = TaskRegistry(), asyncio.Event()

    async def work(name: str) -> None:
        assert name == "report"
        ran.set()
        raise RuntimeError("this time it went wrong")

    scheduler = build_schedule((job("report", "* * * * *"), job("never", "")), work, tasks)
    scheduler.start()
    try:
        assert scheduler.get_job("never") is None
        kept = scheduler.get_job("report")
        assert (kept.misfire_grace_time, kept.coalesce, kept.max_instances) == (None, True, 1)
        kept.modify(next_run_time=datetime.now(ZoneInfo("UTC")))
        await asyncio.wait_for(ran.wait(), 5)
        await tasks.drain(5)
        assert scheduler.get_job("report").next_run_time is not None
    finally:
        scheduler.shutdown(wait=False)
