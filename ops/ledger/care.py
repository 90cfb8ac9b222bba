"""The growth of the database, the last runs of the clock's jobs, and the alerts that are open."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ops.database.model import DiskFigures
from ops.ledger.store import Store, moment
from ops.results import GrowthPoint

log = structlog.get_logger(__name__)

_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True)
class JobRun:
    """The last run of a job. `finished` and `ok` are None while it runs (or when it was killed)."""

    name: str
    started: datetime
    finished: datetime | None
    ok: bool | None
    detail: str


@dataclass(frozen=True)
class AlertRecord:
    """An alert that has not been mended: what kind, since when, when it was told last."""

    kind: str
    since: datetime
    last_told: datetime
    text: str


class Care(Store):
    """Growth, jobs and alerts."""

    async def grew(self, figures: DiskFigures) -> None:
        """Keep the sizes of now, in the place of those of this hour: the bot looks every few minutes. Best effort."""
        if figures.database_bytes is None:
            return
        keep = "INSERT INTO growth (at, bytes, wal_bytes, free_bytes, backups_bytes) VALUES (?, ?, ?, ?, ?)"
        sizes = (figures.database_bytes, figures.wal_bytes, figures.volume_free, figures.backups_bytes)
        now = time.time()
        same_hour = ("DELETE FROM growth WHERE at >= ?", (now - now % _HOUR,))
        await self._best_effort(same_hour, (keep, (now, *sizes)))

    async def growth(self, days: int) -> tuple[GrowthPoint, ...]:
        """The last figures of each day (UTC) that has some, of the last `days` days, oldest first."""
        rows = await self._rows(
            "SELECT max(at) AS at, bytes, wal_bytes, free_bytes, backups_bytes FROM growth WHERE at >= ? "
            "GROUP BY CAST(at / 86400 AS INTEGER) ORDER BY at",
            time.time() - days * _DAY,
        )
        return tuple(
            GrowthPoint(moment(r["at"]), r["bytes"], r["wal_bytes"], r["free_bytes"], r["backups_bytes"]) for r in rows
        )

    async def job_started(self, name: str) -> None:
        """A job begins. Best effort."""
        keep = "INSERT OR REPLACE INTO jobs (name, started, finished, ok, detail) VALUES (?, ?, NULL, NULL, '')"
        await self._best_effort((keep, (name, time.time())))

    async def job_finished(self, name: str, ok: bool, detail: str) -> None:
        """A job has ended; `detail` is one sentence. Best effort."""
        keep = "UPDATE jobs SET finished = ?, ok = ?, detail = ? WHERE name = ?"
        await self._best_effort((keep, (time.time(), int(ok), detail, name)))

    async def jobs(self) -> dict[str, JobRun]:
        """The last run of each job that has ever run."""
        return {row["name"]: _job(row) for row in await self._rows("SELECT * FROM jobs")}

    async def alerts(self) -> dict[str, AlertRecord]:
        """The alerts that are open, by kind."""
        rows = await self._rows("SELECT * FROM alerts")
        return {r["kind"]: AlertRecord(r["kind"], moment(r["since"]), moment(r["last_told"]), r["text"]) for r in rows}

    async def alert_told(self, kind: str, text: str, at: datetime, again_after: timedelta) -> bool:
        """Keep that an alert is told then, and open until `alert_mended`; False when somebody (another bot) has told it within
        `again_after`, and then nothing changes.

        Raises:
            LedgerDown: it cannot be kept.
        """
        now = at.timestamp()
        keep = (
            "INSERT INTO alerts (kind, since, last_told, text) VALUES (?, ?, ?, ?) ON CONFLICT (kind) DO UPDATE "
            "SET last_told = excluded.last_told, text = excluded.text WHERE last_told <= ?"
        )
        return await self._write((keep, (kind, now, now, text, now - again_after.total_seconds()))) > 0

    async def alert_mended(self, kind: str) -> bool:
        """What an alert was about is mended; False when somebody has said so before.

        Raises:
            LedgerDown: it cannot be kept.
        """
        return await self._write(("DELETE FROM alerts WHERE kind = ?", (kind,))) > 0


def _job(row: sqlite3.Row) -> JobRun:
    return JobRun(
        name=row["name"],
        started=moment(row["started"]),
        finished=moment(row["finished"]) if row["finished"] is not None else None,
        ok=bool(row["ok"]) if row["ok"] is not None else None,
        detail=row["detail"],
    )
