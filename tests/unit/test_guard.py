"""No exception leaves a listener. Without the guard Bolt forgets an ack that was given just before (the second test shows it)."""

from __future__ import annotations

import json

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from handlers.guard import Body, Listener, guarded


async def raises_after_its_ack(ack: AsyncAck, body: Body) -> None:
    await ack()
    raise RuntimeError("a mistake of ours")


async def status_of(listener: Listener) -> int:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    app = AsyncApp(client=AsyncWebClient(), authorize=authorize)
    app.command("/myfinance")(listener)
    body = json.dumps({"command": "/myfinance", "team_id": "T1", "user_id": "U1", "text": ""})
    answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=json.loads(body)))
    return answer.status


async def test_the_ack_of_a_guarded_listener_counts_whatever_happens_after_it() -> None:
    with capture_logs() as logs:
        assert await status_of(guarded(raises_after_its_ack)) == 200
    assert logs[0]["event"] == "a listener failed"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_why_the_guard_is_there() -> None:
    """When this fails, Bolt has mended it, and the guard is only good manners."""
    assert await status_of(raises_after_its_ack) == 404
