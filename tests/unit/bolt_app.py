"""A small real Bolt app, started against the sandbox over sockets or over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from sandbox.slack.manifest import Manifest
from sandbox.slack.sandbox import MANIFEST

OURS = Manifest.load(MANIFEST)
GENEROUS = replace(OURS, scopes=(*OURS.scopes, "files:write", "users:read"))
"""An app that may also do what the sandbox knows and our bot never asks for: upload files, look people up."""
PING_SECONDS = 0.2
"""How often the client looks after its socket; the shorter, the sooner it notices a broken one."""


def bolt_app(slack: SlackSandbox) -> AsyncApp:
    """An unmodified AsyncApp whose client talks to the sandbox."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    return AsyncApp(client=client, signing_secret=slack.signing_secret)


@asynccontextmanager
async def connected(slack: SlackSandbox, app: AsyncApp, sockets: int = 1) -> AsyncIterator[None]:
    """The app in Socket Mode, with as many connections."""
    client = AsyncWebClient(base_url=slack.api_url)
    handlers = [
        AsyncSocketModeHandler(app, slack.app_token, web_client=client, ping_interval=PING_SECONDS)
        for _ in range(sockets)
    ]
    for handler in handlers:
        await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.wait_until_connected(sockets)
    try:
        yield
    finally:
        for handler in handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def listening(app: AsyncApp) -> AsyncIterator[str]:
    """The app behind a request URL on a free port; the block gets the URL."""
    server = app.server(port=0, path="/slack/events")
    runner = web.AppRunner(server.web_app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        await runner.cleanup()


async def post(url: str, **kwargs: object) -> tuple[int, str]:
    """POST and return status and text."""
    async with aiohttp.ClientSession() as session, session.post(url, **kwargs) as response:  # type: ignore[arg-type]
        return response.status, await response.text()
