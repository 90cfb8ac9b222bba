"""The main job, whole, as a person does it: `make demo`, the page, `/myfinance deploy v1.2.0`, curl through the proxy."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from ops.engine.ask import ask
from tests.e2e.browser import chromium, tab
from tests.house import free_ports, tear_down

PROJECT = "mftest-demo"
ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """The demo as it runs: the page's address and the API's."""

    def __init__(self, page: str, api: str) -> None:
        self.page, self.api = page, api

    async def release(self) -> str:
        """What curl gets through the proxy."""
        return (await ask(f"{self.api}/api/accounts", seconds=10)).headers["x-release"]


@pytest_asyncio.fixture
async def demo() -> AsyncIterator[Demo]:
    """`python -m sandbox.demo`, with a name and ports of its own; ended as Ctrl-C ends it."""
    page_port, port = free_ports(2)
    options = ["--project", PROJECT, "--page-port", str(page_port), "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.demo", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        told = b""
        while b"Ctrl-C" not in told:
            line = await asyncio.wait_for(process.stdout.readline(), 90)
            assert line, f"the demo ended: {told.decode()}"
            told += line
        page = re.search(r"The page: +(\S+)", told.decode())
        assert page is not None
        yield Demo(page.group(1), f"http://127.0.0.1:{port}")
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 60)
        await asyncio.to_thread(tear_down, PROJECT)


async def type_in(page: Page, line: str) -> None:
    """A person types a line and presses Enter."""
    box = page.get_by_role("textbox", name="Message")
    await box.fill(line)
    await box.press("Escape")  # leave the hints alone
    await box.press("Enter")


async def test_deploy_and_rollback_from_the_page(demo: Demo) -> None:
    assert await demo.release() == "v1.1.0"
    async with chromium() as browser, tab(browser, demo.page) as page:
        await page.get_by_label("You are").select_option("U0OLGA")

        await type_in(page, "/myfinance deploy v1.2.0")
        run = page.locator("article", has_text="Deploy v1.2.0").last
        await expect(run).to_contain_text("v1.2.0 (green) is live.", timeout=60_000)
        await expect(run).to_contain_text("Users are on v1.2.0 (green).")
        await expect(run.get_by_role("button", name="Roll back")).to_be_visible()
        assert await demo.release() == "v1.2.0"

        await type_in(page, "/myfinance rollback")
        back = page.locator("article", has_text="Users are back on v1.1.0 (blue).").last
        await expect(back).to_be_visible(timeout=20_000)
        assert await demo.release() == "v1.1.0"
