"""Alerts: told at once, again daily while they stand, once when mended; by one bot, and not again after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alert_judge import Seen, Standing, judge
from bot.alerts import Alerts
from handlers.messages import gallery_backups as samples
from handlers.messages.alert import How, Problem
from handlers.messages.gallery_content import ORDINARY
from handlers.messages.message import Message
from handlers.shelf import Shelf
from ops.config import Backups as Settings
from ops.database.model import Verdict
from ops.errors import EngineDown, OpsError
from ops.ledger import Ledger
from ops.model import Actor
from ops.parser import Invocation
from ops.results import Backups, Disk, Outcome, Result

NOW = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
FULL = Problem("disk", "The disk is full.", "Make room.")
HOUR = timedelta(hours=1)


def seen(*problems: Problem, looked: frozenset[str] = frozenset({"disk"})) -> Seen:
    return Seen(problems, looked)


def standing(told: timedelta) -> dict[str, Standing]:
    """The disk alert, two days old, told so long ago."""
    return {"disk": Standing(NOW - 48 * HOUR, NOW - told, "The disk is nearly full.")}


def test_a_new_problem_is_told_at_once() -> None:
    (telling,) = judge(seen(FULL), {}, NOW)
    assert (telling.how, telling.problem, telling.since) == (How.NEW, FULL, NOW)


def test_one_that_stands_is_told_again_after_a_day_and_not_before() -> None:
    assert judge(seen(FULL), standing(23 * HOUR), NOW) == ()
    (telling,) = judge(seen(FULL), standing(24 * HOUR), NOW)
    assert (telling.how, telling.since) == (How.AGAIN, NOW - 48 * HOUR)


def test_what_is_mended_is_told_in_the_words_of_the_alert() -> None:
    (telling,) = judge(seen(), standing(HOUR), NOW)
    assert (telling.how, telling.problem.text) == (How.MENDED, "The disk is nearly full.")


def test_what_could_not_be_looked_at_is_not_called_mended() -> None:
    assert judge(seen(looked=frozenset()), standing(HOUR), NOW) == ()


# -- the looks, on a real ledger ---------------------------------------------------------------------------------------


@dataclass
class Rig:
    """Answers to `backups` and `disk`, a clock, and what was announced."""

    ledger: Ledger
    rows: tuple[Any, ...] = ()
    disk: Disk | OpsError = field(default_factory=lambda: samples.disk(ORDINARY))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    said: list[Message] = field(default_factory=list)

    async def run(self, invocation: Invocation, actor: Actor, *_: Any, confirmed: bool = False) -> Outcome:
        answers: dict[str, Result | OpsError] = {
            "backups": Backups(self.rows, (), (), "backups", ""),
            "disk": self.disk,
        }
        answer = answers[invocation.command.name]
        return Outcome("", error=answer) if isinstance(answer, OpsError) else Outcome("", result=answer)

    def bot(self) -> Alerts:
        """A bot that has just started."""
        settings = Settings(max_age_hours=26)
        shelf = Shelf(self.ledger)
        return Alerts(self, self.ledger, shelf, self.said.append, settings, every_seconds=1, clock=lambda: self.now)

    @property
    def words(self) -> list[str]:
        """The first line of each message."""
        return [message.text.partition("\n")[0].replace("*", "") for message in self.said]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with Ledger.open(tmp_path) as ledger:
        yield Rig(ledger)


def good_row(age: timedelta) -> Any:
    at = datetime.now(UTC) - age
    return replace(samples.backup_row(ORDINARY, 0), taken_at=at, age_seconds=age.total_seconds(), verified_at=at)


async def test_a_day_without_a_verified_backup_is_told_once_again_daily_and_when_mended(rig: Rig) -> None:
    rig.rows = (good_row(27.5 * HOUR),)
    bot = rig.bot()
    await bot.look_once()
    await bot.look_once()
    assert len(rig.said) == 1
    assert rig.words[0].startswith("🚨 No verified backup: the last one is 1 d 3 h old")

    rig.now += timedelta(hours=24)
    await bot.look_once()
    assert rig.words[1].startswith("🚨 Still, since")

    rig.now, rig.rows = datetime.now(UTC), (good_row(HOUR),)
    await bot.look_once()
    await bot.look_once()
    assert len(rig.said) == 3
    assert rig.words[2].startswith("✅ Mended after")


async def test_neither_a_restart_nor_a_second_bot_repeats_it(rig: Rig) -> None:
    rig.rows = (good_row(27.5 * HOUR),)
    await rig.bot().look_once()
    await rig.bot().look_once()
    assert len(rig.said) == 1


async def test_an_installation_that_never_had_a_backup_is_told_of_it_after_the_limit(rig: Rig) -> None:
    await rig.bot().look_once()
    assert rig.words == []  # an empty record begins now: nothing is known of before
    rig.now += 27 * HOUR
    run = "INSERT INTO runs (id, command, words, actor_id, actor_name, door, state, started) VALUES (?,?,?,?,?,?,?,?)"
    await rig.ledger._write((run, ("r", "up", "up", "x", "x", "terminal", "done", datetime.now(UTC).timestamp())))
    await rig.bot().look_once()
    assert rig.words[0].startswith("🚨 No verified backup: there is none")


async def test_a_failed_job_alarms_and_a_good_run_by_hand_mends_it(rig: Rig) -> None:
    bot = rig.bot()
    await rig.ledger.job_started("drill")
    await rig.ledger.job_finished("drill", False, "v1.2.0 did not become healthy on it.")
    await bot.look_once()
    assert rig.words == ["🚨 The last drill failed: v1.2.0 did not become healthy on it."]

    later = datetime.now(UTC).timestamp() + 1
    run = (
        "INSERT INTO runs (id, command, words, actor_id, actor_name, door, state, started, finished, summary) "
        "VALUES ('r', 'drill', 'drill', 'x', 'x', 'slack', 'done', ?, ?, 'It runs.')"
    )
    await rig.ledger._write((run, (later, later)))
    await bot.look_once()
    assert rig.words[1].startswith("✅ Mended after")


async def test_a_bad_kept_backup_is_named(rig: Rig) -> None:
    manifest = samples.manifest(ORDINARY)
    await rig.ledger.backup_taken(manifest)
    await rig.ledger.backups_verified([Verdict(manifest.name, "its hash is not the one in its manifest", 1.0)])
    rig.rows = (good_row(HOUR),)
    await rig.bot().look_once()
    assert manifest.name in rig.words[0]
    assert "hash" in rig.words[0]


async def test_a_full_disk_is_told_and_an_engine_that_is_away_mends_nothing(rig: Rig) -> None:
    rig.disk = replace(samples.disk(ORDINARY), problem="The database's disk has 100 MB left.")
    await rig.bot().look_once()
    assert rig.words == ["🚨 The database's disk has 100 MB left."]
    rig.disk = EngineDown("The Docker Engine does not answer.", "Start it.")
    await rig.bot().look_once()
    assert len(rig.said) == 1


async def test_a_ledger_that_cannot_be_written_does_not_silence_alerts_nor_repeat_them(
    rig: Rig, tmp_path: Path
) -> None:
    (tmp_path / "no-folder").write_text("")
    async with Ledger.open(tmp_path / "no-folder") as broken:
        lost = Rig(broken)
        lost.disk = replace(samples.disk(ORDINARY), problem="The disk is full.")
        bot = lost.bot()
        await bot.look_once()
        await bot.look_once()
    assert len([words for words in lost.words if "disk is full" in words]) == 1
