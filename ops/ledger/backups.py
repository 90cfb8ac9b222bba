"""What the record knows of the backups: their hashes, and what checking them has shown. The directory is the truth: losing
this loses no backup, but with it a backup and manifest that were forged together are found out.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ops.database.model import Decision, Manifest, Verdict, Why
from ops.ledger.store import Statement, Store, moment
from ops.results import LastBackup

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BackupRecord:
    """One backup as it was recorded when it was taken, with what was found later. Sizes are bytes."""

    name: str
    sequence: int
    taken: datetime
    bytes: int
    stored_bytes: int
    sha256: str
    manifest_sha256: str
    why: Why
    release: str | None
    run_id: str
    verified_at: datetime | None
    verified_problem: str | None
    removed_at: datetime | None
    removed_reason: str | None


class BackupRecords(Store):
    """Backups, by name. All best effort: a backup never fails because of its record."""

    async def backup_taken(self, manifest: Manifest) -> None:
        """Keep a backup that has just been taken and verified."""
        await self._best_effort(_taken(manifest, verified_at=time.time()))

    async def backups_seen(self, manifests: Iterable[Manifest]) -> None:
        """Keep backups that stand in the directory and not in the record (which was lost), as not verified."""
        known = {row["name"] for row in await self._rows("SELECT name FROM backups")}
        missing = [_taken(manifest, verified_at=None) for manifest in manifests if manifest.name not in known]
        if missing:
            await self._best_effort(*missing)

    async def backups_verified(self, verdicts: Iterable[Verdict]) -> None:
        """Keep what reading backups whole has shown."""
        told = "UPDATE backups SET verified_at = ?, verified_problem = ? WHERE name = ?"
        now = time.time()
        rows: list[Statement] = [(told, (now, verdict.problem, verdict.name)) for verdict in verdicts]
        if rows:
            await self._best_effort(*rows)

    async def backups_leaving(self, decisions: Iterable[Decision]) -> None:
        """Keep which backups are about to be removed, and why: a run that is killed right after must not make them look lost."""
        told = "UPDATE backups SET removed_reason = ? WHERE name = ? AND removed_at IS NULL"
        rows: list[Statement] = [(told, (decision.reason, decision.name)) for decision in decisions]
        if rows:
            await self._best_effort(*rows)

    async def backups_removed(self, decisions: Iterable[Decision]) -> None:
        """Keep which backups are gone, and why."""
        told = "UPDATE backups SET removed_at = ?, removed_reason = ? WHERE name = ? AND removed_at IS NULL"
        now = time.time()
        rows: list[Statement] = [(told, (now, decision.reason, decision.name)) for decision in decisions]
        if rows:
            await self._best_effort(*rows)

    async def backup_records(self) -> tuple[BackupRecord, ...]:
        """The backups that should be there, newest first."""
        rows = await self._rows("SELECT * FROM backups WHERE removed_at IS NULL ORDER BY sequence DESC, taken DESC")
        return tuple(_record(row) for row in rows)

    async def backups_gone(self) -> tuple[str, ...]:
        """Names of the backups that were removed last: a second place that was away for a while is told of them again."""
        rows = await self._rows(
            "SELECT name FROM backups WHERE removed_at IS NOT NULL ORDER BY removed_at DESC LIMIT 500"
        )
        return tuple(row["name"] for row in rows)

    async def backup_record(self, name: str) -> BackupRecord | None:
        """One backup, there or removed."""
        rows = await self._rows("SELECT * FROM backups WHERE name = ?", name)
        return _record(rows[0]) if rows else None

    async def backup_of_run(self, run_id: str) -> BackupRecord | None:
        """The backup a run took, there or removed."""
        rows = await self._rows("SELECT * FROM backups WHERE run_id = ? ORDER BY sequence DESC LIMIT 1", run_id)
        return _record(rows[0]) if rows else None

    async def last_backup(self) -> LastBackup | None:
        """The newest backup, whatever it was taken for; None when the record knows of none."""
        found = await self.backup_records()
        return _last(found[0]) if found else None

    async def last_verified_backup(self) -> LastBackup | None:
        """The newest backup that was verified and is not known to be bad; what the age alert is judged by."""
        found = (one for one in await self.backup_records() if one.verified_at and one.verified_problem is None)
        newest = next(found, None)
        return _last(newest) if newest else None


def _taken(manifest: Manifest, verified_at: float | None) -> Statement:
    sql = (
        "INSERT OR REPLACE INTO backups (name, sequence, taken, bytes, stored_bytes, sha256, manifest_sha256, why, release, "
        "run_id, verified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    at = datetime.fromisoformat(manifest.taken_at).timestamp()
    return sql, (
        manifest.name,
        manifest.sequence,
        at,
        manifest.bytes,
        manifest.stored_bytes,
        manifest.sha256,
        manifest.manifest_sha256,
        manifest.why.value,
        manifest.release,
        manifest.run_id,
        verified_at,
    )


def _record(row: sqlite3.Row) -> BackupRecord:
    return BackupRecord(
        name=row["name"],
        sequence=row["sequence"],
        taken=moment(row["taken"]),
        bytes=row["bytes"],
        stored_bytes=row["stored_bytes"],
        sha256=row["sha256"],
        manifest_sha256=row["manifest_sha256"],
        why=Why(row["why"]),
        release=row["release"],
        run_id=row["run_id"],
        verified_at=moment(row["verified_at"]) if row["verified_at"] is not None else None,
        verified_problem=row["verified_problem"],
        removed_at=moment(row["removed_at"]) if row["removed_at"] is not None else None,
        removed_reason=row["removed_reason"],
    )


def _last(record: BackupRecord) -> LastBackup:
    age = max((datetime.now(UTC) - record.taken).total_seconds(), 0.0)
    return LastBackup(record.name, record.taken, age, record.verified_at, record.verified_problem)
