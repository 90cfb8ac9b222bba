"""Backups in Slack: the question before a restore, the summary of the day, alerts, and the buttons below them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.messages.confirm import PHRASE
from ops.errors import Failed
from sandbox.slack import SlackSandbox
from sandbox.slack.messages import texts
from sandbox.slack.views import View
from tests.integration.slack_bot import ADA, GENERAL, OLGA, OPS, VIC, Rig, Stage, configured, serving, until


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.fixture
async def rig(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[Rig]:
    async with serving(slack, configured(slack, tmp_path)) as rig:
        yield rig


def words(view: View | None) -> str:
    """Everything that can be read in a view."""
    return "\n".join(texts(view.blocks)) if view else ""


async def modal(rig: Rig, user: str, said: str) -> View:
    """The modal in front of somebody, once it says this."""
    return await rig.slack.wait_for(lambda ws: ws.modal(user) if said in words(ws.modal(user)) else None)


async def newest(rig: Rig, said: str) -> str:
    """The newest message of the operations channel, once it says this."""
    await rig.slack.wait_for(lambda ws: ws.messages(OPS) and said in ws.messages(OPS)[-1].words)
    return rig.slack.messages(OPS)[-1].words


# -- the question ------------------------------------------------------------------------------------------------------


async def test_a_restore_says_first_what_would_be_lost_and_runs_when_the_name_is_typed(rig: Rig) -> None:
    await rig.slack.say(ADA, GENERAL, "/myfinance restore latest")
    asked = await modal(rig, ADA, "Type myfinance.db to go on")
    assert "12,402 → 12,345 (−57)" in words(asked)
    assert rig.stage.restored == []

    outcome = await rig.slack.submit(ADA, {PHRASE: {PHRASE: "myfinance.db"}})

    assert outcome.response_action == "update"
    await modal(rig, ADA, "has begun. Follow it")
    await newest(rig, "back to what it was")
    # What runs is the backup that was shown, also when a newer one has come since.
    assert rig.stage.restored == ["restore myfinance-20261124-020002"]


async def test_a_name_typed_wrong_is_refused_in_the_modal(rig: Rig) -> None:
    await rig.slack.say(ADA, OPS, "/myfinance restore latest")
    await modal(rig, ADA, "Type myfinance.db to go on")
    outcome = await rig.slack.submit(ADA, {PHRASE: {PHRASE: "production.db"}})
    assert outcome.response_action == "errors"
    assert rig.stage.restored == []
    await rig.slack.submit(ADA, {PHRASE: {PHRASE: " myfinance.db "}})
    await until(lambda: rig.stage.restored)


async def test_the_modal_opens_at_once_and_a_backup_that_is_none_is_told_in_it(rig: Rig) -> None:
    await rig.slack.say(ADA, OPS, "/myfinance restore missing")
    shown = await modal(rig, ADA, "There is no backup missing")
    assert not [block for block in shown.blocks if block["type"] == "input"]


async def test_who_may_not_restore_is_told_so_and_leaves_no_run(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance restore latest")
    await modal(rig, OLGA, "needs the role admin")
    assert rig.stage.restored == []


async def test_a_restore_submitted_twice_runs_once(rig: Rig) -> None:
    await rig.slack.say(ADA, OPS, "/myfinance restore latest")
    await modal(rig, ADA, "Type myfinance.db to go on")
    rig.slack.deliver_twice("view")
    await rig.slack.submit(ADA, {PHRASE: {PHRASE: "myfinance.db"}})
    await newest(rig, "back to what it was")
    assert len(rig.stage.restored) == 1


async def test_an_admin_who_lost_the_role_meanwhile_is_refused_at_the_submit(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    async with serving(slack, configured(slack, tmp_path)) as before:
        await slack.say(ADA, OPS, "/myfinance restore latest")
        await modal(before, ADA, "Type myfinance.db to go on")
    async with serving(slack, configured(slack, tmp_path, access={"admins": []})) as after:
        await slack.submit(ADA, {PHRASE: {PHRASE: "myfinance.db"}})
        await modal(after, ADA, "needs the role admin")
        assert after.stage.restored == []


# -- the clock's reports -----------------------------------------------------------------------------------------------


async def test_the_job_of_the_day_is_summed_up_and_its_button_pins_the_backup(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance schedule run backup")
    said = await newest(rig, "The backup of the day is taken and verified")
    for part in ("since the day before", "Next drill", "free of"):
        assert part in said
    await rig.slack.click(OLGA, rig.slack.messages(OPS)[-1], "Pin it")
    await newest(rig, "myfinance-20261124-020002 is pinned.")


async def test_a_failed_backup_is_summed_up_and_an_alert_at_once(slack: SlackSandbox, tmp_path: Path) -> None:
    stage = Stage(backup_problem=Failed("The disk is full.", "Make room."))
    quick = configured(slack, tmp_path, reports={"watch_seconds": 0.2})
    async with serving(slack, quick, stage) as rig:
        await slack.say(OLGA, OPS, "/myfinance schedule run backup")
        await slack.wait_for(lambda ws: any("The backup of the day failed" in m.words for m in ws.messages(OPS)))
        await slack.wait_for(
            lambda ws: any("The last backup failed: The disk is full." in m.words for m in ws.messages(OPS))
        )
        stage.backup_problem = None
        alert = next(m for m in slack.messages(OPS) if "The last backup failed" in m.words)
        await slack.click(OLGA, alert, "Back up now")
        await slack.wait_for(lambda ws: any("Mended after" in m.words for m in ws.messages(OPS)))
    assert rig.stage.runs == []


async def test_an_alert_is_not_repeated_by_a_bot_that_starts_again(slack: SlackSandbox, tmp_path: Path) -> None:
    quick = configured(slack, tmp_path, reports={"watch_seconds": 0.1})

    def alerts() -> int:
        return sum("has 100 MB free" in message.words for message in slack.messages(OPS))

    async def looked_several_times(rig: Rig) -> None:
        before = len(rig.stage.looks)
        await until(lambda: len(rig.stage.looks) > before + 3)

    for _ in range(2):
        stage = Stage()
        stage.disk = replace(stage.disk, problem="The database's disk has 100 MB free.")
        async with serving(slack, quick, stage) as rig:
            await until(lambda: alerts() == 1)
            await looked_several_times(rig)
    assert alerts() == 1


async def test_a_missed_backup_runs_when_the_bot_is_back(slack: SlackSandbox, tmp_path: Path) -> None:
    config = configured(slack, tmp_path, jobs={"backup": "* * * * *", "verify": "", "drill": "", "care": ""})
    async with serving(slack, config) as rig:
        ledger = rig.operations.ledger
        await ledger.job_started("backup")
        await ledger._write(("UPDATE jobs SET finished = started - 7200, ok = 1 WHERE name = 'backup'", ()))
        await ledger._write(("UPDATE jobs SET started = started - 7200", ()))
    said = len(slack.messages(OPS))
    async with serving(slack, config) as rig:
        await slack.wait_for(
            lambda ws: "The backup of the day is taken" in "".join(m.words for m in ws.messages(OPS)[said:])
        )


async def test_the_list_of_backups_has_buttons_and_a_viewer_who_clicks_is_refused(rig: Rig) -> None:
    await rig.slack.say(VIC, OPS, "/myfinance backups")
    listed = await rig.slack.wait_for(lambda ws: ws.ephemerals(VIC, OPS))
    assert "myfinance-20261124-020002" in listed[-1].words
    await rig.slack.click(VIC, listed[-1], "Back up now")
    await rig.slack.wait_for(lambda ws: "needs the role operator" in ws.ephemerals(VIC, OPS)[-1].words)


async def test_the_home_tells_of_the_last_backup(rig: Rig) -> None:
    await rig.slack.open_home(OLGA)
    view = await rig.slack.wait_for(lambda ws: ws.home(OLGA))
    assert "Last backup" in words(view)
