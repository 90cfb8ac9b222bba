"""The control API over HTTP: what the page and tests in other processes use."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.unit.bolt_app import GENEROUS
from tests.unit.raw_socket import RawSocket, raw_socket

JSON = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(manifest=GENEROUS) as slack:
        yield slack


@pytest.fixture
async def http(slack: SlackSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(slack.url) as session:
        yield session


@pytest.fixture
def bot(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def control(http: aiohttp.ClientSession, act: str, body: JSON) -> JSON:
    async with http.post(f"/sandbox/{act}", json=body) as response:
        answer: JSON = await response.json()
        return answer


async def state(http: aiohttp.ClientSession, user: str) -> JSON:
    async with http.get("/sandbox/state", params={"user": user}) as response:
        answer: JSON = await response.json()
        return answer


@asynccontextmanager
async def following(http: aiohttp.ClientSession, user: str) -> AsyncIterator["Follower"]:
    async with http.get("/sandbox/stream", params={"user": user}) as response:
        assert response.content_type == "text/event-stream"
        yield Follower(response)


class Follower:
    """Reads one person's stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def event(self) -> JSON:
        async with asyncio.timeout(5):
            while not (line := await self._response.content.readline()).startswith(b"data: "):
                pass
        event: JSON = json.loads(line.removeprefix(b"data: "))
        return event


async def acknowledge(socket: RawSocket, answer: JSON | None = None) -> JSON:
    envelope = await socket.frame()
    await socket.ack(envelope, answer)
    payload: JSON = envelope["payload"]
    return payload


async def test_the_state_is_what_one_person_sees(
    slack: SlackSandbox, http: aiohttp.ClientSession, bot: AsyncWebClient
) -> None:
    await bot.chat_postMessage(channel="C0OPS", text="for all")
    await bot.chat_postEphemeral(channel="C0OPS", user="U0VIC", text="for Vic")
    await bot.chat_postMessage(channel="U0VIC", text="in private")
    vic, ada = await state(http, "U0VIC"), await state(http, "U0ADA")
    assert [user["id"] for user in vic["users"]] == ["U0ADA", "U0OLGA", "U0VIC", "U0NEW"]
    assert vic["command"]["command"] == "/myfinance"
    assert vic["messages"]["C0OPS"][0]["text"] == "for all"
    assert vic["messages"]["C0OPS"][0]["permalink"].startswith(slack.url)
    assert [message["text"] for message in vic["ephemerals"]["C0OPS"]] == ["for Vic"]
    assert vic["messages"]["D0VIC"][0]["text"] == "in private"
    assert ada["ephemerals"]["C0OPS"] == []
    assert "D0VIC" not in ada["messages"]
    await slack.open_home("U0ADA")
    assert "D0ADA" not in (await state(http, "U0ADA"))["messages"], "nothing was said there yet"


async def test_a_typed_command_is_shown_to_its_author_only(http: aiohttp.ClientSession) -> None:
    answer = await control(http, "say", {"user": "U0OLGA", "channel": "C0OPS", "text": "/myfinance status"})
    assert (answer["ok"], answer["error"]) == (False, "dispatch_failed")
    typed, failed = (await state(http, "U0OLGA"))["ephemerals"]["C0OPS"]
    assert (typed["type"], typed["text"], typed["user"]) == ("command", "/myfinance status", "U0OLGA")
    assert failed["text"] == '/myfinance failed with the error "dispatch_failed"'
    assert (await state(http, "U0VIC"))["ephemerals"]["C0OPS"] == []


async def test_what_slack_itself_refuses_never_reaches_the_app(
    slack: SlackSandbox, http: aiohttp.ClientSession
) -> None:
    unknown = await control(http, "say", {"user": "U0OLGA", "channel": "C0OPS", "text": "/deploy now"})
    thread = {"user": "U0OLGA", "channel": "C0OPS", "text": "/myfinance status", "thread_ts": "1.000001"}
    assert unknown["error"] == "/deploy is not a valid command"
    assert (await control(http, "say", thread))["error"] == "/myfinance is not supported in threads. Sorry!"
    assert slack.deliveries() == []


