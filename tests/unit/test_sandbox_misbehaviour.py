"""The sandbox misbehaves on request, and a Bolt app is seen coping."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.unit.bolt_app import bolt_app, connected

JSON = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


def answering(slack: SlackSandbox) -> tuple[AsyncApp, list[str]]:
    """An app that acknowledges every command and remembers its trigger id."""
    app, heard = bolt_app(slack), list[str]()

    @app.command("/myfinance")
    async def command(ack: Any, body: JSON) -> None:
        await ack()
        heard.append(body["trigger_id"])

    return app, heard


async def test_a_rate_limit_says_when_to_come_back(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.rate_limit("chat.postMessage", times=1, retry_after=1)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    started = time.monotonic()
    await client.chat_postMessage(channel="C0OPS", text="patient")
    assert time.monotonic() - started >= 1
    assert [call.status for call in slack.calls("chat.postMessage")] == [429, 200]


async def test_a_method_can_fail_with_a_status_or_with_an_error(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", status=503)
    slack.fail("chat.postMessage", error="fatal_error")
    for expected in (503, 200):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C0OPS", text="x")
        assert caught.value.response.status_code == expected
    await client.chat_postMessage(channel="C0OPS", text="at last")
    assert [message.text for message in slack.messages("C0OPS")] == ["at last"]


async def test_a_method_can_be_slow_but_right(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.slow("*", seconds=0.3)
    started = time.monotonic()
    await client.chat_postMessage(channel="C0OPS", text="late")
    assert time.monotonic() - started >= 0.3
    assert slack.messages("C0OPS")[0].text == "late"


async def test_behaving_again_forgets_what_was_ordered(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", times=99)
    slack.refuse_blocks("section")
    slack.behave()
    await client.chat_postMessage(channel="C0OPS", text="x", blocks=[{"type": "divider"}])


async def test_an_unknown_order_is_refused(slack: SlackSandbox) -> None:
    several: list[dict[str, JSON]] = [
        {"explode": {}},
        {"fail": {"metod": "x"}},
        {"revoke": {"token": "all"}},
        {"expire": {"what": "time"}},
    ]
    for orders in several:
        with pytest.raises(ValueError, match=next(iter(orders))):
            await slack.misbehave(**orders)


@pytest.mark.parametrize("order", [{}, {"reason": "refresh_requested"}, {"reason": "warning"}])
async def test_a_bolt_app_comes_back_after_its_sockets_were_taken(slack: SlackSandbox, order: JSON) -> None:
    app, heard = answering(slack)
    async with connected(slack, app, sockets=2):
        opened = slack.platform.sockets.opened
        await slack.misbehave(drop_sockets=order)
        await slack.wait_for(lambda ws: ws.platform.sockets.opened == opened + 2 and ws.sockets == 2)
        assert (await slack.say("U0OLGA", "C0OPS", "/myfinance status")).ok
        await slack.wait_for(lambda _: len(heard) == 1)


async def test_a_bolt_app_comes_in_when_it_was_refused_at_first(slack: SlackSandbox) -> None:
    app, heard = answering(slack)
    slack.refuse_connections(2)
    async with connected(slack, app):
        assert (await slack.say("U0OLGA", "C0OPS", "/myfinance status")).ok
        await slack.wait_for(lambda _: len(heard) == 1)


async def test_bolt_by_itself_handles_a_duplicate_twice(slack: SlackSandbox) -> None:
    """What the bot has to guard against; should Bolt ever do it, this test says so."""
    app, heard = answering(slack)
    slack.deliver_twice("command")
    async with connected(slack, app):
        await slack.say("U0OLGA", "C0OPS", "/myfinance status")
        await slack.wait_for(lambda _: len(heard) == 2)
    assert heard[0] == heard[1]
