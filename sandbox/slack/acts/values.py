"""From what a person types or picks to what Slack reports about it."""

from typing import Any

from sandbox.slack.delivery.payloads import initial_value, value_key
from sandbox.slack.errors import PersonError
from sandbox.slack.messages import JSON, inputs
from sandbox.slack.views import View

REQUIRED = "Please complete this required field."


def chosen(element: JSON, plain: Any) -> JSON:
    """The state of an input after `plain` (a text, an option's value, an id, or a list) was entered in it."""
    key = value_key(element)
    if key == "selected_option":
        return {key: _option(element, plain) if plain not in (None, "") else None}
    if key == "selected_options":
        return {key: [_option(element, value) for value in plain or []]}
    if key == "selected_users":
        return {key: list(plain or [])}
    return {key: plain if plain not in (None, "") else None}


def _option(element: JSON, value: str) -> JSON:
    groups = [group["options"] for group in element.get("option_groups", [])]
    options: list[JSON] = [*element.get("options", []), *(option for group in groups for option in group)]
    for option in options:
        if option["value"] == value:
            return option
    raise PersonError(f"{element['action_id']} has no option {value!r}; it has {[o['value'] for o in options]}")


def fill_in(view: View, values: dict[str, dict[str, Any]]) -> None:
    """Enter plain values in a view. Raises PersonError for a field that is not there."""
    fields = {(block["block_id"], element["action_id"]): element for block, element in inputs(view.blocks)}
    for block_id, by_action in values.items():
        for action_id, plain in by_action.items():
            if (block_id, action_id) not in fields:
                raise PersonError(f"the view has no field {block_id}/{action_id}; it has {sorted(fields)}")
            element = fields[block_id, action_id]
            state = {"type": element["type"], **chosen(element, plain)}
            view.values.setdefault(block_id, {})[action_id] = state
    for (block_id, action_id), element in fields.items():
        view.values.setdefault(block_id, {}).setdefault(action_id, initial_value(element))


def complaints(view: View) -> dict[str, str]:
    """What a Slack client refuses to submit: empty required fields, texts too short or too long, by block id."""
    found: dict[str, str] = {}
    for block, element in inputs(view.blocks):
        if block["type"] != "input":
            continue
        value = view.values[block["block_id"]][element["action_id"]][value_key(element)]
        if (complaint := _complaint(block, element, value)) is not None:
            found[block["block_id"]] = complaint
    return found


def _complaint(block: JSON, element: JSON, value: Any) -> str | None:
    if value in (None, "", []):
        return None if block.get("optional") else REQUIRED
    if element["type"] == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"Please enter at most {element.get('max_length', 3000)} characters."
    return None
