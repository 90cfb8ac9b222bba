"""What a run told while it went: every event as it was, and its steps as rows, so that a killed run shows the step it was in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

from ops.events import Event, RunFinished, RunStarted, StepDone, StepFailed, StepProgress, StepStarted, SwitchBegun
from ops.ledger.store import Statement, Store, moment
from ops.results import StepRecord


class Steps(Store):
    """Events and steps."""

    def __init__(self, path: Path, connection: aiosqlite.Connection | None, notice: str | None) -> None:
        super().__init__(path, connection, notice)
        self._titles: dict[tuple[str, str], str] = {}  # of the steps of the runs of this process, by (run id, step)

    async def event(self, event: Event) -> None:
        """Keep an event, and what it says about its step or its run."""
        if isinstance(event, StepProgress):
            return  # hundreds a run, and worth nothing afterwards
        kind, body = type(event).__name__, json.dumps(event.as_json(), default=str)
        keep = "INSERT INTO events (run_id, at, kind, body) VALUES (?, ?, ?, ?)"
        await self._write(*self._told_by(event), (keep, (event.run_id, event.at, kind, body)))

    async def _steps(self, run_id: str) -> tuple[StepRecord, ...]:
        rows = await self._rows("SELECT * FROM steps WHERE run_id = ? ORDER BY number", run_id)
        return tuple(
            StepRecord(r["name"], r["title"], r["state"], moment(r["started"]), r["seconds"], r["detail"]) for r in rows
        )

    def _told_by(self, event: Event) -> Iterator[Statement]:
        if isinstance(event, RunStarted):
            self._titles |= {(event.run_id, step.name): step.title for step in event.plan}
        elif isinstance(event, StepStarted):
            yield _begun(event, self._titles.get((event.run_id, event.step), event.step))
        elif isinstance(event, StepDone):
            yield _ended(event, "done", event.detail)
        elif isinstance(event, StepFailed):
            yield _ended(event, "failed", event.problem)
        elif isinstance(event, SwitchBegun):
            yield ("UPDATE runs SET switch_begun = 1 WHERE id = ?", (event.run_id,))
        elif isinstance(event, RunFinished):
            self._titles = {key: title for key, title in self._titles.items() if key[0] != event.run_id}


def _begun(event: StepStarted, title: str) -> Statement:
    return (
        "INSERT INTO steps (run_id, number, name, title, state, started) "
        "SELECT ?, count(*) + 1, ?, ?, 'started', ? FROM steps WHERE run_id = ?",
        (event.run_id, event.step, title, event.at, event.run_id),
    )


def _ended(event: StepDone | StepFailed, state: str, detail: str) -> Statement:
    return (
        "UPDATE steps SET state = ?, seconds = ?, detail = ? WHERE run_id = ? AND name = ? AND state = 'started'",
        (state, event.seconds, detail, event.run_id, event.step),
    )
