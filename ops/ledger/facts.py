"""The last known value of a few things, with their age, so that `status` and `up` need not ask again. All best effort."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import structlog

from ops.database.status import DatabaseStatus
from ops.ledger.store import LedgerDown, Store
from ops.model import Colour
from ops.results import DatabaseFigures

log = structlog.get_logger(__name__)


class Facts(Store):
    """Facts by name; a new value replaces the old one."""

    async def save_database(self, status: DatabaseStatus) -> None:
        """Keep the database's figures, so that `status` need not start a worker. Best effort."""
        await self._save_fact("database", asdict(status))

    async def database_figures(self, path: str) -> DatabaseFigures | None:
        """The database's last known figures, with their age."""
        if (found := await self._fact("database")) is None:
            return None
        value, at = found
        return DatabaseFigures(
            path=path,
            bytes=value["bytes"],
            wal_bytes=value["wal_bytes"],
            journal_mode=value["journal_mode"],
            sqlite_version=value["written_by"],
            page_size=value["page_size"],
            migrations=tuple(value["migrations"]),
            problem=value["problem"],
            age_seconds=max(time.time() - at, 0.0),
        )

    async def save_live_release(self, version: str) -> None:
        """Keep which release went live last. Best effort."""
        await self._save_fact("live", version)

    async def last_live_release(self) -> str | None:
        """The release that went live last, as far as is known."""
        found = await self._fact("live")
        return str(found[0]) if found else None

    async def save_stopped(self, run_id: str, colours: Iterable[Colour]) -> None:
        """Keep which colours a run has stopped for the time of its work, so that `recover` can start them. Best effort."""
        await self._save_fact("stopped", {"run": run_id, "colours": [colour.value for colour in colours]})

    async def stopped(self, run_id: str) -> tuple[Colour, ...]:
        """The colours that a run had stopped and not started again."""
        found = await self._fact("stopped")
        if found is None or found[0]["run"] != run_id:
            return ()
        return tuple(Colour(name) for name in found[0]["colours"])

    async def _save_fact(self, name: str, value: Any) -> None:
        keep = "INSERT OR REPLACE INTO facts (name, value, at) VALUES (?, ?, ?)"
        try:
            await self._write((keep, (name, json.dumps(value), time.time())))
        except LedgerDown as error:
            log.warning("a fact was not kept", name=name, problem=error.what)

    async def _fact(self, name: str) -> tuple[Any, float] | None:
        rows = await self._rows("SELECT value, at FROM facts WHERE name = ?", name)
        return (json.loads(rows[0]["value"]), rows[0]["at"]) if rows else None
