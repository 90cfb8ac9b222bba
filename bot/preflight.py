"""Before the bot serves: are the tokens good, does the channel exist? A wrong token never fails by itself: the Socket Mode
client retries it in silence, for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from ops.config import Slack
from ops.errors import ConfigError, Failed

log = structlog.get_logger(__name__)

_SECONDS = 3.0  # all three questions at once; `serve` must have said what is wrong within five
_PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_TOKEN_PROBLEMS = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})

# Where each setting is set, by its key.
_PLACES = {
    "slack.bot_token": "[slack] bot_token, or the variable SLACK_BOT_TOKEN (it begins with xoxb-)",
    "slack.app_token": "[slack] app_token, or the variable SLACK_APP_TOKEN (it begins with xapp-, scope connections:write)",
    "slack.signing_secret": "[slack] signing_secret, or the variable SLACK_SIGNING_SECRET",
    "slack.channel": "[slack] channel, or the variable MYFINANCE_SLACK__CHANNEL (an id such as C0123456789)",
}


class Unreachable(Exception):
    """Slack did not answer; nothing is known about the tokens."""


def require_settings(slack: Slack) -> None:
    """Everything the bot cannot do without.

    Raises:
        ConfigError: something is missing; the message names the key and the variable.
    """
    needed = [("bot token", slack.bot_token.get_secret_value(), "slack.bot_token")]
    if slack.mode == "socket":
        needed.append(("app token", slack.app_token.get_secret_value(), "slack.app_token"))
    else:
        needed.append(("signing secret", slack.signing_secret.get_secret_value(), "slack.signing_secret"))
    needed.append(("operations channel", slack.channel, "slack.channel"))
    missing = [(name, key) for name, value, key in needed if not value.strip()]
    if missing:
        names = " and no ".join(name for name, _ in missing)
        places = "; ".join(_PLACES[key] for _, key in missing)
        raise ConfigError(f"The bot has no {names}.", f"Set {places}.")


class Preflight:
    """The questions. `sources` tells for each key where its value came from (bot/settings.py)."""

    def __init__(self, client: AsyncWebClient, slack: Slack, sources: Mapping[str, str]) -> None:
        self._client = client
        self._slack = slack
        self._sources = sources

    async def ask(self) -> dict[str, Any]:
        """Ask Slack about the bot token, the channel and (in socket mode) the app token, all at once.

        Returns what auth.test answered.

        Raises:
            Failed: Slack refused one of them; the message says which.
            Unreachable: Slack did not answer.
        """
        questions = [self._bot_token(), self._channel()]
        if self._slack.mode == "socket":
            questions.append(self._app_token())
        answers = await asyncio.gather(*(_in_time(question) for question in questions), return_exceptions=True)
        for kind in (Failed, Unreachable, BaseException):  # a clear no before an unclear silence
            for answer in answers:
                if isinstance(answer, kind):
                    raise answer
        identity = answers[0]
        assert isinstance(identity, dict)
        return identity

    async def _bot_token(self) -> dict[str, Any]:
        try:
            return _data(await self._client.auth_test())
        except SlackApiError as error:
            raise self._no_token("bot token", _refusal(error), "slack.bot_token") from error

    async def _app_token(self) -> dict[str, Any]:
        try:
            return _data(await self._client.apps_connections_open(app_token=self._slack.app_token.get_secret_value()))
        except SlackApiError as error:
            raise self._no_token("app token", _refusal(error), "slack.app_token") from error

    async def _channel(self) -> dict[str, Any]:
        channel = self._slack.channel
        try:
            answer = _data(await self._client.conversations_info(channel=channel))
        except SlackApiError as error:
            problem = _refusal(error)
            if problem in _TOKEN_PROBLEMS:
                raise self._no_token("bot token", problem, "slack.bot_token") from error
            if problem == "missing_scope":
                needed = _data(error.response).get("needed", "channels:read")
                what = f"The bot may not look at its operations channel: the scope {needed} is missing."
                raise Failed(what, "Install the app again from manifest.yml.") from error
            raise Failed(
                f"There is no operations channel {channel!r}, or the bot may not see it ({problem}).",
                f"Set {_PLACES['slack.channel']}{self._now('slack.channel')}; invite the bot when it is a private one.",
            ) from error
        if not answer.get("channel", {}).get("is_member", True):
            log.warning(
                "the bot is not in the operations channel; invite it, or posting may be refused", channel=channel
            )
        return answer

    def _no_token(self, name: str, problem: str, key: str) -> Failed:
        return Failed(
            f"Slack does not accept the {name} ({problem}).", f"Set a valid one: {_PLACES[key]}{self._now(key)}."
        )

    def _now(self, key: str) -> str:
        source = self._sources.get(key)
        return f"; now it comes from the {source}" if source and source != "default" else ""


async def _in_time(question: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_SECONDS):
            return await question
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(repr(error)) from error


def _refusal(error: SlackApiError) -> str:
    """Slack's word for its refusal. Raises Unreachable when the answer says nothing about what was asked."""
    status = getattr(error.response, "status_code", 500)
    problem = str(_data(error.response).get("error", f"HTTP {status}"))
    if status >= 500 or status == 429 or problem in _PASSING:
        raise Unreachable(problem) from error
    return problem


def _data(response: Any) -> dict[str, Any]:
    data = getattr(response, "data", None)
    return data if isinstance(data, dict) else {}
