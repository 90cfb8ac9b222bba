"""`--json`: one JSON object a line on standard output; events as they come, then the result (DESIGN section 3)."""

from __future__ import annotations

import json
from typing import Any, TextIO

from ops.errors import OpsError
from ops.events import Event
from ops.results import Outcome, plain


class JsonLines:
    """A sink of events and the writer of the end. Every line is flushed, so that a program can follow."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def sink(self, event: Event) -> None:
        """One event."""
        self._write(event.as_json())

    def outcome(self, outcome: Outcome) -> None:
        """The last line: `{"result": …}`, or `{"result": null, "error": …}`."""
        if outcome.error is not None:
            self.error(outcome.error)
        elif outcome.result is not None:
            self.result(outcome.result.as_json())

    def result(self, answer: dict[str, Any]) -> None:
        """The last line of what went well."""
        self._write({"result": answer})

    def error(self, problem: OpsError) -> None:
        """The last line of what did not: the kind of error, and the three sentences."""
        evidence = problem.evidence
        self._write(
            {
                "result": None,
                "error": {
                    "kind": type(problem).__name__,
                    "what": problem.what,
                    "live": problem.live,
                    "next_step": problem.next_step,
                    "health_answer": evidence.health_answer,
                    "migrations": evidence.migrations,
                    "log_lines": evidence.log_lines,
                },
            }
        )

    def stopping(self) -> None:
        """The events tell."""

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, value: dict[str, Any]) -> None:
        self._stream.write(json.dumps(plain(value)) + "\n")
        self._stream.flush()
