"""The same Bolt app behind a request URL: signed HTTP instead of sockets."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Options, SlackSandbox
from sandbox.slack.delivery.http import signature
from tests.unit.bolt_app import bolt_app, listening, post

JSON = dict[str, Any]


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T0SANDBOX", bot_user_id="U0BOT", bot_token=SlackSandbox.bot_token
    )


def unconnected_app(secret: str = SlackSandbox.signing_secret) -> AsyncApp:
    """An app that asks Slack nothing at its start: its URL must exist before the sandbox that is to call it."""
    return AsyncApp(signing_secret=secret, authorize=_authorize)


async def test_a_command_an_action_a_view_and_an_event_arrive_signed() -> None:
    app = unconnected_app()
    seen: list[str] = []
    client: list[AsyncWebClient] = []
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Sure?"}}
    button = {"type": "button", "action_id": "go", "value": "7", "text": {"type": "plain_text", "text": "Go"}}
    text = {"type": "plain_text_input", "action_id": "text"}
    view = {
        "type": "modal", "callback_id": "form",
        "title": {"type": "plain_text", "text": "Form"}, "submit": {"type": "plain_text", "text": "OK"},
        "blocks": [{"type": "input", "block_id": "why", "label": {"type": "plain_text", "text": "Why"}, "element": text}],
    }  # fmt: skip

    @app.command("/myfinance")
    async def command(ack: Any, body: JSON) -> None:
        seen.append(f"command {body['text']}")
        await ack(text="sure?", blocks=[section, {"type": "actions", "elements": [button]}])

    @app.action("go")
    async def action(ack: Any, body: JSON) -> None:
        await ack()
        seen.append(f"action {body['actions'][0]['value']}")
        await client[0].views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    async def submitted(ack: Any, body: JSON) -> None:
        seen.append(f"view {body['view']['state']['values']['why']['text']['value']}")
        await ack(response_action="clear")

    @app.event("app_home_opened")
    async def home(event: JSON) -> None:
        seen.append(f"event {event['user']}")

    async with listening(app) as url, SlackSandbox(options=Options(request_url=url)) as slack:
        client.append(AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))
        assert await slack.verify_request_url()
        assert (await slack.say("U0OLGA", "C0OPS", "/myfinance rollback now & <here>")).ok
        assert (await slack.click("U0OLGA", slack.ephemerals("U0OLGA", "C0OPS")[0], "Go")).ok
        await slack.wait_for(lambda ws: ws.modal("U0OLGA"))
        assert (await slack.submit("U0OLGA", {"why": {"text": "because"}})).response_action == "clear"
        await slack.open_home("U0OLGA")
        await slack.wait_for(lambda ws: ws.deliveries("event")[0].ack_ms)
        assert slack.modal("U0OLGA") is None
        assert {delivery.via for delivery in slack.deliveries()} == {"http"}
    assert seen == ["command rollback now & <here>", "action 7", "view because", "event U0OLGA"]


async def test_a_wrong_signing_secret_is_a_failed_command() -> None:
    app = unconnected_app(secret="another-secret")
    async with listening(app) as url, SlackSandbox(options=Options(request_url=url)) as slack:
        outcome = await slack.say("U0OLGA", "C0OPS", "/myfinance status")
        assert (outcome.ok, outcome.error) == (False, "http_client_error")


async def test_an_address_where_nobody_listens_is_a_failed_command() -> None:
    async with SlackSandbox(options=Options(request_url="http://127.0.0.1:9/slack/events")) as slack:
        assert (await slack.say("U0OLGA", "C0OPS", "/myfinance status")).error == "dispatch_failed"
        slack.deliver_event({"type": "app_mention"})
        await slack.wait_for(lambda ws: ws.deliveries("event")[1].error)
        first, second = slack.deliveries("event")
        assert (first.retry_attempt, second.retry_attempt, second.retry_reason) == (0, 1, "connection_failed")


async def test_the_signature_is_slacks() -> None:
    """The worked example of https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
        "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
        "trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature(body, "1531420618", "8f742231b10e8888abcd99yyyzzz85a5") == expected


async def test_an_unsigned_request_is_refused_by_the_app() -> None:
    async with SlackSandbox() as slack, listening(bolt_app(slack)) as url:
        assert (await post(url, data={"command": "/myfinance"}))[0] == 401
