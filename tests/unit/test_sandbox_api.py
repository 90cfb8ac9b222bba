"""The Web API answers as Slack does, refusals included."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from sandbox.slack import Options, SlackSandbox
from tests.unit.bolt_app import GENEROUS, OURS, post

JSON = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(manifest=GENEROUS) as slack:
        yield slack


@pytest.fixture
def bot(slack: SlackSandbox) -> AsyncWebClient:
    return client(slack)


def client(slack: SlackSandbox, token: str | None = SlackSandbox.bot_token) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.api_url)


async def refusal(call: Awaitable[AsyncSlackResponse]) -> Any:
    """The answer to a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


def section(text: str) -> JSON:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def test_the_bot_learns_who_it_is(bot: AsyncWebClient) -> None:
    answer = await bot.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0BOT", "B0BOT", "T0SANDBOX")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "error"),
    [("xoxb-wrong", "invalid_auth"), (None, "not_authed"), ("xapp-sandbox-app", "not_allowed_token_type")],
)
async def test_a_wrong_token_is_named(slack: SlackSandbox, token: str | None, error: str) -> None:
    assert (await refusal(client(slack, token).auth_test()))["error"] == error


async def test_socket_mode_needs_the_app_token(slack: SlackSandbox) -> None:
    assert (await client(slack).apps_connections_open(app_token=slack.app_token))["url"].startswith("ws://127.0.0.1:")
    wrong = await refusal(client(slack).apps_connections_open(app_token=slack.bot_token))
    assert wrong["error"] == "not_allowed_token_type"


async def test_a_revoked_token_is_told_so(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    slack.revoke("bot")
    assert (await refusal(bot.auth_test()))["error"] == "token_revoked"
    slack.behave()
    assert (await bot.auth_test())["ok"]


async def test_an_unknown_method_is_refused(bot: AsyncWebClient) -> None:
    answer = await refusal(bot.api_call("chat.shout"))
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.shout")


async def test_a_method_needs_its_scope() -> None:
    async with SlackSandbox(manifest=OURS) as slack:
        answer = await refusal(client(slack).users_info(user="U0ADA"))
        assert answer["error"] == "missing_scope"
        assert answer["needed"] == "users:read"
        assert "chat:write" in answer["provided"].split(",")


async def test_an_optional_scope_may_not_have_been_granted() -> None:
    async with SlackSandbox(options=Options(optional_scopes=False)) as slack:
        answer = await refusal(client(slack).usergroups_users_list(usergroup="S0ONCALL"))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "usergroups:read")


async def test_user_groups_need_a_paid_plan(bot: AsyncWebClient) -> None:
    assert (await bot.usergroups_users_list(usergroup="S0ONCALL"))["users"] == ["U0OLGA"]
    assert (await bot.usergroups_list(include_users=True))["usergroups"][0]["handle"] == "oncall"
    assert (await refusal(bot.usergroups_users_list(usergroup="S0NONE")))["error"] == "no_such_subteam"
    async with SlackSandbox(options=Options(user_groups=False)) as free:
        answer = await refusal(client(free).usergroups_users_list(usergroup="S0ONCALL"))
        assert answer["error"] == "plan_upgrade_required"


