"""What the bot says of backups, as a person sees it on the page. With MYFINANCE_PICTURES=FOLDER the pictures of docs/ are made."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from handlers.messages import gallery_backups as samples
from handlers.messages.alert import How, Problem, Telling, alert_message
from handlers.messages.backups import BACK_UP, PIN, VERIFY, backups_message
from handlers.messages.confirm import confirm_modal
from handlers.messages.daily import Around, daily_message, job_message
from handlers.messages.gallery_content import NOW, ORDINARY, RUN_ID
from handlers.messages.message import Message
from ops.results import Backups, LastBackup, Outcome, Preview
from sandbox.slack import SlackSandbox
from tests.e2e.page_acts import message
from tests.unit.bolt_app import bolt_app, connected

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all
WIDTH, HEIGHT = 1000, 1200


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def tall(page: Page) -> None:
    """Room for the longest message in one picture."""
    await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def posted(slack: SlackSandbox, said: Message) -> str:
    """Post it as the bot does; where it stands."""
    return str((await client(slack).chat_postMessage(channel="C0OPS", **said.forms()[0]))["ts"])


async def picture(page: Page, ts: str, name: str) -> None:
    """Keep a picture of one message, for docs/."""
    if folder := os.environ.get("MYFINANCE_PICTURES"):
        await message(page, ts).screenshot(path=Path(folder) / f"{name}.png")


def a_restore() -> Preview:
    """The gallery's, with warnings as they are."""
    preview = samples.preview(ORDINARY)
    lost = (
        "57 rows of Transactions and 7 of Budgets that were written since then are lost (the safety backup has them)."
    )
    shown = replace(preview, warnings=(lost,), tables=preview.tables[:4], steps=preview.steps[:4])
    return replace(shown, migrations_lost=(), migrations_back=())


def the_day() -> Message:
    rows = samples.backup_rows(ORDINARY)[:10]
    good = tuple(row for row in rows if row.problem is None)
    last = LastBackup(rows[0].name, NOW, 2.0, NOW, None)
    listing = Backups(good, (), (), "backups", "sftp://far.example/backups")
    around = Around(NOW, last, listing, samples.disk(ORDINARY), samples.schedule(ORDINARY))
    return daily_message(Outcome(RUN_ID, samples.backup_done(ORDINARY)), around, {PIN: "b-1", VERIFY: "b-2"})


async def test_the_summary_of_the_day(page: Page, slack: SlackSandbox) -> None:
    ts = await posted(slack, the_day())
    shown = message(page, ts)
    await expect(shown).to_contain_text("The backup of the day is taken and verified")
    for words in ("since the day before", "Last verified backup", "Next drill", "free of"):
        await expect(shown).to_contain_text(words)
    await expect(shown.get_by_role("button", name="Pin it")).to_be_visible()
    await picture(page, ts, "daily-summary")


async def test_the_month_with_its_chart(page: Page, slack: SlackSandbox) -> None:
    ts = await posted(slack, job_message("care", Outcome(RUN_ID, samples.care_done(ORDINARY))))
    shown = message(page, ts)
    await expect(shown.get_by_role("img", name="Size of the database")).to_be_visible()
    await expect(shown.locator("svg .dot")).to_have_count(20)  # Slack's most
    await expect(shown).to_contain_text("A VACUUM is worth it")
    await picture(page, ts, "monthly-report")


async def test_an_alert(page: Page, slack: SlackSandbox) -> None:
    text = "No verified backup: the last one is 1 d 3 h old (myfinance-20261123-000000)."
    problem = Problem("backup-age", text, "`backup` takes one now and says what is in the way.")
    now = datetime.now(UTC)
    said = alert_message([Telling(How.NEW, problem, now - timedelta(hours=1))], now, {BACK_UP: "b-1", VERIFY: "b-2"})
    ts = await posted(slack, said)
    await expect(message(page, ts)).to_contain_text("No verified backup")
    await expect(message(page, ts).get_by_role("button", name="Back up now")).to_be_visible()
    await picture(page, ts, "alert")


async def test_the_list_of_backups(page: Page, slack: SlackSandbox) -> None:
    listing = Backups(samples.backup_rows(ORDINARY), ("old copy.sqlite",), (), "backups", "")
    ts = await posted(slack, backups_message(listing, {BACK_UP: "b-1", VERIFY: "b-2"}))
    await expect(message(page, ts).get_by_role("row")).to_have_count(11)
    await expect(message(page, ts)).to_contain_text("Left alone, not ours")
    await picture(page, ts, "backups")


async def test_the_question_before_a_restore(page: Page, slack: SlackSandbox) -> None:
    app = bolt_app(slack)

    @app.command("/myfinance")
    async def restore(ack, body) -> None:  # type: ignore[no-untyped-def]
        await ack()
        view = confirm_modal(a_restore(), "restore", "b-1")
        await client(slack).views_open(trigger_id=body["trigger_id"], view=view.body)

    async with connected(slack, app):
        box = page.get_by_role("textbox", name="Message")
        await box.fill("/myfinance restore latest")
        await box.press("Escape")
        await box.press("Enter")
        modal = page.get_by_role("dialog", name="Restore")
        await expect(modal).to_contain_text("12,402 → 12,345 (−57)")
        await expect(modal.get_by_label("Type myfinance.db to go on")).to_be_visible()
        if folder := os.environ.get("MYFINANCE_PICTURES"):
            await modal.screenshot(path=Path(folder) / "restore-question.png")
