"""The vocabulary the rules are written in: small checks that are put together into descriptions of JSON.

The complaints are worded as Slack words them, with the JSON pointer of the place:
`must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Place:
    """A place in a payload, and the complaints about the whole payload so far."""

    pointer: str = ""
    problems: list[str] = field(default_factory=list)

    def __truediv__(self, key: str | int) -> "Place":
        return Place(f"{self.pointer}/{key}", self.problems)

    def refuse(self, rule: str) -> None:
        """Complain about this place."""
        self.problems.append(f"{rule} [json-pointer:{self.pointer or '/'}]")


Check = Callable[[Place, Any], None]


def text(most: int | None = None, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, str):
            place.refuse("must provide a string")
        elif len(value) < least:
            place.refuse(f"must be more than {least - 1} characters")
        elif most is not None and len(value) > most:
            place.refuse(f"must be less than {most + 1} characters")

    return check


def number(place: Place, value: Any) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        place.refuse("must be a number")


def integer(least: int = 0, most: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(place: Place, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            place.refuse("must be an integer")
        elif value < least:
            place.refuse(f"must be greater than {least - 1}")
        elif most is not None and value > most:
            place.refuse(f"must be less than {most + 1}")

    return check


def boolean(place: Place, value: Any) -> None:
    """True or false."""
    if not isinstance(value, bool):
        place.refuse("must be a boolean")


def enum(*words: str) -> Check:
    """One of these words."""

    def check(place: Place, value: Any) -> None:
        if value not in words:
            place.refuse("must be a valid enum value")

    return check


def listed(item: Check, *, most: int | None = None, least: int = 1) -> Check:
    """A list of so many items, each of which is checked."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, list):
            place.refuse("must provide an array")
            return
        if most is not None and len(value) > most:
            place.refuse(f"no more than {most} items allowed")
        if len(value) < least:
            place.refuse(f"no less than {least} items allowed")
        for index, entry in enumerate(value):
            item(place / index, entry)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    known = {**required, **(optional or {})}

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, dict):
            place.refuse("must provide an object")
            return
        for key in required:
            if key not in value:
                place.refuse(f"missing required field: {key}")
        for key, inner in value.items():
            if key in known:
                known[key](place / key, inner)
            else:
                place.refuse(f"invalid additional property: {key}")

    return check


def typed(type_: str, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object whose `type` is this word."""
    return shape({"type": enum(type_), **required}, optional)


def by_type(checks: Mapping[str, Check]) -> Check:
    """An object that is checked by what its `type` says."""

    def check(place: Place, value: Any) -> None:
        if not isinstance(value, dict):
            place.refuse("must provide an object")
        elif "type" not in value:
            place.refuse("missing required field: type")
        elif not isinstance(value["type"], str) or value["type"] not in checks:
            (place / "type").refuse(f"unsupported type: {value['type']}")
        else:
            checks[value["type"]](place, value)

    return check


def both(*checks: Check) -> Check:
    """Every one of these checks."""

    def check(place: Place, value: Any) -> None:
        for one in checks:
            one(place, value)

    return check


def one_key_of(*keys: str) -> Check:
    """An object that has one of these keys, or several of them."""

    def check(place: Place, value: Any) -> None:
        if isinstance(value, dict) and not any(key in value for key in keys):
            place.refuse("must define either " + " or ".join(f"`{key}`" for key in keys))

    return check


def only_one_key_of(*keys: str) -> Check:
    """An object that has exactly one of these keys."""

    def check(place: Place, value: Any) -> None:
        if isinstance(value, dict) and sum(key in value for key in keys) != 1:
            place.refuse("must define exactly one of " + ", ".join(f"`{key}`" for key in keys))

    return check
