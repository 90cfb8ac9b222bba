"""The modals that ask before something is released or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.views import View as SlackView

from handlers.messages import limits
from handlers.messages.blocks import Block, choice, line, section, tick
from handlers.messages.limits import Mrkdwn, clip, say
from handlers.messages.message import Message, View, within_limits
from handlers.messages.status import live_line
from handlers.messages.words import utc
from ops.results import Releases, Status, Tag

DEPLOY = "modal.deploy"
ROLL_BACK = "modal.rollback"
VERSION, HOLD, REASON = "version", "hold", "reason"
HOLD_VALUE = "hold"


def loading(title: str) -> View:
    """Shown at once: a trigger lives three seconds, and what belongs into the modal may take longer."""
    return modal(title, [section(say("One moment…"))])


def working(title: str) -> View:
    """Shown after the submit, until there is something to say."""
    return modal(
        title, [section(say("⏳ Asked for. The answer comes here, the run itself in the operations channel."))]
    )


def told(title: str, message: Message) -> View:
    """The answer."""
    return modal(title, list(message.fallback_blocks))


def deploy_modal(releases: Releases) -> View:
    """Pick a version that can be deployed; the live one is not offered."""
    offered = [tag for tag in releases.tags if not tag.live]
    if not offered:
        return modal("Deploy", [section(say("There is no version to deploy but the live one."))])
    blocks = [
        choice(VERSION, "Version", [(tag.version, _label(tag)) for tag in offered], hint="Newest first."),
        tick(HOLD, "Before the switch", HOLD_VALUE, "Hold: verify it, but leave users where they are"),
    ]
    return modal("Deploy", blocks, callback_id=DEPLOY, submit="Deploy")


def rollback_modal(status: Status) -> View:
    """Say what a rollback will do, and ask."""
    if status.rollback_to is None:
        return modal("Roll back", [section(say("{} There is no release before it to go back to.", live_line(status)))])
    sentence: Mrkdwn = say(
        "{}\nUsers go back to *{}*. The data stays as it is now.", live_line(status), status.rollback_to
    )
    blocks = [section(sentence), line(REASON, "Reason", hint="For the record.", optional=True)]
    return modal("Roll back", blocks, callback_id=ROLL_BACK, submit="Roll back")


def errors(block_id: str, problem: str) -> dict[str, Any]:
    """The answer to a submission that cannot be accepted, shown below its input."""
    return {"response_action": "errors", "errors": {block_id: clip(problem, 200)}}


def _label(tag: Tag) -> str:
    extra = "standby" if tag.standby else utc(tag.created) if tag.created else ""
    return f"{clip(tag.version, 50)} · {extra}" if extra else tag.version


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str | None = None,
    submit: str | None = None,
    metadata: str | None = None,
) -> View:
    """Any modal of ours; `metadata` comes back with its submit."""
    shown = within_limits(blocks, limits.VIEW_BLOCKS, limits.VIEW)
    body = SlackView(
        type="modal",
        callback_id=callback_id,
        title=clip(title, limits.VIEW_TITLE),
        submit=submit,
        close="Close",
        private_metadata=metadata,
        blocks=shown,
    )
    return View(body.to_dict())
