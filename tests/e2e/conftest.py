"""What the tests in a browser share: one browser for a file, and a Slack of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.slack import SlackSandbox
from tests.e2e.browser import chromium, tab, visit

NOWHERE = "about:blank"
WIDTH, HEIGHT = 1280, 720


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser; starting one takes longer than most of what is done in it."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[Page]:
    """A window in it. Each test's Slack is another origin, so what the page of one has stored is not seen by the next."""
    async with tab(browser, NOWHERE) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def page(window: Page, slack: SlackSandbox) -> AsyncIterator[Page]:
    """Ada's page, in the operations channel."""
    await window.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    await visit(window, slack.url)
    await expect(window.get_by_role("heading", level=1)).to_have_text("# myfinance-ops")
    yield window
    await window.goto(NOWHERE)


@pytest_asyncio.fixture(loop_scope="module")
async def slack() -> AsyncIterator[SlackSandbox]:
    """A workspace nobody has said anything in."""
    async with SlackSandbox() as slack:
        yield slack
