"""No exception leaves a listener. Without the guard Bolt forgets an ack that was given just before (the second test shows it)."""

from __future__ import annotations

import asyncio
import json
from typing import cast
from unittest.mock import AsyncMock, Mock

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.tasks import TaskRegistry
from handlers import command
from handlers.dedup import Dedup
from handlers.deps import Deps
from handlers.guard import Body, Listener, guarded, in_background
from handlers.shelf import Shelf
from ops.config import Config


async def raises_after_its_ack(ack: AsyncAck, body: Body) -> None:
    await ack()
    raise RuntimeError("a mistake of ours")


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")


async def status_of(listener: Listener) -> int:
    app = AsyncApp(client=AsyncWebClient(), authorize=_authorize)
    app.command("/myfinance")(listener)
    body = json.dumps({"command": "/myfinance", "team_id": "T1", "user_id": "U1", "text": ""})
    answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=json.loads(body)))
    return answer.status


def _deps(tasks: TaskRegistry, door: Mock | None = None, outbox: Mock | None = None) -> Deps:
    """What a listener is given; every delivery is a first one."""
    seen = Mock(first_sight=AsyncMock(return_value=True))
    return Deps(Config(), door or Mock(), outbox or Mock(), tasks, Dedup(seen), Mock(spec=Shelf), Mock())


async def test_the_ack_of_a_guarded_listener_counts_whatever_happens_after_it() -> None:
    with capture_logs() as logs:
        assert await status_of(guarded(raises_after_its_ack)) == 200
    assert logs[0]["event"] == "a listener failed"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_why_the_guard_is_there() -> None:
    """When this fails, Bolt has mended it, and the guard is only good manners."""
    assert await status_of(raises_after_its_ack) == 404


async def test_the_acks_of_a_burst_go_out_before_any_of_its_work_begins() -> None:
    said: list[str] = []

    async def work(body: Body) -> None:
        said.append("work")

    async def acknowledge() -> None:
        said.append("ack")

    tasks = TaskRegistry()
    listener = in_background(_deps(tasks), "command", lambda body: str(body["trigger_id"]), work)
    for number in range(10):
        await listener(cast(AsyncAck, acknowledge), {"trigger_id": number})
        await asyncio.sleep(0.001)  # they do not come in the same tick
    await tasks.drain(5)
    assert said == ["ack"] * 10 + ["work"] * 10


async def test_commands_that_never_cease_do_not_hold_up_the_work_for_ever() -> None:
    worked = asyncio.Event()

    async def work(body: Body) -> None:
        worked.set()

    tasks = TaskRegistry()
    listener = in_background(_deps(tasks), "command", lambda body: str(body["trigger_id"]), work)
    async with asyncio.timeout(5):
        while not worked.is_set():
            await listener(AsyncMock(), {"trigger_id": len(asyncio.all_tasks())})
            await asyncio.sleep(0.005)
    await tasks.drain(5)


async def test_a_command_acknowledged_just_before_the_end_is_answered_and_starts_nothing() -> None:
    door, outbox, tasks = Mock(), Mock(respond=AsyncMock()), TaskRegistry()
    app = AsyncApp(client=AsyncWebClient(), authorize=_authorize)
    command.register(app, _deps(tasks, door=door, outbox=outbox))
    body = {
        "command": "/myfinance",
        "text": "rollback",
        "trigger_id": "1",
        "team_id": "T1",
        "user_id": "U1",
        "channel_id": "C1",
        "response_url": "http://127.0.0.1:9/1",
    }
    answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    assert answer.status == 200
    await tasks.drain(5)  # what SIGTERM does next
    assert door.mock_calls == []
    assert "shutting down" in outbox.respond.await_args.args[1].text
