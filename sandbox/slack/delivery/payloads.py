"""The payloads an app receives, field by field as Slack sends them.

https://docs.slack.dev/interactivity/implementing-slash-commands and https://docs.slack.dev/reference/interaction-payloads
"""

from typing import Any

from sandbox.slack import world
from sandbox.slack.messages import JSON, Message, inputs
from sandbox.slack.views import View
from sandbox.slack.workspace import Workspace

_TEAM = {"id": world.TEAM_ID, "domain": world.TEAM_DOMAIN}


def slash_command(
    workspace: Workspace,
    *,
    user: str,
    channel: world.Channel,
    command: str,
    text: str,
    trigger_id: str,
    response_url: str,
) -> JSON:
    """A typed command. Every value is a string: over HTTP this is a form."""
    return {
        "token": world.VERIFICATION_TOKEN,
        "team_id": world.TEAM_ID,
        "team_domain": world.TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user,
        "user_name": workspace.people[user].name,
        "command": command,
        "text": text,
        "api_app_id": world.APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def message_action(
    workspace: Workspace, *, user: str, message: Message, action: JSON, trigger_id: str, response_url: str
) -> JSON:
    """A click in a message. An ephemeral message itself is not sent along: Slack does not keep it."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    payload = {
        **_interaction(workspace, "block_actions", user, trigger_id),
        "container": container,
        "channel": {"id": message.channel, "name": workspace.channels[message.channel].name},
        "state": {"values": initial_values(message.blocks)},
        "response_url": response_url,
        "actions": [action],
    }
    if message.ephemeral_to is None:
        payload["message"] = message_object(message)
    return payload


def view_action(workspace: Workspace, *, view: View, action: JSON, trigger_id: str) -> JSON:
    """A click in a modal or in the App Home."""
    return {
        **_interaction(workspace, "block_actions", view.user, trigger_id),
        "container": {"type": "view", "view_id": view.id},
        "view": view.to_json(),
        "actions": [action],
    }


def view_submission(workspace: Workspace, *, view: View, trigger_id: str) -> JSON:
    """A modal's submit button."""
    return {
        **_interaction(workspace, "view_submission", view.user, trigger_id),
        "view": view.to_json(),
        "response_urls": [],
    }


def view_closed(workspace: Workspace, *, view: View, is_cleared: bool) -> JSON:
    """A modal that was closed without being submitted; sent only when it asked for it (`notify_on_close`)."""
    payload = _interaction(workspace, "view_closed", view.user, "")
    del payload["trigger_id"]
    return {**payload, "view": view.to_json(), "is_cleared": is_cleared}


def app_home_opened(*, user: str, channel: str, event_ts: str, view: View | None) -> JSON:
    """The event of a person opening the app's Home tab; `view` is what they see there so far."""
    event: JSON = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel,
        "tab": "home",
        "event_ts": event_ts,
    }
    return event | {"view": view.to_json()} if view else event


def message_object(message: Message) -> JSON:
    """A message as answers and payloads carry it."""
    body: JSON = {"type": "message", "ts": message.ts, "text": message.text, "team": world.TEAM_ID}
    if message.bot_id is not None:
        body |= {"user": world.BOT_USER_ID, "bot_id": message.bot_id, "app_id": world.APP_ID}
    else:
        body["user"] = message.user
    if message.blocks:
        body["blocks"] = message.blocks
    if message.thread_ts is not None:
        body["thread_ts"] = message.thread_ts
    if message.files:
        body["files"] = message.files
    if message.edited:
        body["edited"] = {"user": body["user"], "ts": message.ts}
    return body


def action_object(block: JSON, element: JSON, chosen: JSON, action_ts: str) -> JSON:
    """One entry of `actions`: the element that was used and what was chosen in it."""
    shown: JSON = {key: element[key] for key in ("text", "value", "style", "placeholder") if key in element}
    return {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        **shown,
        **chosen,
        "type": element["type"],
        "action_ts": action_ts,
    }


def initial_values(blocks: list[JSON]) -> JSON:
    """`state.values` of blocks nobody touched: every input with its initial value, or with nothing."""
    values: JSON = {}
    for block, element in inputs(blocks):
        values.setdefault(block["block_id"], {})[element["action_id"]] = initial_value(element)
    return values


_VALUE_KEYS: dict[str, str] = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}
_INITIAL_KEYS = {
    "value": "initial_value",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_conversation": "initial_conversation",
    "selected_channel": "initial_channel",
}


def value_key(element: JSON) -> str:
    """The key under which the state holds this element's value."""
    return _VALUE_KEYS.get(element["type"], "value")


def initial_value(element: JSON) -> JSON:
    """What the state says of an element nobody touched."""
    key = value_key(element)
    nothing: Any = [] if key in ("selected_options", "selected_users") else None
    return {"type": element["type"], key: element.get(_INITIAL_KEYS[key], nothing)}


def _interaction(workspace: Workspace, type_: str, user: str, trigger_id: str) -> JSON:
    name = workspace.people[user].name
    return {
        "type": type_,
        "user": {"id": user, "username": name, "name": name, "team_id": world.TEAM_ID},
        "api_app_id": world.APP_ID,
        "token": world.VERIFICATION_TOKEN,
        "trigger_id": trigger_id,
        "team": dict(_TEAM),
        "enterprise": None,
        "is_enterprise_install": False,
    }
