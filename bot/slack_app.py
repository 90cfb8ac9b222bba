"""The Slack app: one web client with its session and its patience, one Bolt app that asks nobody who it is."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from ops.config import Slack

log = structlog.get_logger(__name__)

_CALL_SECONDS = 10
_RATE_LIMIT_RETRIES = 2
EVENTS_PATH = "/slack/events"  # signed HTTP mode: the request URL in the app's configuration ends with it


@asynccontextmanager
async def slack_client(slack: Slack) -> AsyncIterator[AsyncWebClient]:
    """The web client, made once: without a session of its own the SDK opens a new one for each call."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_CALL_SECONDS)) as session:
        yield AsyncWebClient(
            token=slack.bot_token.get_secret_value(),
            base_url=slack.api_url.rstrip("/") + "/",
            timeout=_CALL_SECONDS,
            session=session,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(),
                AsyncRateLimitErrorRetryHandler(max_retry_count=_RATE_LIMIT_RETRIES),
            ],
        )


class Identity:
    """Who the bot is, as Slack said at the start. Until Slack was reached, only its token is known."""

    def __init__(self, bot_token: str) -> None:
        self._token = bot_token
        self.known = AuthorizeResult(enterprise_id=None, team_id=None, bot_token=bot_token)

    def learn(self, answer: dict[str, Any]) -> None:
        """Take over what auth.test answered."""
        self.known = AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=answer.get("team_id"),
            team=answer.get("team"),
            url=answer.get("url"),
            bot_user_id=answer.get("user_id"),
            bot_id=answer.get("bot_id"),
            bot_token=self._token,
        )


def build_app(slack: Slack, client: AsyncWebClient, identity: Identity) -> AsyncApp:
    """The Bolt app, with no listeners yet. `authorize` answers from memory: Bolt's own way calls auth.test inside the first
    request, at the cost of its three seconds."""
    logger = logging.getLogger("slack_bolt.app")
    logger.setLevel(logging.ERROR)  # its warnings are about tokens it was given twice and clicks it does not know

    async def authorize() -> AuthorizeResult:
        return identity.known

    app = AsyncApp(
        name="myfinance-ops",
        logger=logger,
        client=client,
        authorize=authorize,
        signing_secret=slack.signing_secret.get_secret_value(),
        # Socket Mode needs no signature: Bolt skips the check there by itself.
        request_verification_enabled=True,
    )

    @app.error
    async def on_error(error: Exception) -> None:
        log.error("a request from Slack failed", exc_info=error)

    return app
