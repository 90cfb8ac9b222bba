"""Would Slack show this view? https://docs.slack.dev/reference/views"""

import json
from typing import Any

from sandbox.slack.rules.ids import ids_differ
from sandbox.slack.rules.shape import Check, Place, boolean, both, by_type, text, typed
from sandbox.slack.rules.surfaces import blocks_on
from sandbox.slack.rules.texts import plain

JSON = dict[str, Any]

MAX_BYTES = 250_000

_BOTH: dict[str, Check] = {
    "private_metadata": text(3000, least=0),
    "callback_id": text(255, least=0),
    "external_id": text(255, least=0),
}


def _inputs_can_be_submitted(place: Place, view: Any) -> None:
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if has_input and "submit" not in view:
        place.refuse("missing required field: submit")


_VIEW = by_type(
    {
        "modal": both(
            typed(
                "modal",
                {"title": plain(24), "blocks": blocks_on("modal")},
                {
                    **_BOTH,
                    "close": plain(24),
                    "submit": plain(24),
                    "clear_on_close": boolean,
                    "notify_on_close": boolean,
                },
            ),
            _inputs_can_be_submitted,
        ),
        "home": typed("home", {"blocks": blocks_on("home")}, _BOTH),
    }
)


def check_view(view: JSON) -> list[str]:
    """Everything Slack would refuse in a modal or a Home tab; an empty list when it shows it."""
    place = Place("/view")
    _VIEW(place, view)
    if isinstance(view, dict):
        ids_differ(place / "blocks", view.get("blocks"))
    return [*place.problems, *check_view_size(view)]


def check_view_size(view: JSON) -> list[str]:
    """`view_too_large`: more than 250 kB."""
    size = len(json.dumps(view).encode())
    return [f"view_too_large: {size} bytes, at most {MAX_BYTES}"] if size > MAX_BYTES else []
