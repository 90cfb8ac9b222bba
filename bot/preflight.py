"""Before the bot serves: are the tokens good, does the channel exist? A wrong token never fails by itself: the Socket Mode
client retries it in silence, for ever.
"""

from __future__ import annotations

import asyncio
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

_BOT_TOKEN = "[slack] bot_token in the configuration file, or the variable SLACK_BOT_TOKEN (it begins with xoxb-)"  # noqa: S105
_APP_TOKEN = "[slack] app_token in the configuration file, or the variable SLACK_APP_TOKEN (it begins with xapp-)"  # noqa: S105
_SECRET = "[slack] signing_secret in the configuration file, or the variable SLACK_SIGNING_SECRET"  # noqa: S105
_CHANNEL = (
    "[slack] channel in the configuration file, or the variable MYFINANCE_SLACK__CHANNEL (an id such as C0123456789)"
)


class Unreachable(Exception):
    """Slack did not answer; nothing is known about the tokens."""


def require_settings(slack: Slack) -> None:
    """Everything the bot cannot do without.

    Raises:
        ConfigError: something is missing; the message names the key and the variable.
    """
    needed = [("bot token", slack.bot_token.get_secret_value(), _BOT_TOKEN)]
    if slack.mode == "socket":
        needed.append(("app token", slack.app_token.get_secret_value(), _APP_TOKEN))
    else:
        needed.append(("signing secret", slack.signing_secret.get_secret_value(), _SECRET))
    needed.append(("operations channel", slack.channel, _CHANNEL))
    missing = [(name, where) for name, value, where in needed if not value.strip()]
    if missing:
        names = " and no ".join(name for name, _ in missing)
        raise ConfigError(f"The bot has no {names}.", "Set " + "; ".join(where for _, where in missing) + ".")


async def preflight(client: AsyncWebClient, slack: Slack) -> dict[str, Any]:
    """Ask Slack about the bot token, the app token (in socket mode) and the channel. Returns what auth.test answered.

    Raises:
        Failed: Slack refused one of them; the message says which.
        Unreachable: Slack did not answer.
    """
    questions = [_bot_token(client), _channel(client, slack.channel)]
    if slack.mode == "socket":
        questions.append(_app_token(client, slack.app_token.get_secret_value()))
    answers = await asyncio.gather(*(_in_time(question) for question in questions), return_exceptions=True)
    for kind in (Failed, Unreachable, BaseException):  # a clear no before an unclear silence
        for answer in answers:
            if isinstance(answer, kind):
                raise answer
    identity = answers[0]
    assert isinstance(identity, dict)
    return identity


async def _in_time(question: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_SECONDS):
            answer: dict[str, Any] = await question
            return answer
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(repr(error)) from error


async def _bot_token(client: AsyncWebClient) -> dict[str, Any]:
    try:
        return _data(await client.auth_test())
    except SlackApiError as error:
        problem = _refusal(error)
        raise Failed(f"Slack does not accept the bot token ({problem}).", f"Set a valid one: {_BOT_TOKEN}.") from error


async def _app_token(client: AsyncWebClient, token: str) -> dict[str, Any]:
    try:
        return _data(await client.apps_connections_open(app_token=token))
    except SlackApiError as error:
        problem = _refusal(error)
        raise Failed(
            f"Slack does not accept the app token ({problem}).",
            f"Set a valid one, with the scope connections:write: {_APP_TOKEN}.",
        ) from error


async def _channel(client: AsyncWebClient, channel: str) -> dict[str, Any]:
    try:
        answer = _data(await client.conversations_info(channel=channel))
    except SlackApiError as error:
        problem = _refusal(error)
        if problem == "missing_scope":
            needed = _data(error.response).get("needed", "channels:read")
            raise Failed(
                f"The bot may not look at its operations channel: the scope {needed} is missing.",
                "Install the app again from manifest.yml.",
            ) from error
        if problem != "channel_not_found":
            raise Unreachable(problem) from error  # a refused token: its own question says so
        raise Failed(
            f"There is no operations channel {channel!r}, or the bot may not see it ({problem}).",
            f"Set {_CHANNEL}; invite the bot when it is a private one.",
        ) from error
    if not answer.get("channel", {}).get("is_member", True):
        log.warning(
            "the bot is not a member of the operations channel: invite it, or it may not be able to post",
            channel=channel,
        )
    return answer


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
