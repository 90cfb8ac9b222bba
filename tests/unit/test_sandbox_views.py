"""Modals and Home tabs: the stack, updates that meet, and what an ack may do to them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Outcome, PersonError, SlackSandbox
from tests.unit.raw_socket import raw_socket

JSON = dict[str, Any]
VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


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


def field(block_id: str, **more: Any) -> JSON:
    """An input for one line of text."""
    element = {"type": "plain_text_input", "action_id": "text"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": "?"},
        "element": element,
        **more,
    }


def form(*blocks: JSON) -> JSON:
    return {**VIEW, "submit": {"type": "plain_text", "text": "OK"}, "blocks": list(blocks)}


async def submitted(slack: SlackSandbox, values: JSON, answer: JSON) -> Outcome:
    """Olga submits the modal in front of her and the app acknowledges with `answer`."""
    async with raw_socket(slack) as (socket, _):
        submitting = asyncio.create_task(slack.submit("U0OLGA", values))
        await socket.ack(await socket.frame(), answer)
        return await submitting


async def test_modals_stack_three_high_and_close_one_by_one(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    button = {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}
    view = {**VIEW, "blocks": [{"type": "actions", "elements": [button]}]}
    root = (await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=view))["view"]
    for _ in range(2):
        front = slack.modal("U0OLGA")
        assert front is not None
        trigger = (await slack.click("U0OLGA", front, "More")).trigger_id
        pushed = (await bot.views_push(trigger_id=str(trigger), view=view))["view"]
        assert (pushed["root_view_id"], pushed["previous_view_id"]) == (root["id"], front.id)
    front = slack.modal("U0OLGA")
    assert front is not None
    trigger = (await slack.click("U0OLGA", front, "More")).trigger_id
    assert await error(bot.views_push(trigger_id=str(trigger), view=view)) == "push_limit_reached"
    outside = (await command(slack))["trigger_id"]
    assert await error(bot.views_push(trigger_id=outside, view=view)) == "invalid_trigger_id"
    for _ in range(3):
        await slack.close("U0OLGA")
    assert slack.modal("U0OLGA") is None
    assert await error(bot.views_update(view_id=root["id"], view=view)) == "not_found"


async def test_a_view_that_changed_meanwhile_is_not_overwritten(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    opened = (await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=VIEW))["view"]
    await bot.views_update(view_id=opened["id"], hash=opened["hash"], view=VIEW)
    assert await error(bot.views_update(view_id=opened["id"], hash=opened["hash"], view=VIEW)) == "hash_conflict"
    published = (await bot.views_publish(user_id="U0OLGA", view=HOME))["view"]
    again = (await bot.views_publish(user_id="U0OLGA", view=HOME, hash=published["hash"]))["view"]
    assert again["id"] == published["id"]
    assert await error(bot.views_publish(user_id="U0OLGA", view=HOME, hash=published["hash"])) == "hash_conflict"
    assert await error(bot.views_publish(user_id="U0NOBODY", view=HOME)) == "user_not_found"
    assert await error(bot.views_publish(user_id="U0OLGA", view=VIEW)) == "invalid_arguments"


async def test_an_external_id_names_one_open_view(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    named = {**VIEW, "external_id": "deploy-7"}
    await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=named)
    await slack.say("U0ADA", "C0OPS", "/myfinance status")
    other = slack.deliveries("command")[-1].payload["trigger_id"]
    assert await error(bot.views_open(trigger_id=other, view=named)) == "duplicate_external_id"
    await bot.views_update(external_id="deploy-7", view={**named, "blocks": []})
    front = slack.modal("U0OLGA")
    assert front is not None
    assert front.blocks == []


async def test_a_modal_that_asked_for_it_is_told_when_it_is_closed(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    view = {**VIEW, "notify_on_close": True, "callback_id": "form"}
    await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=view)
    async with raw_socket(slack) as (socket, _):
        closing = asyncio.create_task(slack.close("U0OLGA"))
        envelope = await socket.frame()
        await socket.ack(envelope)
        await closing
    assert envelope["payload"]["type"] == "view_closed"
    assert envelope["payload"]["view"]["callback_id"] == "form"
    assert envelope["payload"]["is_cleared"] is False


async def test_an_ack_may_update_push_or_clear(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=form(field("one")))
    root = slack.modal("U0OLGA")
    filled = {"one": {"text": "1"}}
    assert (await submitted(slack, filled, {"response_action": "update", "view": form(field("two"))})).ok
    assert slack.modal("U0OLGA") is root
    await submitted(slack, {"two": {"text": "2"}}, {"response_action": "push", "view": form(field("three"))})
    front = slack.modal("U0OLGA")
    assert root is not None
    assert front is not None
    assert front.previous_id == root.id
    await submitted(slack, {"three": {"text": "3"}}, {"response_action": "clear"})
    assert slack.modal("U0OLGA") is None, "the whole stack is gone"


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"elsewhere": "no such input"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "explode"},
    ],
)
async def test_an_ack_that_slack_cannot_follow_is_trouble_for_the_person(
    slack: SlackSandbox, bot: AsyncWebClient, answer: JSON
) -> None:
    await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=form(field("why")))
    outcome = await submitted(slack, {"why": {"text": "because"}}, answer)
    assert not outcome.ok
    assert outcome.error is not None
    assert outcome.error.startswith("We had some trouble connecting")
    assert slack.modal("U0OLGA") is not None, "the modal stays open"


async def test_what_was_typed_survives_an_update_where_the_input_does(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    view = form(field("kept"), field("dropped"), field("free", optional=True))
    opened = (await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=view))["view"]
    await submitted(slack, {"kept": {"text": "a"}, "dropped": {"text": "b"}}, {"response_action": "explode"})
    answer = await bot.views_update(view_id=opened["id"], view=form(field("kept")))
    assert answer["view"]["state"]["values"] == {"kept": {"text": {"type": "plain_text_input", "value": "a"}}}


async def test_a_person_can_only_fill_in_what_is_there(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    options = [{"text": {"type": "plain_text", "text": "Blue"}, "value": "blue"}]
    select = field("colour", element={"type": "static_select", "action_id": "pick", "options": options})
    await bot.views_open(trigger_id=(await command(slack))["trigger_id"], view=form(select))
    with pytest.raises(PersonError, match="no field"):
        await slack.submit("U0OLGA", {"color": {"pick": "blue"}})
    with pytest.raises(PersonError, match="no option 'red'"):
        await slack.submit("U0OLGA", {"colour": {"pick": "red"}})
    assert (await submitted(slack, {"colour": {"pick": "blue"}}, {})).ok
    values = slack.deliveries("view")[0].payload["view"]["state"]["values"]
    assert values["colour"]["pick"]["selected_option"]["value"] == "blue"
