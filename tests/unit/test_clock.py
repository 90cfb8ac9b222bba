"""The bot's clock and the runbook behind it: what was missed runs once, and of two bots one runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.clock import Clock
from handlers.messages import gallery_backups as samples
from handlers.messages.gallery_content import ORDINARY
from ops.access import Access
from ops.config import Config
from ops.errors import Failed, Refused
from ops.events import Step
from ops.jobs import jobs_of
from ops.ledger import Ledger
from ops.lock import OperationLock
from ops.model import Actor, Door
from ops.operations import Operations
from ops.parser import parse
from ops.results import Outcome, Result, Schedule
from ops.runbooks.context import Context, Runbook
from ops.runbooks.schedule import schedule, schedule_run

OLGA = Actor("U1", "Olga", Door.SLACK)
NIGHTLY = {"backup": "0 2 * * *", "verify": "", "drill": "0 5 1 * *", "care": ""}


class Reports:
    """What was told of which job."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Outcome]] = []

    async def tell(self, job: str, outcome: Outcome) -> None:
        self.told.append((job, outcome))


class World:
    """The part of the world that the door uses."""

    async def live_sentence(self) -> str:
        return "Users are on v1.1.0 (blue)."


class Bot:
    """A bot's door and clock; several of them share a state directory."""

    def __init__(self, state_dir: Path, ledger: Ledger) -> None:
        settings = {"project": {"state_dir": state_dir}, "jobs": NIGHTLY, "access": {"operators": [OLGA.id]}}
        self.config = Config.model_validate(settings)
        self.ran: list[str] = []
        self.problem: Failed | None = None
        self.gate: asyncio.Event | None = None
        self.begun = asyncio.Event()
        self.reports = Reports()
        self.door = self._door(ledger)
        self.clock = Clock(jobs_of(self.config)[:4], self.door, ledger, self.reports.tell, {}, state_dir)

    def _door(self, ledger: Ledger) -> Operations:
        data: dict[str, Any] = {"backup": self._backup, "drill": self._drill}
        runbooks: dict[str, Runbook] = {**data, "schedule": schedule, "schedule run": schedule_run(data)}
        lock = OperationLock(self.config.project.state_dir, 1)
        return Operations(self.config, cast(Any, World()), ledger, lock, Access(self.config.access), runbooks)

    async def _backup(self, context: Context) -> Result:
        self.ran.append("backup")
        self.begun.set()
        step = Step("backup", "Back up")
        await context.run.begin("Back up", (step,))
        async with context.run.step(step):
            if self.gate:
                await self.gate.wait()
            if self.problem:
                raise self.problem
        return samples.backup_done(ORDINARY)

    async def _drill(self, context: Context) -> Result:
        self.ran.append("drill")
        return samples.drill_done(ORDINARY)

    async def say(self, line: str) -> Outcome:
        return await self.door.run(parse(line.split()), OLGA)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.open(tmp_path) as ledger:
        yield ledger


@pytest.fixture
async def bot(tmp_path: Path, ledger: Ledger) -> Bot:
    return Bot(tmp_path, ledger)


async def aged(ledger: Ledger, **jobs: timedelta) -> None:
    """Each job ended well so long ago; the record is a year old."""
    now = datetime.now(UTC).timestamp()
    for name, ago in jobs.items():
        await ledger.job_started(name)
        await ledger.job_finished(name, True, "fine")
        at = now - ago.total_seconds()
        await ledger._write(("UPDATE jobs SET started = ?, finished = ? WHERE name = ?", (at, at, name)))
    run = "INSERT INTO runs (id, command, words, actor_id, actor_name, door, state, started) VALUES (?,?,?,?,?,?,?,?)"
    await ledger._write((run, ("old", "recover", "recover", "x", "x", "recovery", "done", now - 365 * 86_400)))


