"""Pins: a person's word that a backup must stay, as a small file beside it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime

from ops.database.claims import alone, unwritable
from ops.database.listing import entry, usable
from ops.database.model import Entry, Pin, PinRequest
from ops.database.places import FILE_MODE, PARTIAL, PIN, Places, sync
from ops.database.progress import Progress


def run(request: PinRequest, places: Places, progress: Progress) -> Entry:
    """Pin a backup or let it go; said twice it does nothing twice. Durable on return.

    Raises:
        Failed: there is no such backup, or the directory cannot be written.
    """
    name = usable(places, request.name).name if request.pinned else places.named(request.name)
    path = places.beside(name, PIN)
    try:
        with alone(places):  # no retention between the look and the pin
            places.file(name)
            if request.pinned:
                partial = path.with_name(path.name + PARTIAL)
                partial.unlink(missing_ok=True)
                with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w") as file:
                    json.dump(asdict(Pin(request.by, datetime.now(UTC).isoformat(), request.reason)), file)
                    file.flush()
                    os.fsync(file.fileno())
                partial.rename(path)
            else:
                path.unlink(missing_ok=True)
            sync(places.backups)
    except OSError as error:
        raise unwritable(error) from error
    return entry(places, name)
