"""The manifest beside a backup: what it is, why it was taken, and how to tell that neither of the two has changed since."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec

from ops.database.model import Manifest
from ops.database.places import FILE_MODE, MANIFEST, PARTIAL, Places, sync

_MOST_BYTES = 8 << 20  # a manifest is a few KB; what is larger is none of ours, and is not read into memory


def sealed(manifest: Manifest) -> Manifest:
    """The manifest with the hash over all its other fields."""
    return replace(manifest, manifest_sha256=seal_of(asdict(manifest)))


def write(places: Places, manifest: Manifest) -> None:
    """Put the manifest beside its backup: written last, so that a backup without one was interrupted. Durable on return."""
    path = places.beside(manifest.name, MANIFEST)
    partial = path.with_name(path.name + PARTIAL)
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    sync(places.backups)


def read(places: Places, name: str) -> Manifest | str:
    """The manifest of a backup, or one clause on why it cannot be believed: it is missing, unreadable, changed, or another's."""
    path = places.beside(name, MANIFEST)
    try:
        if path.is_symlink():
            return "its manifest is a link"
        with path.open("rb") as file:
            written = json.loads(file.read(_MOST_BYTES))
        manifest = msgspec.convert(written, Manifest)
        # Of what is written, not of what was understood: a field that a later release adds must not make this one, or an older
        # backup, look changed.
        seal = seal_of(written)
    except FileNotFoundError:
        return "it has no manifest: nothing proves what it holds"
    except (ValueError, OSError, RecursionError):  # what is not JSON, or not a manifest, is a ValueError
        return "its manifest cannot be read"
    if manifest.manifest_sha256 != seal:
        return "its manifest was changed"
    if manifest.name != name:
        return f"its manifest belongs to {manifest.name}"
    return manifest


def file_sha256(path: Path) -> str:
    """SHA-256 of a file that no SQLite connection of this process has open."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_of(fields: dict[str, Any]) -> str:
    """SHA-256 of all fields but the hash itself, as JSON with sorted keys and no spaces."""
    others = {key: value for key, value in fields.items() if key != "manifest_sha256"}
    return hashlib.sha256(json.dumps(others, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
