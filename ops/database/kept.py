"""A kept backup as a restore may use it: found by its name, its manifest believed."""

from __future__ import annotations

from pathlib import Path

from ops.database.listing import usable
from ops.database.model import Manifest
from ops.database.places import Places
from ops.errors import Failed


def believed(places: Places, text: str, known_sha256: str | None) -> tuple[Manifest, Path]:
    """The manifest and the file of the backup a person named (`latest`: the newest good one), not yet read whole.

    `known_sha256` is the manifest's hash as the ledger keeps it: it finds a file and a manifest forged together.

    Raises:
        Failed: there is no such backup, or it cannot be used as it is.
    """
    try:
        known = usable(places, text)
    except OSError as error:
        raise Failed(
            f"The backup directory cannot be read: {error.strerror}.", "Check backups.dir and its rights."
        ) from error
    if known_sha256 is not None and known.manifest_sha256 != known_sha256:
        raise Failed(
            f"The manifest of {known.name} is not the one that was written when it was taken.",
            "Somebody exchanged it. `backups` lists the others.",
        )
    return known, places.file(known.name)
