"""What people and bots do in the tests of the page."""

import asyncio

from playwright.async_api import Locator, Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.e2e.page_samples import JSON


class Clicks:
    """Every button pressed, as the app heard it."""

    def __init__(self, app: AsyncApp) -> None:
        self.heard: asyncio.Queue[JSON] = asyncio.Queue()
        app.action({"block_id": "choices"})(self._pressed)

    async def _pressed(self, ack: AsyncAck, body: JSON) -> None:
        await ack()
        self.heard.put_nowait(body)


async def post(bot: AsyncWebClient, *blocks: JSON, text: str = "in words") -> str:
    return str((await bot.chat_postMessage(channel="C0OPS", text=text, blocks=list(blocks)))["ts"])


def message(page: Page, ts: str) -> Locator:
    return page.locator(f'article[data-ts="{ts}"]')


async def settled(page: Page) -> None:
    """Nothing that was pressed waits for the app any more."""
    await expect(page.locator('[aria-busy="true"]')).to_have_count(0)


async def become(page: Page, name: str) -> None:
    choice = page.get_by_label("You are").locator("option", has_text=name)
    await page.get_by_label("You are").select_option(await choice.get_attribute("value"))
