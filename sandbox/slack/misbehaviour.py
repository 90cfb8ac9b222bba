"""The ways in which the workspace can be told to misbehave, so that a bot can be seen coping."""

from dataclasses import dataclass, field
from typing import Any, Literal

JSON = dict[str, Any]
Token = Literal["bot", "app"]
Kind = Literal["command", "action", "view", "event"]


@dataclass
class MethodFault:
    """What the next `times` calls of a method (or of every method: `*`) meet instead of, or before, an answer."""

    method: str
    times: int
    status: int = 200
    answer: JSON | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass
class Misbehaviour:
    """What is wrong right now. Everything counts down by itself except what is on until `reset`."""

    faults: list[MethodFault] = field(default_factory=list)
    connections_to_refuse: int = 0
    twice: dict[str, int] = field(default_factory=dict)
    refused_blocks: frozenset[str] = frozenset()
    revoked: set[Token] = field(default_factory=set)

    def rate_limit(self, method: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of `method` with 429 and `Retry-After` (seconds)."""
        answer = {"ok": False, "error": "ratelimited"}
        self.faults.append(MethodFault(method, times, 429, answer, {"Retry-After": str(retry_after)}))

    def fail(self, method: str, *, times: int = 1, status: int = 500, error: str | None = None) -> None:
        """Fail the next calls: with `{"ok": false, "error": error}` when an error is named, else with an HTTP status."""
        if error is not None:
            self.faults.append(MethodFault(method, times, 200, {"ok": False, "error": error}))
        else:
            self.faults.append(MethodFault(method, times, status, {"ok": False, "error": "internal_error"}))

    def slow(self, method: str, *, seconds: float, times: int = 1) -> None:
        """Answer the next calls correctly, but `seconds` late."""
        self.faults.append(MethodFault(method, times, delay=seconds))

    def deliver_twice(self, kind: Kind, *, times: int = 1) -> None:
        """Deliver the next payloads of this kind twice, in two envelopes."""
        self.twice[kind] = self.twice.get(kind, 0) + times

    def reset(self) -> None:
        """Behave again."""
        vars(self).update(vars(Misbehaviour()))

    # -- asked by the rest of the sandbox ---------------------------------------------------------------------------

    def next_fault(self, method: str) -> MethodFault | None:
        """The fault that this call meets; it is used up by being asked for."""
        for fault in self.faults:
            if fault.method in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def refuses_connection(self) -> bool:
        """Shall this Socket Mode connection be refused?"""
        if not self.connections_to_refuse:
            return False
        self.connections_to_refuse -= 1
        return True

    def delivers_twice(self, kind: str) -> bool:
        """Shall this payload be delivered twice?"""
        if not self.twice.get(kind):
            return False
        self.twice[kind] -= 1
        return True
