"""The bot keeps its word when Slack does not: sockets that break, calls that are refused, payloads that come twice."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops.errors import Failed
from ops.model import Actor, Door
from ops.parser import parse
from ops.results import Changed
from sandbox.slack import Message, SlackSandbox
from tests.integration.slack_bot import (
    ADA,
    GENERAL,
    OLGA,
    OPS,
    VIC,
    Rig,
    Stage,
    bad_health,
    configured,
    engine_down,
    good_health,
    serving,
    until,
)


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.fixture
async def rig(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[Rig]:
    async with serving(slack, configured(slack, tmp_path)) as rig:
        yield rig


def runs(slack: SlackSandbox) -> list[Message]:
    """The messages of runs: what everybody sees that is no answer in a thread."""
    return [message for message in slack.messages(OPS) if message.thread_ts is None]


async def recorded(rig: Rig) -> Counter[str]:
    """How often each command line was run, by the record."""
    return Counter(run.command for run in await rig.operations.ledger.history(200) if run.actor.id == OLGA)


# -- sockets ------------------------------------------------------------------------------------------------------------


async def test_no_command_is_lost_and_none_runs_twice_while_sockets_break(rig: Rig) -> None:
    """Slack tells the typist at once when nobody was listening; whatever it did not complain about has run, once."""
    accepted: list[str] = []
    refused: list[str] = []
    for number in range(40):
        if number % 4 == 0:
            rig.slack.drop_sockets()
        if number % 10 == 5:
            await rig.slack.misbehave(drop_sockets={"reason": "refresh_requested"})
        line = f"lock attempt {number}"
        outcome = await rig.slack.say(OLGA, OPS, f"/myfinance {line}")
        (accepted if outcome.ok else refused).append(line)
        if not outcome.ok:
            await rig.slack.wait_until_connected(1)
    await rig.slack.wait_until_connected(2)
    async with asyncio.timeout(10):  # the last one's work begins a moment after its ack
        while accepted[-1] not in await recorded(rig):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
    await rig.shut_down()

    counts = await recorded(rig)
    assert len(accepted) >= 20
    assert {line: counts[line] for line in accepted} == dict.fromkeys(accepted, 1)
    assert all(counts[line] <= 1 for line in refused)


async def test_one_socket_goes_and_the_other_takes_the_commands(rig: Rig) -> None:
    """Two connections: Slack asks each to leave now and then, and the client closes before it opens."""
    await rig.slack.misbehave(drop_sockets={"reason": "warning"})
    await rig.slack.wait_until_connected(2)
    assert (await rig.slack.say(OLGA, OPS, "/myfinance whoami")).ok


async def test_a_socket_that_cannot_come_back_is_made_anew_from_a_new_address(rig: Rig) -> None:
    opened = len(rig.slack.calls("apps.connections.open"))
    rig.slack.refuse_connections(8)
    rig.slack.drop_sockets()
    await rig.slack.wait_until_connected(2, timeout=30)
    assert len(rig.slack.calls("apps.connections.open")) >= opened + 4, "a stale address is not tried for ever"
    assert (await rig.slack.say(OLGA, OPS, "/myfinance whoami")).ok


# -- the same thing twice ------------------------------------------------------------------------------------------------


async def test_a_command_delivered_twice_runs_once(rig: Rig) -> None:
    rig.slack.deliver_twice("command", times=10)
    for number in range(10):
        assert (await rig.slack.say(OLGA, OPS, f"/myfinance lock reason {number}")).ok
    await rig.slack.wait_for(lambda ws: len(ws.deliveries("command")) == 20)
    await rig.slack.wait_for(lambda ws: len(runs(ws)) >= 10)
    await rig.shut_down()
    assert set((await recorded(rig)).values()) == {1}


async def test_a_click_delivered_twice_runs_once(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    done = await rig.slack.wait_for(lambda ws: runs(ws)[-1] if "done after" in runs(ws)[-1].words else None)
    rig.slack.deliver_twice("action")
    await rig.slack.click(OLGA, done, "Roll back")
    await rig.slack.wait_for(lambda ws: "Users are back" in runs(ws)[-1].words)
    await rig.shut_down()
    assert rig.stage.runs == ["deploy v1.2.0", "rollback"]


async def test_an_event_retried_after_a_restart_is_not_handled_again(slack: SlackSandbox, tmp_path: Path) -> None:
    config = configured(slack, tmp_path)
    async with serving(slack, config):
        await slack.open_home(VIC)
        await slack.wait_for(lambda ws: ws.home(VIC))
        await slack.wait_for(lambda ws: ws.deliveries("event")[0].ack_ms is not None)
    (first,) = slack.deliveries("event")
    async with serving(slack, config) as again:
        published = len(slack.calls("views.publish"))
        assert (await slack.platform.courier.deliver("event", first.payload, (1, "timeout"))).ok
        await slack.open_home(VIC)  # a new one, so that there is something to wait for
        await slack.wait_for(lambda ws: len(ws.calls("views.publish")) > published)
        await again.shut_down()
        assert len(slack.calls("views.publish")) == published + 1


# -- a Slack that is slow, refuses, or is away ----------------------------------------------------------------------------


async def test_the_last_state_is_sent_through_rate_limits_and_errors(rig: Rig) -> None:
    rig.stage.hold("soak")
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    await rig.slack.wait_for(lambda ws: "Roll back" in runs(ws)[-1].buttons)
    rig.slack.rate_limit("chat.update", times=4, retry_after=1)
    rig.slack.fail("chat.update", times=2, status=500)
    rig.stage.let_go("soak")
    await rig.slack.wait_for(lambda ws: "done after" in runs(ws)[-1].words, timeout=30)
    assert len(runs(rig.slack)) == 1


async def test_a_slow_slack_does_not_slow_a_run(rig: Rig) -> None:
    rig.slack.slow("chat.postMessage", seconds=2)
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    while not any(run.state == "done" for run in await rig.operations.ledger.history(1)):
        assert runs(rig.slack) == [], "the run was still going when its message came"
        await asyncio.sleep(0.01)
    await rig.slack.wait_for(lambda ws: "done after" in runs(ws)[-1].words)


async def test_a_message_that_could_not_be_posted_at_first_is_posted_later(rig: Rig) -> None:
    rig.slack.fail("chat.postMessage", times=2, status=503)
    await rig.slack.say(OLGA, OPS, "/myfinance lock closing the books")
    await rig.slack.wait_for(lambda ws: "Releases are frozen" in runs(ws)[-1].words, timeout=15)


async def test_fifty_commands_at_once_are_all_acknowledged_and_one_deploy_runs(rig: Rig) -> None:
    rig.stage.hold("pull")
    outcomes = await asyncio.gather(*(rig.slack.say(OLGA, OPS, f"/myfinance deploy v1.2.{n}") for n in range(50)))
    assert all(outcome.ok for outcome in outcomes)
    await rig.slack.wait_for(lambda ws: len(ws.ephemerals(OLGA, OPS)) == 49, timeout=20)
    assert all("by olga is running since" in message.words for message in rig.slack.ephemerals(OLGA, OPS))
    assert len(rig.stage.runs) == 1


async def test_a_mistake_of_ours_is_told_with_a_reference_and_loses_no_ack(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(words: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("handlers.ask.parse", broken)
    for _ in range(20):
        assert (await rig.slack.say(OLGA, OPS, "/myfinance status")).ok
    await rig.slack.wait_for(lambda ws: len(ws.ephemerals(OLGA, OPS)) == 20)
    assert all("unexpected error (reference" in message.words for message in rig.slack.ephemerals(OLGA, OPS))


# -- its start ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"bot_token": "xoxb-wrong"}, "bot token"),
        ({"app_token": "xapp-wrong"}, "app token"),
        ({"channel": "C0NOWHERE"}, "operations channel 'C0NOWHERE'"),
    ],
)
async def test_what_slack_refuses_at_the_start_is_named(
    slack: SlackSandbox, tmp_path: Path, wrong: dict[str, str], named: str
) -> None:
    async with serving(slack, configured(slack, tmp_path, slack=wrong), connected=False) as rig:
        with pytest.raises(Failed, match=named) as refusal:
            await asyncio.wait_for(rig.serving, 5)
    assert "[slack]" in refusal.value.next_step
    assert rig.stage.recoveries == 0, "nothing was touched"


@pytest.mark.parametrize("token", ["bot", "app"])
async def test_a_token_revoked_before_the_start_is_named(slack: SlackSandbox, tmp_path: Path, token: str) -> None:
    slack.revoke("bot" if token == "bot" else "app")
    async with serving(slack, configured(slack, tmp_path), connected=False) as rig:
        with pytest.raises(Failed, match=f"{token} token"):
            await asyncio.wait_for(rig.serving, 5)


async def test_when_slack_is_away_at_the_start_the_bot_does_its_work_and_connects_later(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    absent = SlackSandbox(port=port)
    absent.url = f"http://127.0.0.1:{port}"
    stage = Stage(recovered=Changed("A colour that never went live was removed.", "Users are on v1.1.0 (blue)."))
    async with serving(absent, configured(absent, tmp_path), stage, connected=False) as rig:
        assert stage.recoveries == 1
        async with SlackSandbox(port=port) as slack:
            await slack.wait_until_connected(2, timeout=20)
            assert (await slack.say(OLGA, OPS, "/myfinance whoami")).ok
            await slack.wait_for(lambda ws: "never went live was removed" in runs(ws)[-1].words, timeout=20)
            await rig.shut_down()


async def test_a_token_found_to_be_wrong_later_ends_the_bot(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    absent = SlackSandbox(port=port)
    absent.url = f"http://127.0.0.1:{port}"
    config = configured(absent, tmp_path, slack={"app_token": "xapp-wrong"})
    async with serving(absent, config, connected=False) as rig, SlackSandbox(port=port):
        with pytest.raises(Failed, match="app token"):
            await asyncio.wait_for(rig.serving, 20)


async def test_a_recovery_with_nothing_to_do_says_nothing(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance lock something to wait for")
    await rig.slack.wait_for(lambda ws: "Releases are frozen" in runs(ws)[-1].words)
    assert len(runs(rig.slack)) == 1


async def test_the_message_of_a_run_that_was_killed_gets_its_end_at_the_next_start(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    config = configured(slack, tmp_path)
    async with serving(slack, config) as killed:
        killed.stage.hold("start")
        await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
        await slack.wait_for(lambda ws: runs(ws)[-1].buttons == ["Cancel"])
        (begun,) = await killed.operations.ledger.history(1)
        await killed.shut_down()
        # A kill leaves no end in the record and a step in progress in the message: put both back.
        await slack.wait_for(lambda ws: "stopped" in runs(ws)[-1].words)
        connection = killed.operations.ledger._connection
        assert connection is not None
        await connection.execute("UPDATE runs SET state = 'running', finished = NULL WHERE id = ?", (begun.id,))
    async with serving(slack, config):
        await slack.wait_for(lambda ws: "was interrupted: the bot stopped while it ran" in runs(ws)[0].words)
        assert "and undone" in runs(slack)[0].words
        assert runs(slack)[0].buttons == []


# -- its end --------------------------------------------------------------------------------------------------------------


async def test_at_sigterm_the_run_is_stopped_its_message_ended_and_new_commands_are_answered(rig: Rig) -> None:
    slack = rig.slack
    rig.stage.hold("start")
    await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    await slack.wait_for(lambda ws: "step 2 of 4" in runs(ws)[-1].words)

    rig.stop.set()
    await until(lambda: rig.bot.tasks.closing)
    outcome = await slack.say(ADA, OPS, "/myfinance deploy v1.4.0")
    await rig.serving

    assert outcome.ok
    assert "shutting down" in slack.ephemerals(ADA, OPS)[-1].words
    assert "the bot is shutting down" in runs(slack)[-1].words
    assert "stopped after" in runs(slack)[-1].words
    assert rig.stage.runs == ["deploy v1.2.0"]
    await slack.wait_for(lambda ws: ws.sockets == 0)


# -- what it says by itself -------------------------------------------------------------------------------------------------


async def test_lasting_trouble_is_reported_and_so_is_its_end(slack: SlackSandbox, tmp_path: Path) -> None:
    stage = Stage(health=good_health())
    config = configured(slack, tmp_path, reports={"watch_seconds": 0.05, "lasting": 2})
    async with serving(slack, config, stage):
        stage.health = bad_health()
        await slack.wait_for(lambda ws: "Users get bad answers: HTTP 500" in runs(ws)[-1].words)
        stage.health = good_health()
        await slack.wait_for(lambda ws: "Users get good answers again" in runs(ws)[-1].words)
        stage.health = engine_down()
        await slack.wait_for(lambda ws: "cannot be told: The Docker Engine does not answer." in runs(ws)[-1].words)
    assert len(runs(slack)) == 3


async def test_the_scheduled_report_says_what_users_get_and_what_stands_by(rig: Rig) -> None:
    await rig.bot.reports.report()
    report = await rig.slack.wait_for(lambda ws: runs(ws)[-1])
    assert "Users get good answers from" in report.words
    assert "Rollback goes to" in report.words


async def test_a_run_in_a_terminal_is_not_taken_for_a_hand(slack: SlackSandbox, tmp_path: Path) -> None:
    stage = Stage(health=good_health())
    config = configured(slack, tmp_path, reports={"watch_seconds": 0.05, "lasting": 2}, access={"terminal": "operator"})
    async with serving(slack, config, stage) as rig:
        await slack.say(VIC, GENERAL, "/myfinance whoami")
        outcome = await rig.operations.run(parse(("deploy", "v1.2.0")), Actor("root", "root", Door.TERMINAL))
        assert outcome.error is None
        looks = len(stage.looks)
        await until(lambda: len(stage.looks) >= looks + 6)
    assert runs(slack) == []
