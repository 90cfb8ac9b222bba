"""Refusals, worded as Slack words them."""

from typing import Any


class SlackError(Exception):
    """A Web API answer `{"ok": false, "error": …}`; `details` are its further fields."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details

    def answer(self) -> dict[str, Any]:
        """The JSON that Slack answers."""
        return {"ok": False, "error": self.error, **self.details}


class PersonError(Exception):
    """Something that a person cannot do in a Slack client (a button that is not there, a closed modal)."""


def invalid(error: str, problems: list[str]) -> SlackError:
    """A refusal that names each broken rule: `invalid_blocks`, `invalid_arguments`."""
    return SlackError(
        error,
        errors=list(problems),
        response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
    )
