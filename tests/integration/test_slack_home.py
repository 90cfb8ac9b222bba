"""The App Home, and the modals that deploy and roll back from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers.messages.modals import HOLD, REASON, VERSION
from sandbox.slack import SlackSandbox
from sandbox.slack.messages import texts
from sandbox.slack.views import View
from tests.integration.slack_bot import NINA, OLGA, OPS, VIC, Rig, configured, serving, until


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


@pytest.fixture
async def rig(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[Rig]:
    async with serving(slack, configured(slack, tmp_path)) as rig:
        yield rig


def words(view: View | None) -> str:
    """Everything that can be read in a view."""
    return "\n".join(texts(view.blocks)) if view else ""


def labels(view: View) -> list[str]:
    return [e["text"]["text"] for b in view.blocks if b["type"] == "actions" for e in b["elements"]]


async def home(rig: Rig, user: str) -> View:
    await rig.slack.open_home(user)
    return await rig.slack.wait_for(lambda ws: ws.home(user))


async def modal(rig: Rig, user: str, said: str) -> View:
    """The modal in front of somebody, once it says this."""
    return await rig.slack.wait_for(lambda ws: ws.modal(user) if said in words(ws.modal(user)) else None)


async def test_the_home_shows_what_is_live_what_was_run_and_what_you_may_do(rig: Rig) -> None:
    await rig.slack.say(OLGA, OPS, "/myfinance lock closing the books")
    await rig.slack.wait_for(lambda ws: ws.messages(OPS))
    view = await home(rig, OLGA)
    assert "v1.2.0 is live on" in words(view)
    assert "lock closing the books" in words(view)
    assert "role *operator*" in words(view)
    assert labels(view) == ["Deploy…", "Roll back…", "Refresh"]


async def test_a_viewer_sees_no_buttons_that_they_may_not_use(rig: Rig) -> None:
    assert labels(await home(rig, VIC)) == ["Refresh"]


async def test_a_nobody_sees_only_who_they_are(slack: SlackSandbox, tmp_path: Path) -> None:
    async with serving(slack, configured(slack, tmp_path, access={"everyone": "nobody"})) as rig:
        view = await home(rig, NINA)
        assert "is live" not in words(view)
        assert "role *nobody*" in words(view)


async def test_refresh_publishes_the_home_anew(rig: Rig) -> None:
    view = await home(rig, VIC)
    published = len(rig.slack.calls("views.publish"))
    assert (await rig.slack.click(VIC, view, "Refresh")).ok
    await rig.slack.wait_for(lambda ws: len(ws.calls("views.publish")) > published)


async def test_deploy_from_the_home(rig: Rig) -> None:
    view = await home(rig, OLGA)
    assert (await rig.slack.click(OLGA, view, "Deploy…")).ok
    asked = await modal(rig, OLGA, "Version")
    assert "v1.1.0" not in words(asked), "the live one is not offered"

    outcome = await rig.slack.submit(OLGA, {VERSION: {VERSION: "v1.2.0-0"}})

    assert outcome.response_action == "update"
    await modal(rig, OLGA, "has begun. Follow it")
    await rig.slack.wait_for(lambda ws: "v1.2.0-0 is live." in ws.messages(OPS)[-1].words)
    assert rig.stage.runs == ["deploy v1.2.0-0"]


async def test_deploy_and_hold_from_the_home(rig: Rig) -> None:
    await rig.slack.click(OLGA, await home(rig, OLGA), "Deploy…")
    await modal(rig, OLGA, "Version")
    await rig.slack.submit(OLGA, {VERSION: {VERSION: "v1.2.0-0"}, HOLD: {HOLD: ["hold"]}})
    await until(lambda: rig.stage.runs == ["deploy v1.2.0-0 --hold"])


async def test_a_deploy_refused_by_the_door_is_told_in_the_modal(rig: Rig) -> None:
    await rig.slack.click(OLGA, await home(rig, OLGA), "Deploy…")
    await modal(rig, OLGA, "Version")
    await rig.slack.say(OLGA, OPS, "/myfinance lock closing the books")
    await rig.slack.wait_for(lambda ws: ws.messages(OPS))

    await rig.slack.submit(OLGA, {VERSION: {VERSION: "v1.2.0-0"}})

    await modal(rig, OLGA, "closing the books")
    assert rig.stage.runs == []


async def test_roll_back_from_the_home_says_first_what_it_will_do(rig: Rig) -> None:
    await rig.slack.click(OLGA, await home(rig, OLGA), "Roll back…")
    await modal(rig, OLGA, "Users go back to *v1.2.0*")
    await rig.slack.submit(OLGA, {REASON: {REASON: "it is slow"}})
    await rig.slack.wait_for(lambda ws: "Users are back on v1.1.0" in ws.messages(OPS)[-1].words)
    assert rig.stage.runs == ["rollback it is slow"]


async def test_who_lost_their_role_since_the_home_was_shown_is_told_so_in_the_modal(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    async with serving(slack, configured(slack, tmp_path)) as before:
        view = await home(before, OLGA)
    async with serving(slack, configured(slack, tmp_path, access={"operators": []})) as after:
        await slack.click(OLGA, view, "Deploy…")
        await modal(after, OLGA, "needs more")


async def test_a_modal_closed_before_the_answer_does_not_lose_it(rig: Rig) -> None:
    await rig.slack.click(OLGA, await home(rig, OLGA), "Deploy…")
    await modal(rig, OLGA, "Version")
    rig.slack.slow("chat.postMessage", seconds=1)
    await rig.slack.submit(OLGA, {VERSION: {VERSION: "v1.2.0-0"}})
    await rig.slack.close(OLGA)
    await rig.slack.wait_for(lambda ws: "has begun. Follow it" in ws.ephemerals(OLGA, OPS)[-1].words)


async def test_a_submit_delivered_twice_runs_once(rig: Rig) -> None:
    await rig.slack.click(OLGA, await home(rig, OLGA), "Deploy…")
    await modal(rig, OLGA, "Version")
    rig.slack.deliver_twice("view")
    await rig.slack.submit(OLGA, {VERSION: {VERSION: "v1.2.0-0"}})
    await rig.slack.wait_for(lambda ws: "v1.2.0-0 is live." in ws.messages(OPS)[-1].words)
    await rig.shut_down()
    assert rig.stage.runs == ["deploy v1.2.0-0"]


async def test_a_trigger_that_came_too_late_does_no_harm(rig: Rig) -> None:
    view = await home(rig, OLGA)
    rig.slack.expire("trigger_id", next_ones=1)
    assert (await rig.slack.click(OLGA, view, "Deploy…")).ok
    await rig.slack.wait_for(lambda ws: any(not call.ok for call in ws.calls("views.open")))
    assert (await rig.slack.click(OLGA, view, "Deploy…")).ok
    await modal(rig, OLGA, "Version")


async def test_when_slack_refuses_the_homes_blocks_a_plainer_home_is_shown(rig: Rig) -> None:
    rig.slack.refuse_blocks("header", "divider")
    assert "v1.2.0 is live on" in words(await home(rig, OLGA))


async def test_an_answer_slack_cannot_have_sent_starts_nothing(rig: Rig) -> None:
    """A forged or outdated submit: the version is parsed like a typed one."""
    payload: dict[str, Any] = {
        "type": "view_submission",
        "team": {"id": "T0SANDBOX"},
        "user": {"id": OLGA, "username": "olga"},
        "api_app_id": "A0MYFINANCE",
        "trigger_id": "1.2.3",
        "view": {
            "id": "V1",
            "hash": "h1",
            "type": "modal",
            "callback_id": "modal.deploy",
            "state": {
                "values": {
                    VERSION: {VERSION: {"selected_option": {"value": "v1;rm -rf /"}}},
                    HOLD: {HOLD: {"selected_options": []}},
                }
            },
        },
    }
    ack = await rig.slack.platform.courier.deliver("view", payload)
    assert ack.ok
    assert ack.payload is not None
    assert "is not a valid version" in ack.payload["errors"][VERSION]
    assert rig.stage.runs == []
