"""What became of one payload."""

from dataclasses import dataclass
from typing import Any

ACK_SECONDS = 3.0
"""Slack waits this long for an ack of a command, a click, a submission or an event."""


@dataclass(frozen=True)
class Ack:
    """The app's answer: `payload` is what it answered with, `error` the word Slack shows when it did not answer."""

    payload: dict[str, Any] | None = None
    error: str | None = None
    ms: float | None = None

    @property
    def ok(self) -> bool:
        """Was the payload acknowledged in time?"""
        return self.error is None


class Undeliverable(Exception):
    """There is nobody to deliver to, or they answered with an error; `error` is Slack's word, `reason` a retry's."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(error)
        self.error = error
        self.reason = reason
