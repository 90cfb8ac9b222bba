"""The App Home: what is live, what runs, what was run, what you may do."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement
from slack_sdk.models.views import View as SlackView

from handlers.messages import limits
from handlers.messages.blocks import Block, actions, button, context, divider, header, section
from handlers.messages.fallback import plainly
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.message import View, within_limits
from handlers.messages.status import live_line, status_blocks
from handlers.messages.whoami import may_line, role_line
from handlers.messages.words import marked, moment, took
from ops.errors import OpsError
from ops.results import History, Status, Whoami

DEPLOY = "home.deploy"
ROLL_BACK = "home.rollback"
REFRESH = "home.refresh"


def home_view(whoami: Whoami, status: Status | OpsError | None, history: History | None, slash: str) -> View:
    """`status` and `history` are None for somebody who may not see them."""
    blocks = [header("MyFinance Ops"), *_live(status), _buttons(whoami), *_runs(history), divider()]
    blocks += [section(role_line(whoami)), section(may_line(whoami))]
    blocks.append(context(say("{} shows an example of each.", code(f"{slash} help"))))
    return View(SlackView(type="home", blocks=within_limits(blocks, limits.VIEW_BLOCKS, limits.VIEW)).to_dict())


def _live(status: Status | OpsError | None) -> list[Block]:
    if status is None:
        return []
    if isinstance(status, OpsError):
        return [section(say("❌ {}", escape(status.message, 1_500)))]
    # A table has no place in the App Home; its plain form does.
    return [section(say("*{}*", live_line(status))), *plainly(status_blocks(status))]


def _buttons(whoami: Whoami) -> Block:
    shown: list[ButtonElement] = []
    if "deploy" in whoami.commands:
        shown.append(button("Deploy…", DEPLOY, "open", style="primary"))
    if "rollback" in whoami.commands:
        shown.append(button("Roll back…", ROLL_BACK, "open", style="danger"))
    return actions(*shown, button("Refresh", REFRESH, "refresh"))


def _runs(history: History | None) -> list[Block]:
    if history is None or not history.runs:
        return []
    lines: list[Mrkdwn] = [
        say(
            "{} {} by {}, {} ({})", marked(run.state), code(run.command, 100), run.actor, moment(run.started), took(run)
        )
        for run in history.runs
    ]
    return [divider(), section(say("*Last runs*\n{}", join(lines)))]
