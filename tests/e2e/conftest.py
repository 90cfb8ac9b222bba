"""What the tests in a browser share: one browser for a file, and a Slack of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from sandbox.slack import SlackSandbox
from tests.e2e.browser import chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser; starting one takes longer than most of what is done in it."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def slack() -> AsyncIterator[SlackSandbox]:
    """A workspace nobody has said anything in."""
    async with SlackSandbox() as slack:
        yield slack
