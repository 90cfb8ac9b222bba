"""Names that are never given twice, and left-overs of workers that died.

A name is claimed by a file that only one can create, and its worker holds a lock on that file for as long as it lives. The
kernel lets go of the lock when the worker dies, however it dies: so a claim nobody holds is an interrupted backup.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.database import manifest
from ops.database.places import CLAIM, FILE_MODE, LOCK, MANIFEST, MIRROR_LOCK, PACKED, PARTIAL, PIN, PLAIN, Places, sync
from ops.errors import Failed

_PRIVATE = ".private-"
_CONTENT = (PLAIN, PACKED)
_TRIES = 120  # names: as many seconds ahead of the clock, at the most


@contextmanager
def alone(places: Places) -> Iterator[None]:
    """Hold the directory's lock: for moments, while an order is given or files are removed."""
    with _open_lock(places.backups / LOCK) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def mirroring(places: Places) -> Iterator[None]:
    """Be the only one that copies backups to the second place; waits for another one to end. What is half-written there is
    then nobody's."""
    with _open_lock(places.backups / MIRROR_LOCK) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def claimed(places: Places, moment: datetime | None = None) -> Iterator[str]:
    """A name nobody has had, for the next free second from `moment` (now). Given back at the end, with what is half-written.

    Raises:
        Failed: the directory cannot be written, or two minutes of names are taken.
    """
    start = moment or datetime.now(UTC)
    for second in range(_TRIES):
        name = places.name_at(start + timedelta(seconds=second))
        handle = _claim(places, name)
        if handle is None:
            continue
        try:
            yield name
            return
        finally:
            _remove_halves(places, name)
            places.beside(name, CLAIM).unlink(missing_ok=True)
            os.close(handle)
    raise Failed(
        f"There is no free name for a backup within {_TRIES} s.", "Look at the backup directory and the clock."
    )


def _claim(places: Places, name: str) -> int | None:
    """The handle that holds a name; None when it is taken. Under the directory's lock, so that no sweep comes between
    making the file and locking it."""
    try:
        with alone(places):
            if any(places.beside(name, ending).exists() for ending in (PLAIN, PACKED, MANIFEST)):
                return None
            handle = os.open(places.beside(name, CLAIM), os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
            fcntl.flock(handle, fcntl.LOCK_EX)
            return handle
    except FileExistsError:
        return None
    except OSError as error:
        raise unwritable(error) from error


@contextmanager
def private_file(places: Places) -> Iterator[Path]:
    """An empty file in the directory for this worker alone, removed at the end; after a kill the next sweep removes it."""
    path = places.backups / f"{_PRIVATE}{secrets.token_hex(4)}"
    with alone(places):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def next_sequence(places: Places) -> int:
    """One more than any backup's; to be asked and used under `alone`."""
    known = (manifest.read(places, name) for name in names(places))
    return max((found.sequence for found in known if not isinstance(found, str)), default=0) + 1


def names(places: Places) -> list[str]:
    """Names with a kept file or a manifest, whatever state they are in; of claims only those that left one of the two."""
    endings = (PLAIN, PACKED, MANIFEST)
    return sorted(
        {
            name
            for file in _files(places)
            if (name := places.name_of(file)) is not None and file.removeprefix(name) in endings
        }
    )


def unknown_files(places: Places) -> tuple[str, ...]:
    """What is in the directory and not ours; nobody here touches it."""
    return tuple(
        sorted(
            file
            for file in _files(places)
            if file not in (LOCK, MIRROR_LOCK) and not file.startswith(_PRIVATE) and places.name_of(file) is None
        )
    )


def claimed_names(places: Places) -> frozenset[str]:
    """Names that a worker is making or removing, or was when it died: without a manifest they are no backups."""
    found = (places.name_of(file) for file in _files(places) if file.endswith(CLAIM))
    return frozenset(name for name in found if name is not None)


def interrupted(places: Places) -> tuple[str, ...]:
    """Names that a worker died on: half-written or half-removed, and held by nobody."""
    found = {places.name_of(file) for file in _files(places) if file.endswith((PARTIAL, CLAIM))}
    return tuple(sorted(name for name in found if name is not None and not _held(places.beside(name, CLAIM))))


def remove(places: Places, name: str) -> None:
    """Remove a backup, to be called under `alone`. Claimed first and its manifest gone first: whenever this is killed, the
    backup is still whole, or is none any more and the next sweep ends the work.

    Raises:
        OSError: a file cannot be removed.
    """
    claim = places.beside(name, CLAIM)
    os.close(os.open(claim, os.O_WRONLY | os.O_CREAT, FILE_MODE))  # nobody holds it: whoever finds it may sweep
    sync(places.backups)
    for ending in (MANIFEST, *_CONTENT, PIN):
        places.beside(name, ending).unlink(missing_ok=True)
    sync(places.backups)
    claim.unlink()


def sweep(places: Places) -> tuple[str, ...]:
    """Remove what killed workers have left; one sentence each. Never a backup that has its manifest.

    Raises:
        Failed: the directory cannot be written.
    """
    try:
        return _swept(places)
    except OSError as error:
        raise unwritable(error) from error


def _swept(places: Places) -> tuple[str, ...]:
    told = []
    with alone(places):
        for file in _files(places):
            if file.startswith(_PRIVATE) and not _held(places.backups / file):
                (places.backups / file).unlink(missing_ok=True)
        claims = claimed_names(places)
        for name in interrupted(places):
            _remove_halves(places, name)
            # Without a claim it was no worker that took the manifest away: what is left is a person's to look at.
            if name in claims and not os.path.lexists(places.beside(name, MANIFEST)):
                for ending in (*_CONTENT, PIN):
                    places.beside(name, ending).unlink(missing_ok=True)
                told.append(f"Making or removing the backup {name} was interrupted; what was left of it was removed.")
            places.beside(name, CLAIM).unlink(missing_ok=True)
    return tuple(told)


def unwritable(error: OSError) -> Failed:
    """The sentence for a directory that takes no file."""
    return Failed(
        f"The backup directory cannot be written: {error.strerror}.",
        "Check backups.dir, its rights and the room on its disk (`disk`).",
    )


def unreadable(error: OSError) -> Failed:
    """The sentence for a directory that cannot be looked into."""
    return Failed(
        f"The backup directory cannot be read: {error.strerror}.", "Check backups.dir, its rights and its disk."
    )


def _held(lock: Path) -> bool:
    try:
        with _open_lock(lock, create=False) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _remove_halves(places: Places, name: str) -> None:
    for ending in (*_CONTENT, MANIFEST, PIN):
        places.beside(name, ending + PARTIAL).unlink(missing_ok=True)


def _files(places: Places) -> list[str]:
    return os.listdir(places.backups)


@contextmanager
def _open_lock(path: Path, create: bool = True) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), FILE_MODE)
    try:
        yield handle
    finally:
        os.close(handle)
