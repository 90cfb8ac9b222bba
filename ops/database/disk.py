"""How full the disks are: the database's and the backups' (they may be one)."""

from __future__ import annotations

import shutil

from ops.database.claims import names
from ops.database.listing import entry
from ops.database.model import DiskFigures, DiskRequest
from ops.database.places import Places
from ops.database.progress import Progress


def run(request: DiskRequest, places: Places, progress: Progress) -> DiskFigures:
    """The task `disk`."""
    database, backups = places.database, places.backups
    wal = database.with_name(database.name + "-wal")
    volume, kept = shutil.disk_usage(database.parent), shutil.disk_usage(backups)
    sizes = [entry(places, name).stored_bytes for name in names(places)]
    return DiskFigures(
        database_bytes=database.stat().st_size if database.exists() else None,
        wal_bytes=wal.stat().st_size if wal.exists() else 0,
        volume_free=volume.free,
        volume_total=volume.total,
        backups_bytes=sum(sizes),
        backups_count=len(sizes),
        backups_free=kept.free,
        backups_total=kept.total,
        same_disk=database.parent.stat().st_dev == backups.stat().st_dev,
    )
