"""views.*: modals and the App Home."""

from sandbox.slack.api.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform
from sandbox.slack.rules.gate import require_view
from sandbox.slack.views import View

MAX_STACK = 3
"""A root view and two on top of it."""


async def open_view(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/views.open"""
    trigger_id, body = args.required("trigger_id"), _body(slack, args, "modal")
    trigger = slack.tickets.use_trigger(trigger_id)
    stack = slack.workspace.modals[trigger.user]
    if stack:  # a new root takes the place of whatever was open
        slack.workspace.close_modal(stack[0], all_of_them=True)
    return {"view": slack.workspace.push_modal(trigger.user, body).to_json()}


async def push_view(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/views.push - only from something done in an open modal."""
    trigger_id, body = args.required("trigger_id"), _body(slack, args, "modal")
    trigger = slack.tickets.use_trigger(trigger_id)
    stack = slack.workspace.modals[trigger.user]
    if trigger.view is None or all(view.id != trigger.view for view in stack):
        raise SlackError("invalid_trigger_id")
    if len(stack) >= MAX_STACK:
        raise SlackError("push_limit_reached")
    return {"view": slack.workspace.push_modal(trigger.user, body).to_json()}


async def update_view(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/views.update - by id or external id; a closed view is not found."""
    view = _find(slack, args)
    body = _body(slack, args, view.body["type"], but=view)
    _require_same_hash(view, args)
    slack.workspace.update_view(view, body)
    return {"view": view.to_json()}


async def publish_view(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/views.publish"""
    user, body = args.required("user_id"), _body(slack, args, "home")
    if not slack.manifest.home_tab:
        raise SlackError("not_enabled")
    if user not in slack.workspace.people:
        raise SlackError("user_not_found")
    if user in slack.workspace.homes:
        _require_same_hash(slack.workspace.homes[user], args)
    return {"view": slack.workspace.publish_home(user, body).to_json()}


def _body(slack: Platform, args: Args, kind: str, but: View | None = None) -> JSON:
    body = args.mapping("view")
    require_view(body, kind, slack.faults.refused_blocks)
    external_id = body.get("external_id")
    if external_id and slack.workspace.modal_by_external_id(external_id) not in (None, but):
        raise SlackError("duplicate_external_id")
    return body


def _find(slack: Platform, args: Args) -> View:
    if (external_id := args.optional("external_id")) is not None:
        view = slack.workspace.modal_by_external_id(external_id)
    else:
        view = slack.workspace.view(args.required("view_id"))
    if view is None:
        raise SlackError("not_found")
    return view


def _require_same_hash(view: View, args: Args) -> None:
    if (hash_ := args.optional("hash")) is not None and hash_ != view.hash:
        raise SlackError("hash_conflict")
