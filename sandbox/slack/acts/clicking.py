"""A person uses a button or a menu, in a message, a modal or the App Home."""

from typing import Any

from sandbox.slack.acts.outcome import Outcome
from sandbox.slack.acts.values import chosen
from sandbox.slack.delivery import payloads
from sandbox.slack.errors import PersonError
from sandbox.slack.messages import JSON, Message, find_element
from sandbox.slack.platform import Platform
from sandbox.slack.views import View

_NOT_ACKNOWLEDGED = "This app is not responding. Please try again."


async def click_in_message(
    slack: Platform, user: str, channel: str, ts: str, action_id: str, block_id: str | None = None, pick: Any = None
) -> Outcome:
    """Click an element of a message; `pick` is the value chosen in a menu. Raises PersonError when it is not there."""
    message = _visible(slack, user, channel, ts)
    block, element = _element(message.blocks, action_id, block_id)
    choice = _choice(element, pick)
    trigger_id = slack.tickets.new_trigger(user)
    response_url = slack.response_url(slack.tickets.new_response_url(channel, user, source=message))
    action = payloads.action_object(block, element, choice, slack.workspace.new_ts())
    payload = payloads.message_action(
        slack.workspace, user=user, message=message, action=action, trigger_id=trigger_id, response_url=response_url
    )
    if element["type"] not in ("button", "overflow"):
        payload["state"]["values"][block["block_id"]][action_id] = {"type": element["type"], **choice}
    return await _deliver(slack, payload, trigger_id)


async def click_in_view(
    slack: Platform, user: str, view_id: str, action_id: str, block_id: str | None = None, pick: Any = None
) -> Outcome:
    """Click an element of a modal or of the App Home. Raises PersonError when it is not there."""
    view = _open_view(slack, user, view_id)
    block, element = _element(view.blocks, action_id, block_id)
    choice = _choice(element, pick)
    if element["type"] not in ("button", "overflow"):
        view.values.setdefault(block["block_id"], {})[action_id] = {"type": element["type"], **choice}
    trigger_id = slack.tickets.new_trigger(user, view=view.id)
    action = payloads.action_object(block, element, choice, slack.workspace.new_ts())
    payload = payloads.view_action(slack.workspace, view=view, action=action, trigger_id=trigger_id)
    return await _deliver(slack, payload, trigger_id)


async def _deliver(slack: Platform, payload: JSON, trigger_id: str) -> Outcome:
    if not slack.manifest.interactivity:
        return Outcome(ok=False, error="This app is not configured to handle interactive responses.")
    ack = await slack.courier.deliver("action", payload)
    error = None if ack.ok else f"{_NOT_ACKNOWLEDGED} ({ack.error})"
    return Outcome(ok=ack.ok, error=error, ack_ms=ack.ms, trigger_id=trigger_id)


def _visible(slack: Platform, user: str, channel: str, ts: str) -> Message:
    message = slack.workspace.find(channel, ts)
    if message is None or message.ephemeral_to not in (None, user):
        raise PersonError(f"{user} sees no message {ts} in {channel}")
    return message


def _open_view(slack: Platform, user: str, view_id: str) -> View:
    view = slack.workspace.view(view_id)
    if view is None or view.user != user:
        raise PersonError(f"{user} has no view {view_id} open")
    return view


def _element(blocks: list[JSON], action_id: str, block_id: str | None) -> tuple[JSON, JSON]:
    found = find_element(blocks, action_id, block_id)
    if found is None:
        raise PersonError(f"there is no {action_id!r} to click here")
    return found


def _choice(element: JSON, pick: Any) -> JSON:
    if element["type"] == "button":
        return {}
    if element["type"] == "overflow":
        return chosen({**element, "type": "static_select"}, pick)
    return chosen(element, pick)