async def test_a_whole_conversation_over_http(
    slack: SlackSandbox, http: aiohttp.ClientSession, bot: AsyncWebClient
) -> None:
    select = {
        "type": "static_select", "action_id": "colour",
        "options": [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("blue", "green")],
    }  # fmt: skip
    reason = {
        "type": "input", "block_id": "why", "label": {"type": "plain_text", "text": "Why"},
        "element": {"type": "plain_text_input", "action_id": "text", "min_length": 3},
    }  # fmt: skip
    view = {
        "type": "modal", "title": {"type": "plain_text", "text": "Switch"},
        "submit": {"type": "plain_text", "text": "OK"}, "blocks": [reason],
    }  # fmt: skip
    async with raw_socket(slack) as (socket, _):
        blocks = [{"type": "actions", "block_id": "row", "elements": [select]}]
        ts = (await bot.chat_postMessage(channel="C0OPS", text="which?", blocks=blocks))["ts"]
        click = {"user": "U0OLGA", "channel": "C0OPS", "ts": ts, "action_id": "colour", "selected_option": "green"}
        clicked = asyncio.create_task(control(http, "click", click))
        action = await acknowledge(socket)
        assert action["actions"][0]["selected_option"]["value"] == "green"
        assert action["state"]["values"]["row"]["colour"]["selected_option"]["value"] == "green"
        assert (await clicked)["ok"]

        await bot.views_open(trigger_id=action["trigger_id"], view=view)
        (modal,) = (await state(http, "U0OLGA"))["views"]
        submit = {"user": "U0OLGA", "view_id": modal["id"]}
        short = await control(http, "submit", {**submit, "values": {"why": {"text": "no"}}})
        assert short["errors"] == {"why": "Please enter at least 3 characters."}
        submitted = asyncio.create_task(control(http, "submit", {**submit, "values": {"why": {"text": "because"}}}))
        view_payload = await acknowledge(socket)
        assert view_payload["type"] == "view_submission"
        assert view_payload["view"]["state"]["values"]["why"]["text"] == {
            "type": "plain_text_input",
            "value": "because",
        }
        assert (await submitted)["ok"]
        assert (await state(http, "U0OLGA"))["views"] == []

        assert (await control(http, "home", {"user": "U0OLGA"}))["ok"]
        event = (await acknowledge(socket))["event"]
        assert (event["type"], event["tab"], event["user"]) == ("app_home_opened", "home", "U0OLGA")


async def test_a_person_cannot_do_what_is_not_there(http: aiohttp.ClientSession, bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel="C0OPS", text="no buttons"))["ts"]
    secret = (await bot.chat_postEphemeral(channel="C0OPS", user="U0VIC", text="x"))["message_ts"]
    for act, body, why in (
        ("say", {"user": "U0GHOST", "channel": "C0OPS", "text": "boo"}, "nobody here is called"),
        ("say", {"user": "U0VIC", "channel": "C0NONE", "text": "boo"}, "there is no channel"),
        ("say", {"user": "U0VIC", "channel": "C0OPS", "text": " "}, "nothing to send"),
        ("say", {"user": "U0VIC"}, "missing field: channel"),
        ("click", {"user": "U0VIC", "channel": "C0OPS", "ts": ts, "action_id": "go"}, "there is no 'go'"),
        ("click", {"user": "U0ADA", "channel": "C0OPS", "ts": secret, "action_id": "go"}, "sees no message"),
        ("submit", {"user": "U0VIC", "view_id": "V0NONE"}, "does not have modal"),
        ("close", {"user": "U0VIC", "view_id": "V0NONE"}, "does not have modal"),
        ("home", {"user": "U0GHOST"}, "nobody here is called"),
        ("misbehave", {"explode": {}}, "no such misbehaviour"),
        ("deliver_event", {"event": "boo"}, "event must be an object"),
    ):
        answer = await control(http, act, body)
        assert answer["ok"] is False
        assert why in answer["error"]


