"""A second place for backups: a backup on the database's own disk dies with it.

Any place fsspec can write: another disk, SFTP, S3. There as here a backup exists only once its manifest does, and that is
written last, after the copy was read back and its hash was right. Nothing there is touched but what has a backup's name.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from ops.database import manifest
from ops.database.claims import mirroring
from ops.database.listing import entries, usable
from ops.database.model import Manifest, Mirrored, MirrorRequest
from ops.database.places import MANIFEST, PACKED, PARTIAL, PLAIN, Places, shown_address, sync
from ops.database.progress import Progress
from ops.errors import Failed, OpsError

_BLOCK = 4 << 20  # bytes read back at once
# Where a folder is only the beginning of a name. Making one there makes the bucket, also one that is only misspelt.
_NO_FOLDERS = {"s3", "gs", "gcs", "abfs", "az"}
_NEXT = "Check backups.mirror and backups.mirror_options, and that the place can be reached and has room."


def run(request: MirrorRequest, places: Places, progress: Progress) -> Mirrored:
    """Copy the named backups, or all good ones, that are missing there; then remove there what is no longer kept here.

    Raises:
        Failed: the place cannot be reached or written, or what arrived is not what was sent. Backups here are untouched.
    """
    wanted = [usable(places, name) for name in request.names] or [
        one.manifest for one in reversed(entries(places)) if one.manifest is not None and one.problem is None
    ]
    going = [places.named(name) for name in request.remove]
    # Here and not at the top: it takes a quarter of the worker's start, and no other task needs it.
    from fsspec.core import url_to_fs

    options: dict[str, Any] = dict(request.options)
    try:
        with mirroring(places):
            filesystem, folder = url_to_fs(request.url, **options)
            return _Place(filesystem, folder, places).bring_up_to_date(wanted, going, progress)
    except OpsError:
        raise
    except ImportError as error:
        raise Failed(
            f"The mirror {shown_address(request.url)} needs a library that is not installed: {error}.",
            "Install it beside this program, or choose a mirror of another kind.",
        ) from error
    except Exception as error:  # each kind of place has errors of its own kind: botocore's, paramiko's, the system's
        raise Failed(
            f"The mirror {shown_address(request.url)} cannot be used: {type(error).__name__}: {error}. The backups here are whole.",
            _NEXT,
        ) from error


class _Place:
    """The folder at the other end."""

    def __init__(self, filesystem: Any, folder: str, places: Places) -> None:
        self._filesystem, self._folder, self._places = filesystem, folder.rstrip("/"), places

    def bring_up_to_date(self, wanted: list[Manifest], going: list[str], progress: Progress) -> Mirrored:
        """Bring what is missing, oldest first, then take away what goes."""
        if not _protocols(self._filesystem) & _NO_FOLDERS:
            self._filesystem.makedirs(self._folder, exist_ok=True)
        for file in self._names():  # of a worker that was killed: only one does this at a time
            if file.endswith(PARTIAL) and self._places.name_of(file):
                self._filesystem.rm_file(self._path(file))
        present = self._present()
        missing = [one for one in wanted if one.name not in present and one.name not in going]
        for number, one in enumerate(missing):
            progress(f"copying {one.name} to the mirror", 100 * number / len(missing))
            self._bring(one)
        removed = [name for name in going if self._take_away(name)]
        return Mirrored(tuple(one.name for one in missing), len(self._present()), tuple(removed))

    def _names(self) -> set[str]:
        self._filesystem.invalidate_cache()
        try:
            found = self._filesystem.ls(self._folder, detail=False)
        except FileNotFoundError:  # where folders are only a way of naming (S3), an empty one is not there
            return set()
        return {path.rsplit("/", 1)[-1] for path in found}

    def _present(self) -> set[str]:
        """Backups that are whole there: those with a manifest and a file."""
        files = self._names()
        known = {
            file.removesuffix(MANIFEST) for file in files if file.endswith(MANIFEST) and self._places.name_of(file)
        }
        return {name for name in known if name + PLAIN in files or name + PACKED in files}

    def _bring(self, one: Manifest) -> None:
        kept = self._places.file(one.name)
        self._put(kept, one.sha256)
        described = self._places.beside(one.name, MANIFEST)
        self._put(described, manifest.file_sha256(described))

    def _put(self, local: Path, sha256: str) -> None:
        """Under a temporary name, read back, and only then under the name that counts."""
        final, partial = self._path(local.name), self._path(local.name + PARTIAL)
        try:
            self._filesystem.put_file(str(local), partial)
            self._prove(partial, sha256)
            self._filesystem.mv(partial, final)
        except BaseException:
            self._drop(partial)
            raise
        if "file" in _protocols(self._filesystem):  # the others answer when they have it
            sync(Path(final))
            sync(Path(self._folder))

    def _prove(self, path: str, sha256: str) -> None:
        digest = hashlib.sha256()
        with self._filesystem.open(path, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != sha256:
            raise Failed(
                f"What arrived at the mirror as {path.rsplit('/', 1)[-1]} is not what was sent (SHA-256). It was removed.",
                "Check the backup here with `backup verify`, and the disk there.",
            )

    def _take_away(self, name: str) -> bool:
        """Remove one backup there, its manifest first; False when it was not there."""
        files = self._names()
        for file in (name + MANIFEST, name + PLAIN, name + PACKED):
            if file in files:
                self._filesystem.rm_file(self._path(file))
        return bool({name + PLAIN, name + PACKED} & files)

    def _path(self, file: str) -> str:
        return f"{self._folder}/{file}"

    def _drop(self, path: str) -> None:
        with suppress(Exception):  # what went wrong before this is what a person must read
            self._filesystem.rm_file(path)


def _protocols(filesystem: Any) -> set[str]:
    names = filesystem.protocol
    return {names} if isinstance(names, str) else set(names)
