"""The way out to Slack. Everything the bot says goes through here: richest form first, plainer when Slack refuses it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.messages.fallback import plainly
from handlers.messages.message import Message, View

log = structlog.get_logger(__name__)

# Slack does not take this message as it is, so a plainer form of it is tried.
_TOO_RICH = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_arguments"}
)
_ERROR_WORD = re.compile(r"[a-z][a-z_]{2,60}")
# It may work in a moment; everything else Slack answers will be answered again.
_PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


class Unsent(Exception):
    """Slack did not take a message. `problem` is Slack's own word; `passing` is True when it may work in a moment, and
    `wait_seconds` is how long Slack asks to wait before that."""

    def __init__(self, problem: str, *, passing: bool, wait_seconds: float = 0.0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.passing = passing
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Sent:
    """Where a message stands, and how plain it had to be (0: blocks, 1: plain sections, 2: text)."""

    ts: str
    level: int


class Outbox:
    """Posts, updates, answers. Every method raises Unsent when Slack does not take what it is given."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post(self, channel: str, message: Message, *, level: int = 0, thread_ts: str | None = None) -> Sent:
        """A new message in a channel (in a thread of it)."""

        async def send(form: dict[str, Any]) -> str:
            answer = await self._client.chat_postMessage(
                channel=channel, thread_ts=thread_ts, unfurl_links=False, unfurl_media=False, **form
            )
            return str(answer["ts"])

        return await _richest(send, message, level)

    async def update(self, channel: str, ts: str, message: Message, *, level: int = 0) -> Sent:
        """Another content for a message that stands."""

        async def send(form: dict[str, Any]) -> str:
            await self._client.chat_update(channel=channel, ts=ts, **form)
            return ts

        return await _richest(send, message, level)

    async def whisper(self, channel: str, user: str, message: Message) -> None:
        """A message only `user` sees; the bot must be a member of the channel, and so must they."""

        async def send(form: dict[str, Any]) -> str:
            answer = await self._client.chat_postEphemeral(channel=channel, user=user, **form)
            return str(answer["message_ts"])

        await _richest(send, message, 0)

    async def respond(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """An answer only the asker sees. Slack takes five of them, within thirty minutes."""
        hook = AsyncWebhookClient(
            response_url, session=self._client.session, retry_handlers=self._client.retry_handlers
        )

        async def send(form: dict[str, Any]) -> str:
            answer = await hook.send_dict({"response_type": "ephemeral", "replace_original": replace, **form})
            if answer.status_code != 200:  # the SDK does not raise for it
                raise _refusal(answer.status_code, _word(answer.body), answer.headers)
            return ""

        await _richest(send, message, 0)

    async def permalink(self, channel: str, ts: str) -> str | None:
        """The address of a message; None when Slack does not say."""
        try:
            answer = await self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
            log.warning("no permalink", channel=channel, ts=ts, exc_info=True)
            return None
        return str(answer["permalink"])

    async def open_modal(self, trigger_id: str, view: View) -> str:
        """Open a modal; returns its view id. The trigger lives three seconds."""

        async def send(form: dict[str, Any]) -> str:
            answer = await self._client.views_open(trigger_id=trigger_id, view=form)
            return str(answer["view"]["id"])

        return await _plainest(send, view)

    async def update_modal(self, view_id: str, view: View) -> None:
        """Another content for a modal that is open."""

        async def send(form: dict[str, Any]) -> str:
            await self._client.views_update(view_id=view_id, view=form)
            return view_id

        await _plainest(send, view)

    async def publish_home(self, user: str, view: View) -> None:
        """Somebody's App Home."""

        async def send(form: dict[str, Any]) -> str:
            await self._client.views_publish(user_id=user, view=form)
            return ""

        await _plainest(send, view)


async def _richest(send: Callable[[dict[str, Any]], Awaitable[str]], message: Message, level: int) -> Sent:
    """Send the richest form that Slack takes, from `level` on."""
    forms = message.forms()
    while True:
        level = min(level, len(forms) - 1)
        try:
            return Sent(await _attempt(send, forms[level]), level)
        except Unsent as refusal:
            if refusal.problem not in _TOO_RICH or level == len(forms) - 1:
                raise
            log.warning("Slack refused a message's blocks; sending it plainer", problem=refusal.problem, level=level)
            level += 1


async def _plainest(send: Callable[[dict[str, Any]], Awaitable[str]], view: View) -> str:
    try:
        return await _attempt(send, view.body)
    except Unsent as refusal:
        if refusal.problem not in _TOO_RICH:
            raise
        log.warning("Slack refused a view; sending it plainer", problem=refusal.problem)
        return await _attempt(send, {**view.body, "blocks": plainly(view.body["blocks"])})


async def _attempt(send: Callable[[dict[str, Any]], Awaitable[str]], form: dict[str, Any]) -> str:
    try:
        return await send(form)
    except SlackApiError as error:
        data = getattr(error.response, "data", None)
        word = data.get("error") if isinstance(data, dict) else None
        headers = getattr(error.response, "headers", {})
        raise _refusal(getattr(error.response, "status_code", 500), word, headers) from error
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unsent(f"Slack cannot be reached ({type(error).__name__})", passing=True) from error


def _refusal(status: int, word: object, headers: Mapping[str, str]) -> Unsent:
    """Our error for an answer of Slack's; what is not one of its error words (a page of a proxy) is named by its status."""
    problem = word if isinstance(word, str) and _ERROR_WORD.fullmatch(word) else f"HTTP {status}"
    passing = problem in _PASSING or status == 429 or status >= 500
    asked = headers.get("Retry-After", "0")
    return Unsent(problem, passing=passing, wait_seconds=float(asked) if asked.isdigit() else 0.0)


def _word(body: str) -> object:
    """The error word of a response URL's answer: plain, or in a JSON object."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return body.strip()
    return parsed.get("error") if isinstance(parsed, dict) else None
