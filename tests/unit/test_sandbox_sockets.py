"""Socket Mode: connections, envelopes, acks, and what happens when they fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import pytest

from sandbox.slack import Outcome, SlackSandbox
from sandbox.slack.manifest import Manifest
from sandbox.slack.sandbox import MANIFEST
from tests.unit.raw_socket import raw_socket, socket_url

ASK = ("U0OLGA", "C0OPS", "/myfinance status")


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


def typing(slack: SlackSandbox) -> asyncio.Task[Outcome]:
    """Olga types a command; the task ends when Slack has an answer or has given up."""
    return asyncio.create_task(slack.say(*ASK))


async def refused(slack: SlackSandbox, url: str) -> None:
    """The server does not let us in at this address."""
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with raw_socket(slack, url=url):
            pass


async def test_a_connection_is_greeted(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (_, hello), raw_socket(slack) as (_, second):
        assert hello["type"] == "hello"
        assert hello["connection_info"] == {"app_id": "A0MYFINANCE"}
        assert hello["debug_info"]["approximate_connection_time"]
        assert (hello["num_connections"], second["num_connections"]) == (1, 2)
    await slack.wait_for(lambda ws: ws.sockets == 0)


async def test_an_address_is_good_for_one_connection_and_half_a_minute(slack: SlackSandbox) -> None:
    used, old = await socket_url(slack), await socket_url(slack)
    async with raw_socket(slack, url=used):
        pass
    await refused(slack, used)
    slack.clock.advance(30)
    await refused(slack, old)


async def test_the_eleventh_connection_is_turned_away(slack: SlackSandbox) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(raw_socket(slack))
        eleventh, frame = await stack.enter_async_context(raw_socket(slack))
        assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
        assert await eleventh.closed()


async def test_an_app_without_socket_mode_is_disconnected() -> None:
    off = replace(Manifest.load(MANIFEST), socket_mode=False)
    async with SlackSandbox(manifest=off) as slack, raw_socket(slack) as (_, frame):
        assert frame["reason"] == "link_disabled"


async def test_a_command_travels_in_an_envelope_that_may_be_answered(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (socket, _):
        asked = typing(slack)
        envelope = await socket.frame()
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        payload = envelope["payload"]
        assert payload.keys() == {
            "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command", "text",
            "api_app_id", "is_enterprise_install", "response_url", "trigger_id",
        }  # fmt: skip
        await socket.ack(envelope, {"response_type": "in_channel", "text": "all well"})
        outcome = await asked
    assert outcome.ok
    assert [message.text for message in slack.messages("C0OPS")] == ["all well"]
    assert slack.deliveries("command")[0].ack_ms is not None


async def test_each_payload_goes_to_one_connection_in_turn(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (first, _), raw_socket(slack) as (second, _):
        for socket in (first, second, first):
            asked = typing(slack)
            await socket.ack(await socket.frame())
            assert (await asked).ok
    assert len(slack.deliveries("command")) == 3


async def test_without_a_connection_a_command_fails_at_once_and_only_the_asker_is_told(slack: SlackSandbox) -> None:
    outcome = await slack.say(*ASK)
    assert (outcome.ok, outcome.error) == (False, "dispatch_failed")
    (told,) = slack.ephemerals("U0OLGA", "C0OPS")
    assert told.text == '/myfinance failed with the error "dispatch_failed"'
    assert told.user == "USLACKBOT"
    assert slack.ephemerals("U0VIC", "C0OPS") == []


async def test_an_ack_must_come_within_three_seconds(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (socket, _):
        asked = typing(slack)
        await socket.frame()
        slack.clock.advance(2.9)
        await asyncio.sleep(0)
        assert not asked.done()
        slack.clock.advance(0.2)
        async with asyncio.timeout(1):
            assert (await asked).error == "operation_timeout"
    assert "operation_timeout" in slack.ephemerals("U0OLGA", "C0OPS")[0].text
    assert slack.deliveries("command")[0].ack_ms is None


async def test_an_ack_that_slack_cannot_show_fails_the_command(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (socket, _):
        asked = typing(slack)
        envelope = await socket.frame()
        await socket.ack(envelope, {"text": "x", "blocks": [{"type": "banner"}]})
        assert (await asked).error == "invalid_blocks"


async def test_a_payload_can_be_delivered_twice(slack: SlackSandbox) -> None:
    slack.deliver_twice("command")
    async with raw_socket(slack) as (socket, _):
        asked = typing(slack)
        envelopes = [await socket.frame(), await socket.frame()]
        for envelope in envelopes:
            await socket.ack(envelope)
        assert (await asked).ok
    assert envelopes[0]["payload"] == envelopes[1]["payload"], "the same trigger_id: how an app knows it again"
    assert envelopes[0]["envelope_id"] != envelopes[1]["envelope_id"]


async def test_a_broken_connection_is_forgotten_and_the_next_one_serves(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (broken, _), raw_socket(slack) as (_, _):
        assert slack.drop_sockets() == 2
        assert slack.sockets == 0
        assert await broken.closed()
    async with raw_socket(slack) as (socket, _):
        asked = typing(slack)
        await socket.ack(await socket.frame())
        assert (await asked).ok


async def test_any_connection_may_bring_the_ack(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (first, _):
        asked = typing(slack)
        envelope = await first.frame()
        slack.drop_sockets()
        async with raw_socket(slack) as (second, _):
            await second.ack(envelope)
            assert (await asked).ok


async def test_a_refresh_ends_the_connection_at_once_a_warning_ten_seconds_later(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (socket, _):
        await slack.misbehave(drop_sockets={"reason": "refresh_requested"})
        assert (await socket.frame())["reason"] == "refresh_requested"
        assert await socket.closed()
    async with raw_socket(slack) as (socket, _):
        await slack.misbehave(drop_sockets={"reason": "warning"})
        assert (await socket.frame())["reason"] == "warning"
        asked = typing(slack)
        await socket.ack(await socket.frame())
        assert (await asked).ok, "a warned connection still serves"
        slack.clock.advance(10)
        assert await socket.closed()


async def test_connections_can_be_refused_and_the_address_stays_good(slack: SlackSandbox) -> None:
    url = await socket_url(slack)
    slack.refuse_connections(2)
    for _ in range(2):
        await refused(slack, url)
    async with raw_socket(slack, url=url) as (_, hello):
        assert hello["type"] == "hello"


async def test_an_event_is_sent_again_at_once_after_a_minute_and_after_five(slack: SlackSandbox) -> None:
    async with raw_socket(slack) as (socket, _):
        event_id = slack.deliver_event({"type": "app_mention", "user": "U0VIC", "text": "hello"})
        seen = []
        for pause in (3, 3 + 60, 3 + 300):
            envelope = await socket.frame()
            seen.append((envelope["retry_attempt"], envelope["retry_reason"], envelope["payload"]["event_id"]))
            assert envelope["accepts_response_payload"] is False
            slack.clock.advance(3)
            await slack.wait_for(lambda ws: ws.deliveries("event")[len(seen) - 1].error)
            slack.clock.advance(pause - 3)
        last = await socket.frame()
        await socket.ack(last)
        await slack.wait_for(lambda ws: ws.deliveries("event")[3].ack_ms)
    assert seen == [(0, "", event_id), (1, "timeout", event_id), (2, "timeout", event_id)]
    assert last["retry_attempt"] == 3
    assert last["payload"]["type"] == "event_callback"
    assert last["payload"]["authorizations"][0]["user_id"] == "U0BOT"


async def test_an_event_waits_for_a_connection(slack: SlackSandbox) -> None:
    slack.deliver_event({"type": "app_mention"})
    await slack.wait_for(lambda ws: len(ws.deliveries("event")) == 2 and ws.deliveries("event")[1].error)
    async with raw_socket(slack) as (socket, _):
        slack.clock.advance(60)
        envelope = await socket.frame()
        assert (envelope["retry_attempt"], envelope["retry_reason"]) == (2, "connection_failed")
        await socket.ack(envelope)