async def test_people_and_channels_are_found_by_id(bot: AsyncWebClient) -> None:
    assert (await bot.users_info(user="U0OLGA"))["user"]["real_name"] == "Olga Operator"
    assert (await refusal(bot.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    assert (await bot.conversations_info(channel="C0OPS"))["channel"]["is_member"] is True
    assert (await bot.conversations_info(channel="C0GENERAL"))["channel"]["is_member"] is False
    assert (await refusal(bot.conversations_info(channel="C0NONE")))["error"] == "channel_not_found"
    assert {channel["id"] for channel in (await bot.conversations_list())["channels"]} >= {"C0OPS", "C0RANDOM"}


async def test_posting_where_the_bot_is_no_member_takes_a_scope(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    await bot.chat_postMessage(channel="C0GENERAL", text="hello")
    assert slack.messages("C0GENERAL")[0].text == "hello"
    assert (await refusal(bot.chat_postMessage(channel="C0NONE", text="hello")))["error"] == "channel_not_found"
    without = replace(OURS, scopes=tuple(scope for scope in OURS.scopes if scope != "chat:write.public"))
    async with SlackSandbox(manifest=without) as other:
        strict = client(other)
        assert (await refusal(strict.chat_postMessage(channel="C0GENERAL", text="x")))["error"] == "not_in_channel"
        await strict.chat_postMessage(channel="C0OPS", text="x")


async def test_a_message_can_be_sent_to_a_person(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    channel = (await bot.chat_postMessage(channel="U0VIC", text="psst"))["channel"]
    assert [message.text for message in slack.messages(channel)] == ["psst"]


async def test_ephemeral_messages_reach_one_member_of_a_channel_the_bot_is_in(
    slack: SlackSandbox, bot: AsyncWebClient
) -> None:
    await bot.chat_postEphemeral(channel="C0OPS", user="U0VIC", text="only you")
    assert [message.text for message in slack.ephemerals("U0VIC", "C0OPS")] == ["only you"]
    assert slack.ephemerals("U0ADA", "C0OPS") == []
    general = await refusal(bot.chat_postEphemeral(channel="C0GENERAL", user="U0VIC", text="x"))
    stranger = await refusal(bot.chat_postEphemeral(channel="C0OPS", user="U0NOBODY", text="x"))
    assert (general["error"], stranger["error"]) == ("not_in_channel", "user_not_in_channel")


async def test_only_own_lasting_messages_can_be_changed(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    said = await slack.say("U0VIC", "C0OPS", "a person's words")
    secret = await bot.chat_postEphemeral(channel="C0OPS", user="U0VIC", text="only you")
    mine = await bot.chat_postMessage(channel="C0OPS", text="before")
    assert said.ts is not None
    someone_elses = await refusal(bot.chat_update(channel="C0OPS", ts=said.ts, text="x"))
    ephemeral = await refusal(bot.chat_update(channel="C0OPS", ts=secret["message_ts"], text="x"))
    nowhere = await refusal(bot.chat_update(channel="C0OPS", ts="1.000001", text="x"))
    assert someone_elses["error"] == "cant_update_message"
    assert ephemeral["error"] == "message_not_found"
    assert nowhere["error"] == "message_not_found"
    assert (await refusal(bot.chat_delete(channel="C0OPS", ts=said.ts)))["error"] == "cant_delete_message"

    await bot.chat_update(channel="C0OPS", ts=mine["ts"], text="after")
    assert (slack.messages("C0OPS")[-1].text, slack.messages("C0OPS")[-1].edited) == ("after", True)
    await bot.chat_delete(channel="C0OPS", ts=mine["ts"])
    assert [message.text for message in slack.messages("C0OPS")] == ["a person's words"]


async def test_a_permalink_leads_to_the_message(bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel="C0OPS", text="here"))["ts"]
    link = (await bot.chat_getPermalink(channel="C0OPS", message_ts=ts))["permalink"]
    assert link.endswith(f"/archives/C0OPS/p{ts.replace('.', '')}")
    assert (await refusal(bot.chat_getPermalink(channel="C0OPS", message_ts="1.000001")))[
        "error"
    ] == "message_not_found"


async def test_a_broken_message_is_refused_with_the_place(bot: AsyncWebClient) -> None:
    answer = await refusal(bot.chat_postMessage(channel="C0OPS", text="x", blocks=[section("x" * 3001)]))
    assert answer["error"] == "invalid_blocks"
    expected = "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["response_metadata"]["messages"] == [expected]
    blocks = [section("x" * 3000)] * 5
    for sent, error in (
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": blocks}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [{"type": "alert", "text": {"type": "plain_text", "text": "!"}}]}, "invalid_blocks"),
    ):
        call = bot.api_call("chat.postMessage", json={"channel": "C0OPS", **sent})
        assert (await refusal(call))["error"] == error


async def test_an_update_takes_a_shorter_text_than_a_post(bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel="C0OPS", text="x" * 4_001))["ts"]
    assert (await refusal(bot.chat_update(channel="C0OPS", ts=ts, text="x" * 4_001)))["error"] == "msg_too_long"


async def test_block_types_can_be_refused_to_try_a_fallback(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    plan = {"type": "plan", "title": "Deploy", "tasks": []}
    slack.refuse_blocks("plan")
    assert (await refusal(bot.chat_postMessage(channel="C0OPS", text="x", blocks=[plan])))["error"] == "invalid_blocks"
    await bot.chat_postMessage(channel="C0OPS", text="x", blocks=[section("the same in words")])
    slack.refuse_blocks()
    await bot.chat_postMessage(channel="C0OPS", text="x", blocks=[plan])


async def test_missing_arguments_are_named(bot: AsyncWebClient) -> None:
    answer = await refusal(bot.api_call("chat.postMessage", json={"text": "x"}))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


async def test_a_form_is_as_good_as_json(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    blocks = '[{"type": "divider"}]'
    await bot.api_call("chat.postMessage", data={"channel": "C0OPS", "text": "as a form", "blocks": blocks})
    assert slack.messages("C0OPS")[0].blocks[0]["type"] == "divider"


async def test_slack_completes_what_it_stores(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    await bot.chat_postMessage(
        channel="C0OPS", text="x", blocks=[section("x"), {"type": "actions", "elements": [button]}]
    )
    stored_section, stored_actions = slack.messages("C0OPS")[0].blocks
    assert stored_section["block_id"]
    assert stored_section["text"]["verbatim"] is False
    assert stored_actions["elements"][0]["action_id"]
    assert stored_actions["elements"][0]["text"]["emoji"] is True


async def test_an_upload_must_be_what_was_announced(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    ticket = await bot.files_getUploadURLExternal(filename="log.txt", length=5)
    files = [{"id": ticket["file_id"], "title": "Log"}]
    too_soon = await refusal(bot.files_completeUploadExternal(files=files, channel_id="C0OPS"))
    assert too_soon["error"] == "file_not_found"
    assert (await post(ticket["upload_url"], data=b"four"))[0] == 400
    assert (await post(ticket["upload_url"], data=b"12345"))[0] == 200
    not_a_member = await refusal(bot.files_completeUploadExternal(files=files, channel_id="C0GENERAL"))
    assert not_a_member["error"] == "not_in_channel"
    await bot.files_completeUploadExternal(files=files, channel_id="C0OPS")
    assert slack.messages("C0OPS")[0].files[0]["title"] == "Log"
    assert slack.file(ticket["file_id"]) == b"12345"


async def test_every_call_is_recorded(slack: SlackSandbox, bot: AsyncWebClient) -> None:
    await bot.chat_postMessage(channel="C0OPS", text="seen")
    await refusal(bot.chat_postMessage(channel="C0NONE", text="seen"))
    good, bad = slack.calls("chat.postMessage")
    assert (good.args["text"], good.ok, good.status) == ("seen", True, 200)
    assert (bad.ok, bad.answer["error"]) == (False, "channel_not_found")
    assert "token" not in good.args
