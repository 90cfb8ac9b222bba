"""Taking a backup. It exists only once it is verified: its manifest is written last, and nothing without one is a backup."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from ops.database import manifest
from ops.database.claims import alone, claimed, next_sequence, sweep, unwritable
from ops.database.copy import Deadline, copy_snapshot, prove
from ops.database.facts import journal_mode_of, last_writer
from ops.database.model import BackupMade, BackupRequest, Manifest
from ops.database.mounts import refuse_shared_wal
from ops.database.packing import pack
from ops.database.places import FILE_MODE, MANIFEST, PACKED, PARTIAL, PLAIN, Places, sync
from ops.database.progress import Progress
from ops.errors import Failed

_VERSION = version("myfinance-ops")  # now: the database's owner may not be allowed to read where Python is installed


def run(request: BackupRequest, places: Places, progress: Progress) -> BackupMade:
    """Take one backup, whole and verified, or leave nothing.

    Raises:
        Failed: the database cannot be read, the copy is not what was read, the time is up, or the directory cannot take it.
    """
    started = time.monotonic()
    deadline = Deadline(request.deadline_seconds)
    try:
        _preflight(places)
        swept = sweep(places)
        with claimed(places) as name:
            done = _take(request, places, name, deadline, progress, started)
    except OSError as error:
        raise unwritable(error) from error
    return BackupMade(done, swept)


def _preflight(places: Places) -> None:
    database = places.database
    if not database.is_file():
        raise Failed(f"There is no file {database.name}.", "Check database.file and database.volume.")
    if database.stat().st_size == 0:
        raise Failed(
            f"{database.name} is empty: 0 bytes, not one table.", "There is nothing to keep; look at the volume."
        )
    journal_mode = journal_mode_of(database)
    if journal_mode is None:
        raise Failed(
            f"{database.name} cannot be read: it is not an SQLite database, or an encrypted one.",
            "`backups` lists what can be put in its place.",
        )
    refuse_shared_wal(database, journal_mode)
    wal = database.with_name(database.name + "-wal")
    needed = database.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    free = shutil.disk_usage(places.backups).free
    if free < needed:
        raise Failed(
            f"The backup directory's disk has no room: {free:,} bytes are free, and the database is {needed:,} bytes.",
            "Free room on it (`disk`), then try again.",
        )


def _take(
    request: BackupRequest, places: Places, name: str, deadline: Deadline, progress: Progress, started: float
) -> Manifest:
    partial = places.beside(name, PLAIN + PARTIAL)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    written_by = last_writer(places.database)
    snapshot = copy_snapshot(places.database, partial, deadline, progress)
    size = partial.stat().st_size
    progress("packing and checking the copy" if request.compress else "checking the copy", 70)
    # Both read the same bytes, one with SQLite and one with SHA-256 or zstd: side by side they take as long as the slower.
    with ThreadPoolExecutor(1) as beside:
        storing = beside.submit(_stored, request, places, name, partial, deadline)
        prove(partial, snapshot)
        stored, sha256 = storing.result()
    if stored != partial:
        partial.unlink()
    progress("giving it its name", 95)
    kept = stored.with_name(stored.name.removesuffix(PARTIAL))
    try:
        stored.rename(kept)
        sync(places.backups)
        with alone(places):
            made = manifest.sealed(
                Manifest(
                    name=name,
                    sequence=next_sequence(places),
                    project=request.project,
                    database=places.database.name,
                    taken_at=snapshot.taken_at.isoformat(),
                    why=request.why,
                    note=request.note,
                    run_id=request.run_id,
                    colour=request.colour,
                    release=request.release,
                    image_id=request.image_id,
                    facts=snapshot.facts,
                    bytes=size,
                    stored_bytes=kept.stat().st_size,
                    compressed=request.compress,
                    sha256=sha256,
                    sqlite_version=sqlite3.sqlite_version,
                    written_by=written_by,
                    seconds=round(time.monotonic() - started, 3),
                    program_version=_VERSION,
                )
            )
            manifest.write(places, made)
    except BaseException:
        with suppress(OSError):
            for path in (places.beside(name, MANIFEST), kept):
                path.unlink(missing_ok=True)
        raise
    return made


def _stored(request: BackupRequest, places: Places, name: str, partial: Path, deadline: Deadline) -> tuple[Path, str]:
    """The file that will be kept, on the disk, and its SHA-256."""
    stored = partial
    if request.compress:
        stored = places.beside(name, PACKED + PARTIAL)
        pack(partial, stored, deadline)
    sha256 = manifest.file_sha256(stored)
    sync(stored)
    return stored, sha256
