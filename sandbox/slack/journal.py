"""The record of the wire: every Web API call that came in and every payload that went out."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.slack.clock import Clock
from sandbox.slack.feed import Feed

JSON = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One Web API call: `at` in seconds since the epoch, `status` the HTTP status, `answer` the JSON answered."""

    n: int
    at: float
    method: str
    args: JSON
    status: int
    answer: JSON

    @property
    def ok(self) -> bool:
        """Did Slack do what it was asked?"""
        return bool(self.answer.get("ok"))


@dataclass
class Delivery:
    """One payload sent to the app. `ack_ms` stays None when no ack came in time; `error` says why, if it failed."""

    n: int
    at: float
    kind: str
    via: str
    envelope_id: str
    payload: JSON
    retry_attempt: int = 0
    retry_reason: str = ""
    ack_ms: float | None = None
    ack_payload: JSON | None = None
    error: str | None = None


class Journal:
    """Calls and deliveries in the order they happened, numbered from 1."""

    def __init__(self, clock: Clock, feed: Feed) -> None:
        self._clock = clock
        self._feed = feed
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []

    def call(self, method: str, args: JSON, status: int, answer: JSON) -> None:
        """Record an answered call."""
        self.calls.append(Call(len(self.calls) + 1, self._clock.now(), method, args, status, answer))
        self._feed.touch()

    def delivery(self, kind: str, via: str, envelope_id: str, payload: JSON, **retry: Any) -> Delivery:
        """Record a payload as it leaves; the caller completes the record when the ack comes."""
        number = len(self.deliveries) + 1
        delivery = Delivery(number, self._clock.now(), kind, via, envelope_id, payload, **retry)
        self.deliveries.append(delivery)
        return delivery

    def ended(self, delivery: Delivery) -> None:
        """Wake whoever waits for a delivery to be acknowledged or given up."""
        self._feed.touch()

    def to_json(self, since: int = 0, method: str | None = None) -> list[JSON]:
        """The calls after number `since`, of one method when it is named."""
        return [asdict(call) for call in self.calls if call.n > since and method in (None, call.method)]
