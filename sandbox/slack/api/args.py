"""The arguments of a Web API call, whether they came as a form or as JSON."""

import json
from typing import Any

from sandbox.slack.errors import invalid

JSON = dict[str, Any]
_STRUCTURED = ("blocks", "view", "files", "metadata", "attachments")


class Args:
    """Typed access to arguments. Raises the SlackError that Slack answers when one is missing or malformed."""

    def __init__(self, values: JSON) -> None:
        self._values = {key: _decoded(key, value) for key, value in values.items()}

    def required(self, name: str) -> str:
        """A text argument that must be there."""
        value = self._values.get(name)
        if value is None or value == "":
            raise invalid("invalid_arguments", [f"missing required field: {name}"])
        return self._text(name, value)

    def optional(self, name: str) -> str | None:
        """A text argument, or None."""
        value = self._values.get(name)
        return None if value is None else self._text(name, value)

    def integer(self, name: str) -> int:
        """A whole number that must be there."""
        text = self.required(name)
        if not text.isdecimal():
            raise invalid("invalid_arguments", [f"must be an integer: {name}"])
        return int(text)

    def flag(self, name: str) -> bool:
        """A yes or no argument; absent means no."""
        return str(self._values.get(name, "false")).lower() in ("true", "1")

    def listed(self, name: str) -> list[Any] | None:
        """A JSON list, or None when it is absent."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, list):
            raise invalid("invalid_arguments", [f"must be an array: {name}"])
        return value

    def mapping(self, name: str) -> JSON:
        """A JSON object that must be there."""
        value = self._values.get(name)
        if value is None:
            raise invalid("invalid_arguments", [f"missing required field: {name}"])
        if not isinstance(value, dict):
            raise invalid("invalid_arguments", [f"must be an object: {name}"])
        return value

    def has(self, name: str) -> bool:
        """Was this argument given?"""
        return self._values.get(name) is not None

    def to_json(self) -> JSON:
        """All of them, for the record, without the token."""
        return {key: value for key, value in self._values.items() if key != "token"}

    @staticmethod
    def _text(name: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise invalid("invalid_arguments", [f"must be a string: {name}"])
        return str(value)


def _decoded(key: str, value: Any) -> Any:
    if key in _STRUCTURED and isinstance(value, str):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value
