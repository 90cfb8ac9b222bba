"""What is in the backup directory, without reading the backups whole."""

from __future__ import annotations

import json
import os

from ops.database import claims, manifest
from ops.database.model import Entry, Listing, ListRequest, Manifest, Pin
from ops.database.places import LATEST, MANIFEST, PACKED, PIN, PLAIN, Places
from ops.database.progress import Progress
from ops.errors import Failed


def run(request: ListRequest, places: Places, progress: Progress) -> Listing:
    """The task `list`."""
    try:
        return Listing(entries(places), claims.unknown_files(places), claims.interrupted(places))
    except OSError as error:
        raise claims.unreadable(error) from error


def entries(places: Places) -> tuple[Entry, ...]:
    """Every backup, newest first by the order in the manifests; those without a manifest that can be believed come last.

    What is being made or removed just now is left out; nobody is waited for, so the claims are looked at before and after.
    """
    busy = claims.claimed_names(places)
    found = [entry(places, name) for name in claims.names(places)]
    busy |= claims.claimed_names(places)
    found = [one for one in found if one.manifest or (one.name not in busy and _still_there(places, one.name))]
    return tuple(sorted(found, key=lambda one: (one.manifest.sequence if one.manifest else -1, one.name), reverse=True))


def entry(places: Places, name: str) -> Entry:
    """One backup as it stands: its manifest, its pin, and what is wrong as far as a look at the file's size tells."""
    pin = read_pin(places, name)
    known = manifest.read(places, name)
    try:
        size = places.file(name).stat().st_size
    except Failed as error:
        return Entry(name, None if isinstance(known, str) else known, 0, pin, error.what)
    if isinstance(known, str):
        return Entry(name, None, size, pin, f"{known[0].upper()}{known[1:]}.")
    problem = None
    if size != known.stored_bytes:
        problem = f"It is {size:,} bytes, and was {known.stored_bytes:,} when it was taken."
    return Entry(name, known, size, pin, problem)


def _still_there(places: Places, name: str) -> bool:
    return any(os.path.lexists(places.beside(name, ending)) for ending in (MANIFEST, PLAIN, PACKED))


def usable(places: Places, text: str) -> Manifest:
    """The manifest of the backup a person named, or of the newest good one for `latest`.

    Raises:
        Failed: that is not a name, there is no such backup, or it cannot be used as it is.
    """
    if text == LATEST:
        return newest_good(places)
    name = places.named(text)
    places.file(name)
    found = entry(places, name)
    if found.manifest is None or found.problem is not None:
        raise Failed(f"The backup {name} cannot be used: {found.problem}", "`backups` lists the others.")
    return found.manifest


def newest_good(places: Places) -> Manifest:
    """The newest backup that is good, as far as a look at its manifest and size tells.

    Raises:
        Failed: there is none.
    """
    for one in entries(places):
        if one.manifest is not None and one.problem is None:
            return one.manifest
    raise Failed("There is no good backup.", "Take one with `backup`; `backups` tells what is wrong with the others.")


def read_pin(places: Places, name: str) -> Pin | None:
    """The pin of a backup. A pin that cannot be read still pins: it can only have been meant so."""
    path = places.beside(name, PIN)
    try:
        return Pin(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, OSError):
        return Pin("?", "", "its pin file cannot be read")
