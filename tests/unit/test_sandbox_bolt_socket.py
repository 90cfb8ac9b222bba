"""An unmodified Bolt app (AsyncApp, AsyncSocketModeHandler) lives in the sandbox as it does in Slack."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Message, SlackSandbox
from tests.unit.bolt_app import GENEROUS, bolt_app, connected

JSON = dict[str, Any]


def _section(text: str) -> JSON:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def mine(slack: SlackSandbox) -> list[Message]:
    """What only Olga sees in the operations channel."""
    return slack.ephemerals("U0OLGA", "C0OPS")


def _buttons(*labels: str) -> JSON:
    buttons = [
        {
            "type": "button",
            "action_id": label.lower(),
            "value": f"run-{label}",
            "text": {"type": "plain_text", "text": label},
        }
        for label in labels
    ]
    return {"type": "actions", "block_id": "choices", "elements": buttons}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(manifest=GENEROUS) as slack:
        yield slack


@pytest.fixture
def app(slack: SlackSandbox) -> AsyncApp:
    return bolt_app(slack)


async def test_a_command_is_acknowledged_and_answered_in_the_channel(slack: SlackSandbox, app: AsyncApp) -> None:
    seen: list[JSON] = []

    @app.command("/myfinance")
    async def deploy(ack: AsyncAck, body: JSON, client: AsyncWebClient) -> None:
        seen.append(body)
        await ack()
        sent = await client.chat_postMessage(channel="C0OPS", text="deploying", blocks=[_section("deploying v1.2.0")])
        await client.chat_update(channel="C0OPS", ts=sent["ts"], text="done", blocks=[_section("v1.2.0 is live")])

    async with connected(slack, app):
        outcome = await slack.say("U0OLGA", "C0OPS", "/myfinance deploy v1.2.0")
        assert outcome.ok
        assert outcome.ack_ms is not None
        await slack.wait_for(lambda ws: "v1.2.0 is live" in ws.messages("C0OPS")[-1].words)

    (body,) = seen
    assert body["command"] == "/myfinance"
    assert body["text"] == "deploy v1.2.0"
    assert (body["user_id"], body["user_name"]) == ("U0OLGA", "olga")
    assert (body["channel_id"], body["channel_name"]) == ("C0OPS", "myfinance-ops")
    assert body["team_id"] == "T0SANDBOX"
    assert body["api_app_id"] == "A0MYFINANCE"
    assert not slack.messages("C0OPS")[0].edited, "a message of blocks is not marked (edited)"


async def test_the_ack_itself_may_answer_only_to_the_asker(slack: SlackSandbox, app: AsyncApp) -> None:
    @app.command("/myfinance")
    async def refuse(ack: AsyncAck) -> None:
        await ack("You may not do that.")

    async with connected(slack, app):
        await slack.say("U0VIC", "C0OPS", "/myfinance deploy v1.2.0")

    assert [message.text for message in slack.ephemerals("U0VIC", "C0OPS")] == ["You may not do that."]
    assert slack.ephemerals("U0OLGA", "C0OPS") == []
    assert slack.messages("C0OPS") == []


async def test_a_button_brings_its_message_and_its_value(slack: SlackSandbox, app: AsyncApp) -> None:
    seen: list[JSON] = []

    @app.command("/myfinance")
    async def offer(ack: AsyncAck, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel="C0OPS", text="sure?", blocks=[_section("Sure?"), _buttons("Cancel")])

    @app.action("cancel")
    async def cancel(ack: AsyncAck, body: JSON, client: AsyncWebClient) -> None:
        await ack()
        seen.append(body)
        await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="cancelled")

    async with connected(slack, app):
        await slack.say("U0OLGA", "C0OPS", "/myfinance deploy v1.2.0")
        question = await slack.wait_for(lambda ws: ws.messages("C0OPS")[0])
        await slack.click("U0OLGA", question, "Cancel")
        await slack.wait_for(lambda ws: ws.messages("C0OPS")[0].text == "cancelled")

    (body,) = seen
    assert body["type"] == "block_actions"
    assert body["container"] == {
        "type": "message", "message_ts": question.ts, "channel_id": "C0OPS", "is_ephemeral": False,
    }  # fmt: skip
    assert body["actions"][0]["value"] == "run-Cancel"
    assert body["actions"][0]["block_id"] == "choices"
    assert body["actions"][0]["action_ts"]
    assert slack.messages("C0OPS")[0].blocks == [], "an update without blocks takes the old blocks away"
    assert slack.messages("C0OPS")[0].edited


async def test_response_url_replaces_and_deletes_an_ephemeral_message(slack: SlackSandbox, app: AsyncApp) -> None:
    @app.command("/myfinance")
    async def ask(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="sure?", blocks=[_section("Sure?"), _buttons("Yes", "No")])

    @app.action("yes")
    async def yes(ack: AsyncAck, body: JSON, respond: AsyncRespond) -> None:
        await ack()
        assert "message" not in body, "Slack does not send an ephemeral message along"
        await respond(text="on it", replace_original=True)

    @app.action("no")
    async def no(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(delete_original=True)

    async with connected(slack, app):
        for label in ("Yes", "No"):
            await slack.say("U0OLGA", "C0OPS", "/myfinance rollback")
            question = await slack.wait_for(lambda ws: next(m for m in mine(ws) if m.buttons))
            await slack.click("U0OLGA", question, label)
            await slack.wait_for(lambda ws: [message.text for message in mine(ws)] == ["on it"])


async def test_a_modal_is_opened_refused_corrected_and_submitted(slack: SlackSandbox, app: AsyncApp) -> None:
    submitted: list[JSON] = []
    view = {
        "type": "modal", "callback_id": "deploy", "private_metadata": "run-7",
        "title": {"type": "plain_text", "text": "Deploy"}, "submit": {"type": "plain_text", "text": "Go"},
        "blocks": [
            {
                "type": "input", "block_id": "version", "label": {"type": "plain_text", "text": "Version"},
                "element": {"type": "plain_text_input", "action_id": "text"},
            }
        ],
    }  # fmt: skip

    @app.command("/myfinance")
    async def open_modal(ack: AsyncAck, body: JSON, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("deploy")
    async def submit(ack: AsyncAck, view: JSON) -> None:
        version = view["state"]["values"]["version"]["text"]["value"]
        if not version.startswith("v"):
            await ack(response_action="errors", errors={"version": "A version begins with v."})
            return
        await ack()
        submitted.append(view)

    async with connected(slack, app):
        await slack.say("U0OLGA", "C0OPS", "/myfinance deploy")
        await slack.wait_for(lambda ws: ws.modal("U0OLGA"))
        empty = await slack.submit("U0OLGA")
        refused = await slack.submit("U0OLGA", {"version": {"text": "1.2.0"}})
        accepted = await slack.submit("U0OLGA", {"version": {"text": "v1.2.0"}})
        await slack.wait_for(lambda ws: submitted)

    assert empty.errors == {"version": "Please complete this required field."}
    assert refused.errors == {"version": "A version begins with v."}
    assert accepted.ok
    assert slack.modal("U0OLGA") is None
    assert submitted[0]["private_metadata"] == "run-7"
    assert len(slack.deliveries("view")) == 2, "an empty required field never leaves the client"


async def test_the_app_home_is_published_when_it_is_opened(slack: SlackSandbox, app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def home(event: JSON, client: AsyncWebClient) -> None:
        view = {"type": "home", "blocks": [_section(f"Hello {event['user']}"), _buttons("Status")]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.action("status")
    async def status(ack: AsyncAck, body: JSON, client: AsyncWebClient) -> None:
        await ack()
        assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
        view = {"type": "home", "blocks": [_section("All well")]}
        await client.views_publish(user_id=body["user"]["id"], view=view, hash=body["view"]["hash"])

    async with connected(slack, app):
        await slack.open_home("U0ADA")
        home_view = await slack.wait_for(lambda ws: ws.home("U0ADA"))
        assert "Hello U0ADA" in home_view.words
        await slack.click("U0ADA", home_view, "Status")
        await slack.wait_for(lambda ws: "All well" in home_view.words)
    assert slack.home("U0OLGA") is None


async def test_a_file_is_uploaded_in_two_steps_and_shared(slack: SlackSandbox, app: AsyncApp) -> None:
    answer = await app.client.files_upload_v2(
        channel="C0OPS", content="line 1\nline 2", filename="deploy.log", title="Deploy log", initial_comment="The log"
    )
    (message,) = slack.messages("C0OPS")
    assert message.text == "The log"
    assert message.files[0]["title"] == "Deploy log"
    assert slack.file(answer["files"][0]["id"]) == b"line 1\nline 2"
