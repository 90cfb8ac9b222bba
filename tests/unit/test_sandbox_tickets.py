"""Trigger ids and response URLs: short-lived, and counted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.unit.bolt_app import post

JSON = dict[str, Any]
VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": [{"type": "divider"}]}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.fixture
def bot(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def command(slack: SlackSandbox) -> JSON:
    """The payload of a command that nobody acknowledged: its tickets are good all the same."""
    await slack.say("U0OLGA", "C0OPS", "/myfinance status")
    return slack.deliveries("command")[-1].payload


async def error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_trigger_id_opens_one_modal_within_three_seconds(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    trigger = (await command(slack))["trigger_id"]
    slack.clock.advance(2.5)
    await bot.views_open(trigger_id=trigger, view=VIEW)
    assert await error(bot.views_open(trigger_id=trigger, view=VIEW)) == "exchanged_trigger_id"

    late = (await command(slack))["trigger_id"]
    slack.clock.advance(3)
    assert await error(bot.views_open(trigger_id=late, view=VIEW)) == "expired_trigger_id"
    assert await error(bot.views_open(trigger_id="1.2.abc", view=VIEW)) == "invalid_trigger_id"


async def test_a_refused_view_does_not_use_the_trigger_up(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    trigger = (await command(slack))["trigger_id"]
    assert await error(bot.views_open(trigger_id=trigger, view={"type": "modal", "blocks": []})) == "invalid_arguments"
    await bot.views_open(trigger_id=trigger, view=VIEW)


async def test_tickets_can_be_expired_on_request(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    payload = await command(slack)
    slack.expire("trigger_id", next_ones=1)
    assert await error(bot.views_open(trigger_id=payload["trigger_id"], view=VIEW)) == "expired_trigger_id"
    born_expired, good = await command(slack), await command(slack)
    assert await error(bot.views_open(trigger_id=born_expired["trigger_id"], view=VIEW)) == "expired_trigger_id"
    await bot.views_open(trigger_id=good["trigger_id"], view=VIEW)
    slack.expire("response_url")
    assert (await post(payload["response_url"], json={"text": "x"}))[0] == 404


async def test_a_response_url_is_good_five_times(slack: SlackSandbox) -> None:
    url = (await command(slack))["response_url"]
    for number in range(5):
        assert await post(url, json={"text": f"answer {number}"}) == (200, "ok")
    status, body = await post(url, json={"text": "one too many"})
    assert status == 404
    assert "used_url" in body
    answers = [message.text for message in slack.ephemerals("U0OLGA", "C0OPS")][1:]
    assert answers == [f"answer {number}" for number in range(5)]


async def test_a_response_url_is_good_for_half_an_hour(slack: SlackSandbox) -> None:
    url = (await command(slack))["response_url"]
    slack.clock.advance(29 * 60)
    assert (await post(url, json={"text": "in time"}))[0] == 200
    slack.clock.advance(61)
    status, body = await post(url, json={"text": "late"})
    assert status == 404
    assert "expired_url" in body


async def test_a_response_url_answers_the_asker_or_the_channel_member_or_not(slack: SlackSandbox) -> None:
    await slack.say("U0VIC", "C0GENERAL", "/myfinance status")
    url = slack.deliveries("command")[-1].payload["response_url"]
    await post(url, json={"text": "for you"})
    await post(url, json={"text": "for all", "response_type": "in_channel"})
    assert slack.ephemerals("U0VIC", "C0GENERAL")[-1].text == "for you"
    assert [message.text for message in slack.messages("C0GENERAL")] == ["for all"]


async def test_a_response_url_is_as_strict_as_a_post(slack: SlackSandbox) -> None:
    url = (await command(slack))["response_url"]
    for answer, word in (
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"text": "x", "colour": "blue"}, "no such field: colour"),
        ({"text": "x", "response_type": "secret"}, "must be ephemeral or in_channel"),
        (["x"], "invalid_payload"),
    ):
        status, body = await post(url, json=answer)
        assert status == 400
        assert word in body
    assert (await post(url, data=b"{"))[0] == 400
    for _ in range(5):  # nothing was used up by what was refused
        assert (await post(url, json={"text": "x"}))[0] == 200
    assert (await post(f"{slack.url}/response/unknown", json={"text": "x"}))[0] == 404


async def test_a_later_answer_may_replace_the_one_before(slack: SlackSandbox) -> None:
    url = (await command(slack))["response_url"]
    await post(url, json={"text": "working"})
    await post(url, json={"text": "done", "replace_original": True})
    assert [message.text for message in slack.ephemerals("U0OLGA", "C0OPS")][1:] == ["done"]
    await post(url, json={"delete_original": True})
    assert [message.text for message in slack.ephemerals("U0OLGA", "C0OPS")][1:] == []
