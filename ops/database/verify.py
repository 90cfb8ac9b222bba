"""Reading backups whole: the manifest, the hash, and what SQLite makes of the content."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.database import manifest
from ops.database.claims import private_file
from ops.database.copy import Deadline, copy_problem
from ops.database.listing import entries, entry, newest_good
from ops.database.model import Manifest, Verdict, Verified, VerifyRequest
from ops.database.packing import unpacked
from ops.database.places import LATEST, Places
from ops.database.progress import Progress
from ops.errors import Failed

_UNPACK_SECONDS = 3600.0


def run(request: VerifyRequest, places: Places, progress: Progress) -> Verified:
    """Verify the named backups (`latest` too), or all that are there or `known`. A bad one is a verdict, not an error.

    Raises:
        Failed: a name is not one of a backup.
    """
    known, verdicts = request.known or {}, []
    wanted = [_named(places, text) for text in request.names]
    if not wanted:  # those that are known and gone without a trace as well
        wanted = sorted({*(one.name for one in entries(places)), *(places.named(name) for name in known)})
    for number, name in enumerate(wanted):
        progress(name, 100 * number / len(wanted))
        started = time.monotonic()
        problem = problem_of(places, name, known.get(name))
        verdicts.append(Verdict(name, problem, round(time.monotonic() - started, 3)))
    return Verified(tuple(verdicts))


def _named(places: Places, text: str) -> str:
    return newest_good(places).name if text == LATEST else places.named(text)


def problem_of(places: Places, name: str, known_manifest: str | None = None) -> str | None:
    """One sentence on why a backup is not what it was; None when it is, to the last bit.

    `known_manifest` is the manifest's hash as it was kept elsewhere: it finds a file and a manifest forged together.
    """
    found = entry(places, name)
    if found.manifest is None or found.problem is not None:
        return found.problem
    if known_manifest is not None and found.manifest.manifest_sha256 != known_manifest:
        return "Its manifest is not the one that was written when it was taken."
    kept = places.file(name)
    if manifest.file_sha256(kept) != found.manifest.sha256:
        return "Its content has changed since it was taken (SHA-256)."
    try:
        with _plain(places, kept, found.manifest) as (plain, expected):
            problem = copy_problem(plain, expected.facts)
    except Failed as error:
        return error.what
    return f"It does not hold what it held: {problem}." if problem else None


@contextmanager
def _plain(places: Places, kept: Path, known: Manifest) -> Iterator[tuple[Path, Manifest]]:
    """The backup as a plain file: itself, or a private copy of a packed one that is removed again."""
    if not known.compressed:
        yield kept, known
        return
    with private_file(places) as copy:
        unpacked(kept, copy, Deadline(_UNPACK_SECONDS))
        yield copy, known
