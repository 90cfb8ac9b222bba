"""What a person sees of what they did."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """`ok` when Slack shows no error. `ack_ms`: how long the app took to acknowledge, in milliseconds."""

    ok: bool
    error: str | None = None
    ack_ms: float | None = None
    trigger_id: str | None = None
    ts: str | None = None
    response_action: str | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The control API's answer: what is known, nothing more."""
        known = {key: value for key, value in vars(self).items() if value not in (None, {})}
        return {**known, "ok": self.ok}
