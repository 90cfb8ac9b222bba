"""Signed HTTP instead of Socket Mode."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import aiohttp
import pytest

from bot.slack_app import EVENTS_PATH
from ops.errors import Failed
from sandbox.slack import SlackSandbox
from sandbox.slack.delivery.http import signature
from sandbox.slack.platform import Options
from tests.integration.slack_bot import OLGA, OPS, configured, serving, until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


async def listening(port: int) -> None:
    def open_() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    await until(open_)


async def test_a_deploy_over_signed_http(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}{EVENTS_PATH}"
    async with SlackSandbox(options=Options(request_url=url)) as slack:
        config = configured(slack, tmp_path, slack={"mode": "http", "http_port": port, "app_token": ""})
        async with serving(slack, config):
            await listening(port)
            assert await slack.verify_request_url()
            assert (await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")).ok
            done = await slack.wait_for(
                lambda ws: ws.messages(OPS)[-1] if "done after" in ws.messages(OPS)[-1].words else None
            )
            assert (await slack.click(OLGA, done, "Roll back")).ok
            await slack.wait_for(lambda ws: "Users are back" in ws.messages(OPS)[-1].words)
            assert slack.sockets == 0


@pytest.mark.parametrize(("secret", "age"), [("another secret", 0), ("sandbox-signing-secret", 400)])
async def test_what_slack_did_not_sign_or_signed_long_ago_is_refused(tmp_path: Path, secret: str, age: int) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}{EVENTS_PATH}"
    async with SlackSandbox(options=Options(request_url=url)) as slack:
        config = configured(slack, tmp_path, slack={"mode": "http", "http_port": port})
        async with serving(slack, config) as rig:
            await listening(port)
            body = f"command=/myfinance&text=deploy+v1.2.0&user_id={OLGA}&channel_id={OPS}&trigger_id=1&response_url=http://x"
            stamp = str(int(time.time()) - age)
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": signature(body, stamp, secret),
            }
            async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
                assert answer.status == 401
            await rig.shut_down()
            assert rig.stage.runs == []


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with SlackSandbox() as slack:
            config = configured(slack, tmp_path, slack={"mode": "http", "http_port": port})
            async with serving(slack, config) as rig:
                with pytest.raises(Failed, match=f"cannot listen on 127.0.0.1:{port}"):
                    await rig.serving
