"""Signed HTTP instead of Socket Mode: Slack posts to us. Bolt checks the signature and refuses what is older than five minutes."""

from __future__ import annotations

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.slack_app import EVENTS_PATH
from ops.config import Slack
from ops.errors import Failed


class HttpServer:
    """The request URL. Use as `async with`; TLS is the business of the proxy in front of it."""

    def __init__(self, app: AsyncApp, slack: Slack) -> None:
        server = app.server(port=slack.http_port, path=EVENTS_PATH, host=slack.http_bind)
        self._runner = web.AppRunner(server.web_app, handle_signals=False, access_log=None)
        self._slack = slack

    async def __aenter__(self) -> HttpServer:
        await self._runner.setup()
        address = (self._slack.http_bind, self._slack.http_port)
        try:
            await web.TCPSite(self._runner, *address).start()
        except OSError as error:
            await self._runner.cleanup()
            raise Failed(
                f"The bot cannot listen on {address[0]}:{address[1]} ({error.strerror}).",
                "Set another [slack] http_bind or http_port, or end what listens there.",
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