async def test_the_stream_tells_each_person_what_they_may_see(http: aiohttp.ClientSession, bot: AsyncWebClient) -> None:
    async with following(http, "U0VIC") as vic, following(http, "U0ADA") as ada:
        assert (await vic.event())["type"] == "hello"
        assert (await ada.event())["type"] == "hello"
        await bot.chat_postEphemeral(channel="C0OPS", user="U0VIC", text="for Vic")
        ts = (await bot.chat_postMessage(channel="C0OPS", text="for all"))["ts"]
        await bot.chat_update(channel="C0OPS", ts=ts, text="changed")
        await bot.chat_delete(channel="C0OPS", ts=ts)
        await bot.views_publish(user_id="U0VIC", view={"type": "home", "blocks": []})
        for_all = ["message", "message_changed", "message_deleted"]
        assert [(await ada.event())["type"] for _ in range(3)] == for_all
        assert [(await vic.event())["type"] for _ in range(5)] == ["ephemeral", *for_all, "home"]


async def test_the_stream_tells_of_connections_modals_and_commands(
    slack: SlackSandbox, http: aiohttp.ClientSession, bot: AsyncWebClient
) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": []}
    async with following(http, "U0OLGA") as olga:
        await olga.event()
        async with raw_socket(slack) as (socket, _):
            assert await olga.event() == {"type": "connections", "sockets": 1}
            asked = asyncio.create_task(slack.say("U0OLGA", "C0OPS", "/myfinance deploy"))
            payload = await acknowledge(socket)
            assert (await asked).ok
            assert (await olga.event())["type"] == "ephemeral"
            assert (await olga.event()) == {"type": "command", "ok": True, "error": None, "text": "/myfinance deploy"}
            opened = (await bot.views_open(trigger_id=payload["trigger_id"], view=view))["view"]["id"]
            assert await olga.event() == {"type": "view_opened", "view_id": opened}
            await bot.views_update(view_id=opened, view=view)
            assert await olga.event() == {"type": "view_updated", "view_id": opened}
            await slack.close("U0OLGA")
            assert await olga.event() == {"type": "view_closed", "view_id": opened}
        assert await olga.event() == {"type": "connections", "sockets": 0}


async def test_calls_and_deliveries_can_be_read(
    slack: SlackSandbox, http: aiohttp.ClientSession, bot: AsyncWebClient
) -> None:
    await bot.auth_test()
    await bot.chat_postMessage(channel="C0OPS", text="x")
    await slack.say("U0OLGA", "C0OPS", "/myfinance status")
    async with http.get("/sandbox/calls", params={"method": "chat.postMessage", "since": "1"}) as response:
        (call,) = await response.json()
    assert (call["n"], call["method"], call["status"], call["answer"]["ok"]) == (2, "chat.postMessage", 200, True)
    async with http.get("/sandbox/deliveries") as response:
        (delivery,) = await response.json()
    assert (delivery["kind"], delivery["ack_ms"], delivery["error"]) == ("command", None, "dispatch_failed")


async def test_a_foreign_page_cannot_act_through_the_readers_browser(http: aiohttp.ClientSession) -> None:
    """A browser sends a form or plain text to another site unasked, JSON it does not."""
    body = json.dumps({"user": "U0ADA", "channel": "C0OPS", "text": "/myfinance rollback"})
    async with http.post("/sandbox/say", data=body, headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415


async def test_an_uploaded_file_is_handed_out_as_a_download(http: aiohttp.ClientSession, bot: AsyncWebClient) -> None:
    await bot.files_upload_v2(channel="C0OPS", content="<script>", filename="page.html")
    (message,) = (await state(http, "U0OLGA"))["messages"]["C0OPS"]
    async with http.get(message["files"][0]["url_private"]) as response:
        assert await response.text() == "<script>"
        assert response.headers["Content-Disposition"] == "attachment"


async def test_a_permalink_leads_to_the_page(http: aiohttp.ClientSession) -> None:
    async with http.get("/archives/C0OPS/p123", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "/#C0OPS/p123")
    async with http.get("/") as response:
        assert response.content_type == "text/html"


async def test_it_runs_as_a_program_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.slack", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        url = (await process.stdout.readline()).decode().removeprefix("Slack sandbox: ").strip()
        async with aiohttp.ClientSession(url) as http, http.get("/sandbox/state?user=U0ADA") as response:
            assert response.status == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
