"""Charts. https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""

from typing import Any

from sandbox.slack.rules.composition import ID
from sandbox.slack.rules.shape import Check, Place, both, by_type, listed, number, shape, text, typed

MAX_SERIES = 6
"""Slack's page says 6; some libraries allow 12. Six is taken everywhere."""
MAX_POINTS = 20
_LABEL = text(20)


def _positive(place: Place, value: Any) -> None:
    number(place, value)
    if isinstance(value, int | float) and value <= 0:
        place.refuse("must be greater than 0")


_POINT = shape({"label": _LABEL, "value": number})
_SERIES = shape({"name": _LABEL, "data": listed(_POINT, most=MAX_POINTS)})
_AXES = shape({"categories": listed(_LABEL, most=MAX_POINTS)}, {"x_label": text(50), "y_label": text(50)})
_SEGMENT = shape({"label": _LABEL, "value": _positive})


def _labels(entries: Any, key: str) -> list[str]:
    """The texts under `key` in a list of objects, whatever else may be wrong with it."""
    found = [entry.get(key) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [label for label in found if isinstance(label, str)]


def _consistent(place: Place, value: Any) -> None:
    """Names are unique, and every series has exactly one point for every category."""
    axes = value.get("axis_config")
    listed_ = axes.get("categories") if isinstance(axes, dict) else None
    categories = [one for one in listed_ if isinstance(one, str)] if isinstance(listed_, list) else []
    if len(set(categories)) != len(categories):
        (place / "axis_config" / "categories").refuse("must be unique")
    series = value.get("series")
    if len(set(names := _labels(series, "name"))) != len(names):
        (place / "series").refuse("must have unique names")
    for index, one in enumerate(series if isinstance(series, list) else []):
        if isinstance(one, dict) and sorted(_labels(one.get("data"), "label")) != sorted(categories):
            (place / "series" / index / "data").refuse("must have exactly one point for every category")


def _axis_chart(type_: str) -> Check:
    described = typed(type_, {"series": listed(_SERIES, most=MAX_SERIES), "axis_config": _AXES})
    return both(described, _consistent)


DATA_VISUALIZATION = typed(
    "data_visualization",
    {
        "title": text(50),
        "chart": by_type(
            {
                "pie": typed("pie", {"segments": listed(_SEGMENT, most=MAX_SERIES)}),
                "bar": _axis_chart("bar"),
                "area": _axis_chart("area"),
                "line": _axis_chart("line"),
            }
        ),
    },
    {"block_id": ID},
)
