"""A person types and clicks in Slack; the real bot answers over a real WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import Message, SlackSandbox
from sandbox.slack.platform import Options
from tests.integration.slack_bot import ADA, GENERAL, NINA, OLGA, OPS, VIC, Rig, configured, serving


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.fixture
async def rig(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[Rig]:
    async with serving(slack, configured(slack, tmp_path)) as rig:
        yield rig


def last(slack: SlackSandbox, channel: str = OPS) -> Message:
    """The last message everybody sees that is no answer in a thread."""
    return [message for message in slack.messages(channel) if message.thread_ts is None][-1]


def told(slack: SlackSandbox, user: str, channel: str = OPS) -> Message:
    """What only this person was told last."""
    return slack.ephemerals(user, channel)[-1]


def statuses(message: Message) -> list[str]:
    return [task["status"] for task in message.block("plan")["tasks"]]


async def test_a_deploy_fills_one_message_with_ticks(rig: Rig) -> None:
    slack, stage = rig.slack, rig.stage
    stage.hold("start", "soak")

    assert (await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")).ok

    at_start = await slack.wait_for(lambda ws: last(ws) if "step 2 of 4" in last(ws).words else None)
    assert statuses(at_start) == ["complete", "in_progress", "pending", "pending"]
    assert at_start.buttons == ["Cancel"]
    first_ts, plan_id = at_start.ts, at_start.block("plan")["block_id"]

    stage.let_go("start")
    at_soak = await slack.wait_for(lambda ws: last(ws) if last(ws).buttons == ["Roll back"] else None)
    assert statuses(at_soak) == ["complete", "complete", "complete", "in_progress"]

    stage.let_go("soak")
    ended = await slack.wait_for(lambda ws: last(ws) if "done after" in last(ws).words else None)
    assert statuses(ended) == ["complete"] * 4
    assert "v1.2.0 is live." in ended.words
    assert "Users are on v1.2.0 (green)." in ended.words
    assert ended.buttons == ["Roll back"]
    assert (ended.ts, ended.block("plan")["block_id"]) == (first_ts, plan_id)
    assert len(slack.messages(OPS)) == 1
    assert slack.ephemerals(OLGA, OPS) == []


async def test_progress_is_sent_at_most_every_second_and_a_half(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    await rig.slack.wait_for(lambda ws: "done after" in last(ws).words)

    sends = [call.at for call in rig.slack.calls() if call.method in ("chat.postMessage", "chat.update")]
    assert len(sends) == 2, "one post and one update although four steps came and went"
    assert sends[1] - sends[0] >= 1.5


async def test_a_failed_deploy_shows_the_evidence_and_calls_its_author(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.3.0")

    ended = await rig.slack.wait_for(lambda ws: last(ws) if "failed after" in last(ws).words else None)
    assert statuses(ended) == ["complete", "error", "pending", "pending"]
    assert "HTTP 503: starting" in ended.words
    assert "2_AddBudgets" in ended.words
    assert "listening on 8080" in ended.words
    assert "Users are on v1.1.0 (blue)." in ended.words
    assert "Look at its log." in ended.words
    assert ended.buttons == []
    call = await rig.slack.wait_for(lambda ws: [m for m in ws.messages(OPS) if m.thread_ts == ended.ts])
    assert "<@U0OLGA>" in call[0].text


async def test_a_log_line_cannot_ping_the_channel(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.3.0")
    ended = await rig.slack.wait_for(lambda ws: last(ws) if "failed after" in last(ws).words else None)
    assert "<!channel>" not in ended.text
    assert "&lt;!channel&gt; boom" in ended.text


async def test_cancel_stops_a_deploy_before_its_switch(rig: Rig) -> None:
    slack = rig.slack
    rig.stage.hold("start")
    await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    running = await slack.wait_for(lambda ws: last(ws) if last(ws).buttons == ["Cancel"] else None)

    assert (await slack.click(ADA, running, "Cancel")).ok

    await slack.wait_for(lambda ws: "stopped after" in _of(ws, running).words)
    assert "ada cancelled it" in _of(slack, running).words
    assert _of(slack, running).buttons == []


async def test_roll_back_works_while_the_deploy_still_soaks(rig: Rig) -> None:
    slack = rig.slack
    rig.stage.hold("soak")
    await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    running = await slack.wait_for(lambda ws: last(ws) if last(ws).buttons == ["Roll back"] else None)

    assert (await slack.click(OLGA, running, "Roll back")).ok

    await slack.wait_for(lambda ws: "Users are back on v1.1.0" in last(ws).words)
    await slack.wait_for(lambda ws: "stopped after" in _of(ws, running).words)
    assert rig.stage.live == "Users are on v1.1.0 (blue)."


async def test_an_old_roll_back_button_does_not_take_back_a_newer_release(rig: Rig) -> None:
    slack = rig.slack
    await slack.say(OLGA, OPS, "/myfinance deploy v1.1.1")
    old = await slack.wait_for(lambda ws: last(ws) if "done after" in last(ws).words else None)
    await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    await slack.wait_for(lambda ws: "v1.2.0 is live" in last(ws).words)

    await slack.click(OLGA, old, "Roll back")

    await slack.wait_for(lambda ws: "has run since this message" in told(ws, OLGA).words)
    assert rig.stage.runs[-1] == "deploy v1.2.0"


async def test_a_viewer_who_clicks_roll_back_is_refused_and_that_is_recorded(rig: Rig) -> None:
    slack = rig.slack
    await slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    done = await slack.wait_for(lambda ws: last(ws) if "done after" in last(ws).words else None)

    await slack.click(VIC, done, "Roll back")

    await slack.wait_for(lambda ws: "needs the role operator" in told(ws, VIC).words)
    assert "rollback" not in rig.stage.runs
    rows = await rig.operations.ledger.audit(5)
    assert ("refused", "vic") in [(row.outcome, row.actor.name) for row in rows]


async def test_a_refusal_is_seen_by_the_asker_only(rig: Rig) -> None:
    await rig.slack.say(VIC, OPS, "/myfinance deploy v1.2.0")
    await rig.slack.wait_for(lambda ws: "`deploy` needs the role operator" in told(ws, VIC).words)
    assert "Users are on v1.1.0 (blue)." in told(rig.slack, VIC).words
    assert rig.slack.messages(OPS) == []


async def test_a_wrong_word_is_answered_with_the_right_one(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deplyo v1.2.0")
    await rig.slack.wait_for(lambda ws: "Did you mean `deploy`?" in told(ws, OLGA).words)
    assert rig.slack.messages(OPS) == []


@pytest.mark.parametrize("typed", ["deploy “v1.2.0”", "deploy\u00a0v1.2.0", "deploy v1.2.0\u200b"])
async def test_what_a_phone_makes_of_a_line_is_understood(rig: Rig, typed: str) -> None:
    await rig.slack.say(OLGA, OPS, f"/myfinance {typed}")
    await rig.slack.wait_for(lambda ws: "Deploy v1.2.0" in last(ws).words)


@pytest.mark.parametrize("typed", ["deploy 'v1.2.0", "deploy v1.2.0;rm", "deploy ../x", "deploy", "deploy 🦄"])
async def test_bad_input_starts_nothing(rig: Rig, typed: str) -> None:
    await rig.slack.say(OLGA, OPS, f"/myfinance {typed}")
    await rig.slack.wait_for(lambda ws: told(ws, OLGA).words)
    assert rig.slack.messages(OPS) == []
    assert rig.stage.runs == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("status", "v1.2.0 is live on"),
        ("health", "Users get good answers from"),
        ("logs", "Last 2 log lines of blue"),
        ("releases", "versions can be deployed"),
        ("history", "recovery at the bot's start"),
        ("audit", "outcome: done"),
        ("whoami", "role *operator*"),
        ("help", "/myfinance deploy v1.2.0"),
        ("help deploy", "the image tag to release"),
        ("", "/myfinance deploy v1.2.0"),
    ],
)
async def test_reads_answer_the_asker_only(rig: Rig, typed: str, answer: str) -> None:
    await rig.slack.say(OLGA, OPS, f"/myfinance {typed}".strip())
    await rig.slack.wait_for(lambda ws: answer in told(ws, OLGA).words)
    assert rig.slack.messages(OPS) == []


async def test_refresh_replaces_the_status_in_place(rig: Rig) -> None:
    await rig.slack.say(VIC, OPS, "/myfinance status")
    shown = await rig.slack.wait_for(lambda ws: told(ws, VIC) if "Refresh" in told(ws, VIC).buttons else None)
    asked = len(rig.stage.looks)
    await rig.slack.click(VIC, shown, "Refresh")
    await rig.slack.wait_for(lambda ws: len(rig.stage.looks) > asked and "Refresh" in told(ws, VIC).buttons)
    assert len(rig.slack.ephemerals(VIC, OPS)) == 1


async def test_help_shows_only_what_the_asker_may_run(rig: Rig) -> None:
    await rig.slack.say(VIC, OPS, "/myfinance help")
    words = await rig.slack.wait_for(lambda ws: told(ws, VIC).words)
    assert "/myfinance status" in words
    assert "/myfinance deploy" not in words.replace("help deploy", "")


async def test_the_result_of_a_small_change_is_told_in_the_channel(rig: Rig) -> None:
    await rig.slack.say(OLGA, GENERAL, "/myfinance lock <!channel> month's end")
    await rig.slack.wait_for(lambda ws: "Releases are frozen" in last(ws).words)
    assert "<!channel>" not in last(rig.slack).words
    assert "olga" in last(rig.slack).words
    assert rig.slack.messages(GENERAL) == []


async def test_a_run_asked_for_elsewhere_is_posted_in_the_operations_channel_with_a_link_to_it(rig: Rig) -> None:
    await rig.slack.say(OLGA, GENERAL, "/myfinance deploy v1.2.0")
    await rig.slack.wait_for(lambda ws: "done after" in last(ws).words)
    link = await rig.slack.wait_for(lambda ws: told(ws, OLGA, GENERAL).text)
    assert f"/archives/{OPS}/p{last(rig.slack).ts.replace('.', '')}" in link
    assert rig.slack.messages(GENERAL) == []


async def test_without_an_operations_channel_the_run_goes_on_and_its_asker_is_told(rig: Rig) -> None:
    rig.slack.fail("chat.postMessage", times=50, error="is_archived")
    await rig.slack.say(OLGA, GENERAL, "/myfinance deploy v1.2.0")
    await rig.slack.wait_for(lambda ws: "v1.2.0 is live." in told(ws, OLGA, GENERAL).words)
    assert any("is_archived" in message.words for message in rig.slack.ephemerals(OLGA, GENERAL))
    assert rig.stage.live == "Users are on v1.2.0 (green)."


async def test_a_used_up_response_url_does_not_lose_the_answer(rig: Rig) -> None:
    rig.slack.expire("response_url", next_ones=1)
    await rig.slack.say(VIC, OPS, "/myfinance whoami")
    await rig.slack.wait_for(lambda ws: "role *viewer*" in told(ws, VIC).words)


@pytest.mark.parametrize("refused", [("plan",), ("plan", "section", "context", "actions")])
async def test_when_slack_refuses_blocks_the_same_is_said_plainer(rig: Rig, refused: tuple[str, ...]) -> None:
    rig.slack.refuse_blocks(*refused)
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.3.0")

    ended = await rig.slack.wait_for(lambda ws: last(ws) if "failed after" in last(ws).words else None)
    assert "Get the image" in ended.words
    assert "did not become healthy" in ended.words
    assert "HTTP 503: starting" in ended.words
    assert not {block["type"] for block in ended.blocks} & set(refused)
    refusals = [call for call in rig.slack.calls() if call.answer.get("error") == "invalid_blocks"]
    assert len(refusals) <= 2, "what was refused once is not tried again at every update"


async def test_tables_are_said_plainer_too(rig: Rig) -> None:
    rig.slack.refuse_blocks("table")
    await rig.slack.say(VIC, OPS, "/myfinance releases")
    await rig.slack.wait_for(lambda ws: "v1.1.0 · live" in told(ws, VIC).words)


async def test_a_button_the_record_has_forgotten_says_so(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    done = await rig.slack.wait_for(lambda ws: last(ws) if "done after" in last(ws).words else None)
    done.block("actions")["elements"][0]["value"] = "an id of another ledger"
    await rig.slack.click(OLGA, done, "Roll back")
    await rig.slack.wait_for(lambda ws: "This button no longer works" in told(ws, OLGA).words)
    assert rig.stage.runs == ["deploy v1.2.0"]


async def test_a_click_on_a_message_of_another_version_of_the_bot_is_acknowledged(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    done = await rig.slack.wait_for(lambda ws: last(ws) if "done after" in last(ws).words else None)
    done.block("actions")["elements"][0]["action_id"] = "run.something.else"
    assert (await rig.slack.click(OLGA, done, "run.something.else")).ok


async def test_somebody_deleted_the_message_of_a_run(rig: Rig) -> None:
    rig.stage.hold("soak")
    await rig.slack.say(OLGA, OPS, "/myfinance deploy v1.2.0")
    running = await rig.slack.wait_for(lambda ws: last(ws) if last(ws).buttons == ["Roll back"] else None)
    rig.slack.platform.workspace.delete(running)
    rig.stage.let_go("soak")
    await rig.slack.wait_for(lambda ws: "done after" in last(ws).words)


async def test_a_nobody_is_told_how_to_become_somebody(slack: SlackSandbox, tmp_path: Path) -> None:
    config = configured(slack, tmp_path, access={"everyone": "nobody"})
    async with serving(slack, config):
        await slack.say(NINA, OPS, "/myfinance status")
        await slack.wait_for(lambda ws: "needs the role viewer" in told(ws, NINA).words)
        await slack.say(NINA, OPS, "/myfinance whoami")
        await slack.wait_for(lambda ws: "add your id under" in told(ws, NINA).words)


async def test_a_user_group_gives_its_members_their_role(slack: SlackSandbox, tmp_path: Path) -> None:
    config = configured(slack, tmp_path, access={"operators": ["S0ONCALL"]})
    async with serving(slack, config):
        for typed in ("whoami", "help"):
            await slack.say(OLGA, OPS, f"/myfinance {typed}")
        await slack.wait_for(lambda ws: len(ws.ephemerals(OLGA, OPS)) == 2)
        answers = [answer.words for answer in slack.ephemerals(OLGA, OPS)]
        assert any("role *operator*" in words for words in answers), answers
        assert len(slack.calls("usergroups.users.list")) == 1, "asked once, remembered for a while"


async def test_without_a_paid_plan_user_groups_grant_nothing_and_lists_of_ids_still_work(tmp_path: Path) -> None:
    async with SlackSandbox(options=Options(user_groups=False)) as slack:
        config = configured(slack, tmp_path, access={"operators": ["S0ONCALL", ADA], "admins": []})
        async with serving(slack, config):
            for person, role in ((OLGA, "viewer"), (ADA, "operator")):
                await slack.say(person, OPS, "/myfinance whoami")
                await slack.wait_for(lambda ws, p=person, r=role: f"role *{r}*" in told(ws, p).words)  # type: ignore[misc]


def _of(slack: SlackSandbox, message: Message) -> Message:
    found = slack.platform.workspace.find(message.channel, message.ts)
    assert found is not None
    return found
