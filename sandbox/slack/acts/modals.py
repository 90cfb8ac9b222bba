"""A person submits or closes a modal, or opens the App Home."""

from typing import Any

from sandbox.slack.acts.outcome import Outcome
from sandbox.slack.acts.values import complaints, fill_in
from sandbox.slack.delivery import payloads
from sandbox.slack.errors import PersonError, SlackError
from sandbox.slack.messages import JSON, inputs
from sandbox.slack.platform import Platform
from sandbox.slack.rules.gate import require_view
from sandbox.slack.views import View

_TROUBLE = "We had some trouble connecting. Try again?"


async def submit(slack: Platform, user: str, view_id: str, values: dict[str, dict[str, Any]]) -> Outcome:
    """Fill in a modal and press its submit button. Raises PersonError when the modal or a field is not there."""
    view = _top_modal(slack, user, view_id)
    fill_in(view, values)
    if found := complaints(view):
        return _refused(slack, view, found)
    trigger_id = slack.tickets.new_trigger(user, view=view.id)
    payload = payloads.view_submission(slack.workspace, view=view, trigger_id=trigger_id)
    ack = await slack.courier.deliver("view", payload)
    if not ack.ok:
        return Outcome(ok=False, error=f"{_TROUBLE} ({ack.error})", trigger_id=trigger_id)
    try:
        outcome = _follow(slack, view, ack.payload or {})
    except SlackError as refusal:
        return Outcome(ok=False, error=f"{_TROUBLE} ({refusal.error})", ack_ms=ack.ms, trigger_id=trigger_id)
    return Outcome(**{**vars(outcome), "ack_ms": ack.ms, "trigger_id": trigger_id})


def _follow(slack: Platform, view: View, answer: JSON) -> Outcome:
    """Do what the ack says. Raises SlackError when it cannot be done."""
    action = answer.get("response_action")
    if action is None:
        slack.workspace.close_modal(view)
    elif action == "clear":
        slack.workspace.close_modal(view, all_of_them=True)
    elif action == "errors":
        return _refused(slack, view, _known_blocks(view, answer.get("errors") or {}))
    elif action in ("update", "push"):
        body = answer.get("view") or {}
        require_view(body, "modal", slack.faults.refused_blocks)
        if action == "push":
            slack.workspace.push_modal(view.user, body)
        else:
            slack.workspace.update_view(view, body)
    else:
        raise SlackError("invalid_response_action")
    return Outcome(ok=True, response_action=action)


def _known_blocks(view: View, errors: dict[str, str]) -> dict[str, str]:
    blocks = {block["block_id"] for block, _ in inputs(view.blocks) if block["type"] == "input"}
    if not errors or not blocks.issuperset(errors):
        raise SlackError("invalid_errors")  # Slack shows an error only below an input block that is there
    return errors


def _refused(slack: Platform, view: View, errors: dict[str, str]) -> Outcome:
    slack.feed.publish({"type": "view_errors", "view_id": view.id, "errors": errors}, only_for=view.user)
    return Outcome(ok=False, response_action="errors", errors=errors)


async def close(slack: Platform, user: str, view_id: str) -> Outcome:
    """Close a modal without submitting it; the app hears of it when it asked to (`notify_on_close`)."""
    view = _top_modal(slack, user, view_id)
    clears = bool(view.body.get("clear_on_close"))
    for closed in slack.workspace.close_modal(view, all_of_them=clears):
        if closed.body.get("notify_on_close"):
            payload = payloads.view_closed(slack.workspace, view=closed, is_cleared=clears)
            await slack.courier.deliver("view", payload)
    return Outcome(ok=True)


async def open_home(slack: Platform, user: str) -> Outcome:
    """Open the App Home; the app is told by an event and may publish the view."""
    if user not in slack.workspace.people:
        raise PersonError(f"nobody here is called {user!r}")
    if not slack.manifest.home_tab:
        raise PersonError("this app has no Home tab")
    if "app_home_opened" in slack.manifest.bot_events:
        channel = slack.workspace.channel(user)
        assert channel is not None
        event = payloads.app_home_opened(
            user=user, channel=channel.id, event_ts=slack.workspace.new_ts(), view=slack.workspace.homes.get(user)
        )
        slack.events.publish(event)
    return Outcome(ok=True)


def _top_modal(slack: Platform, user: str, view_id: str) -> View:
    stack = slack.workspace.modals.get(user, [])
    if not stack or stack[-1].id != view_id:
        raise PersonError(f"{user} does not have modal {view_id} in front of them")
    return stack[-1]
