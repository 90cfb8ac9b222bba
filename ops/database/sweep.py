"""Removing what killed work has left, and saying what it was: half-made backups, half-removed ones, private copies."""

from __future__ import annotations

from ops.database import claims, staged
from ops.database.model import SweepRequest, Swept
from ops.database.places import Places
from ops.database.progress import Progress


def run(request: SweepRequest, places: Places, progress: Progress) -> Swept:
    """Remove what nobody works on any more: no run of `running`, and no worker that lives.

    Raises:
        Failed: the backup directory cannot be written.
    """
    return Swept(claims.sweep(places) + staged.sweep(places, request.running))
