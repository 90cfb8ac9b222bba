"""Debian's chromium, driven by Playwright: no browser of its own is downloaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Error, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",  # as root, chromium's own sandbox cannot start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SEEN_WITHIN_MS = 5000
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
"""Chromium drops every request under way when a container starts or stops on this machine: ask again."""
TRIES = 10


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a window, closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def tab(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A fresh profile's tab at `address`. Fails at the end when the page had an error of its own."""
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(SEEN_WITHIN_MS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        await visit(page, address)
        yield page
        assert not errors, f"the page's own errors: {errors}"
    finally:
        await context.close()


async def visit(page: Page, address: str) -> None:
    """Open an address; again when a container that came or went has cut the way to it."""
    for left in reversed(range(TRIES)):
        try:
            await page.goto(address)
        except Error as error:
            if NETWORK_CHANGED not in str(error) or not left:
                raise
        else:
            return