async def test_what_was_missed_runs_once_when_the_bot_is_back_and_is_told(bot: Bot, ledger: Ledger) -> None:
    await aged(ledger, backup=timedelta(days=2), drill=timedelta(days=40))

    await bot.clock.make_up()
    await bot.clock.make_up()

    assert bot.ran == ["backup", "drill"]
    assert [job for job, _ in bot.reports.told] == ["backup", "drill"]
    kept = (await ledger.jobs())["backup"]
    assert (kept.ok, kept.detail.startswith("Backup myfinance-")) == (True, True)


async def test_what_has_run_since_it_was_due_does_not_run_again(bot: Bot, ledger: Ledger) -> None:
    await aged(ledger, backup=timedelta(0), drill=timedelta(0))
    await bot.clock.make_up()
    await bot.clock.run("backup")
    assert bot.ran == []


async def test_a_new_installation_makes_nothing_up(bot: Bot) -> None:
    await bot.clock.make_up()
    assert bot.ran == []


async def test_a_job_that_was_killed_runs_again(bot: Bot, ledger: Ledger) -> None:
    await aged(ledger, backup=timedelta(days=2), drill=timedelta(0))
    await ledger.job_started("backup")  # and the process is gone
    await bot.clock.make_up()
    assert bot.ran == ["backup"]


async def test_nothing_new_is_begun_while_the_bot_ends(bot: Bot, ledger: Ledger, tmp_path: Path) -> None:
    await aged(ledger, backup=timedelta(days=2))
    ending = Clock(jobs_of(bot.config)[:4], bot.door, ledger, bot.reports.tell, {}, tmp_path, closing=lambda: True)
    await ending.make_up()
    assert bot.ran == []


async def test_two_bots_at_the_same_due_time_run_it_once(bot: Bot, ledger: Ledger, tmp_path: Path) -> None:
    await aged(ledger, backup=timedelta(days=2))
    async with Ledger.open(tmp_path) as others:
        other = Bot(tmp_path, others)
        bot.gate = asyncio.Event()
        first = asyncio.create_task(bot.clock.run("backup"))
        await bot.begun.wait()
        await other.clock.run("backup")  # while the first one's still runs
        bot.gate.set()
        await first
        await other.clock.run("backup")  # a moment late
    assert (bot.ran, other.ran) == (["backup"], [])
    assert (len(bot.reports.told), len(other.reports.told)) == (1, 0)


async def test_a_failed_job_is_kept_as_failed_and_told(bot: Bot, ledger: Ledger) -> None:
    await aged(ledger, backup=timedelta(days=2), drill=timedelta(0))
    bot.problem = Failed("The disk is full.", "Make room.")
    await bot.clock.make_up()
    kept = (await ledger.jobs())["backup"]
    assert (kept.ok, kept.detail) == (False, "The disk is full.")
    (told,) = bot.reports.told
    assert told[1].error is bot.problem


async def test_a_person_may_run_a_job_at_any_time_but_not_beside_itself(bot: Bot, ledger: Ledger) -> None:
    await aged(ledger, backup=timedelta(0))
    bot.gate = asyncio.Event()
    first = asyncio.create_task(bot.say("schedule run backup"))
    await bot.begun.wait()
    second = await bot.say("schedule run backup")
    bot.gate.set()
    assert isinstance(second.error, Refused)
    assert "running now" in second.error.what
    assert (await first).exit_code == 0
    assert bot.ran == ["backup"]


async def test_schedule_tells_times_by_the_configuration_and_results_by_the_record(bot: Bot, ledger: Ledger) -> None:
    bot.problem = Failed("The disk is full.", "Make room.")
    await bot.say("schedule run backup")
    answer = (await bot.say("schedule")).result
    assert isinstance(answer, Schedule)
    jobs = {job.name: job for job in answer.jobs}
    assert (jobs["backup"].ok, jobs["backup"].detail) == (False, "The disk is full.")
    assert jobs["backup"].next_at is not None
    assert (jobs["backup"].next_at.hour, jobs["backup"].next_at.minute) == (2, 0)
    assert (jobs["drill"].started, jobs["verify"].next_at) == (None, None)
