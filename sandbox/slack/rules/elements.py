"""Interactive elements and images. https://docs.slack.dev/reference/block-kit/block-elements"""

from typing import Any

from sandbox.slack.rules.composition import (
    CONFIRM,
    ID,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    RICH_OPTION,
    SLACK_FILE,
    URL,
)
from sandbox.slack.rules.shape import (
    Check,
    Place,
    boolean,
    both,
    enum,
    integer,
    listed,
    only_one_key_of,
    shape,
    text,
    typed,
)
from sandbox.slack.rules.texts import plain

_COMMON = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU = {**_COMMON, "placeholder": plain(150)}


def _initial_is_an_option(key: str) -> Check:
    """What is chosen at first must be one of the options, exactly."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, dict) or key not in value:
            return
        holders = [value, *_list(value.get("option_groups"))]
        options = [one for holder in holders if isinstance(holder, dict) for one in _list(holder.get("options"))]
        chosen = value[key] if isinstance(value[key], list) else [value[key]]
        if any(one not in options for one in chosen):
            (place / key).refuse("must match one of the options")

    return check


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _menu(type_: str, initial_key: str, initial: Check, more: dict[str, Check] | None = None) -> Check:
    options = {"options": listed(OPTION, most=100), "option_groups": listed(OPTION_GROUP, most=100)}
    return both(
        typed(type_, {}, {**_MENU, **options, initial_key: initial, **(more or {})}),
        only_one_key_of("options", "option_groups"),
        _initial_is_an_option(initial_key),
    )


def _picker(type_: str, initial_key: str, initial: Check = text(), more: dict[str, Check] | None = None) -> Check:  # noqa: B008
    return typed(type_, {}, {**_MENU, initial_key: initial, **(more or {})})


BUTTON = typed(
    "button",
    {"text": plain(75)},
    {
        "action_id": ID,
        "url": URL,
        "value": text(2000),
        "style": enum("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(75),
    },
)
OVERFLOW = typed("overflow", {"options": listed(OVERFLOW_OPTION, most=5)}, {"action_id": ID, "confirm": CONFIRM})
IMAGE = both(
    typed("image", {"alt_text": text(2000)}, {"image_url": URL, "slack_file": SLACK_FILE}),
    only_one_key_of("image_url", "slack_file"),
)
CHECKBOXES = both(
    typed(
        "checkboxes",
        {"options": listed(RICH_OPTION, most=10)},
        {**_COMMON, "initial_options": listed(RICH_OPTION, most=10)},
    ),
    _initial_is_an_option("initial_options"),
)
RADIO_BUTTONS = both(
    typed("radio_buttons", {"options": listed(RICH_OPTION, most=10)}, {**_COMMON, "initial_option": RICH_OPTION}),
    _initial_is_an_option("initial_option"),
)

SINGLE_MENUS = {
    "static_select": _menu("static_select", "initial_option", OPTION),
    "users_select": _picker("users_select", "initial_user"),
    "conversations_select": _picker(
        "conversations_select",
        "initial_conversation",
        more={"default_to_current_conversation": boolean, "response_url_enabled": boolean},
    ),
    "channels_select": _picker("channels_select", "initial_channel", more={"response_url_enabled": boolean}),
}
MULTI_MENUS = {
    "multi_static_select": _menu(
        "multi_static_select", "initial_options", listed(OPTION, most=100), {"max_selected_items": integer(1)}
    ),
    "multi_users_select": _picker(
        "multi_users_select", "initial_users", listed(text()), {"max_selected_items": integer(1)}
    ),
}
PICKERS = {
    "datepicker": _picker("datepicker", "initial_date"),
    "timepicker": _picker("timepicker", "initial_time", more={"timezone": text()}),
    "datetimepicker": typed("datetimepicker", {}, {**_COMMON, "initial_date_time": integer(10**9, 10**10 - 1)}),
}
CHOICES = {"checkboxes": CHECKBOXES, "radio_buttons": RADIO_BUTTONS}

_DISPATCH = shape({}, {"trigger_actions_on": listed(enum("on_enter_pressed", "on_character_entered"), most=2)})
_FIELD = {
    "action_id": ID,
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "dispatch_action_config": _DISPATCH,
    "initial_value": text(3000, least=0),
}
FIELDS = {
    "plain_text_input": typed(
        "plain_text_input",
        {},
        {**_FIELD, "multiline": boolean, "min_length": integer(0, 3000), "max_length": integer(1, 3000)},
    ),
    "email_text_input": typed("email_text_input", {}, _FIELD),
    "url_text_input": typed("url_text_input", {}, _FIELD),
    "number_input": typed(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_FIELD, "min_value": text(), "max_value": text()},
    ),
}

IN_ACTIONS: dict[str, Check] = {"button": BUTTON, "overflow": OVERFLOW, **SINGLE_MENUS, **PICKERS, **CHOICES}
AS_ACCESSORY: dict[str, Check] = {**IN_ACTIONS, **MULTI_MENUS, "image": IMAGE}
IN_INPUT: dict[str, Check] = {**SINGLE_MENUS, **MULTI_MENUS, **PICKERS, **CHOICES, **FIELDS}
