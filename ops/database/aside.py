"""A damaged database is not removed when another takes its place: no backup of it could be taken, and a specialist may still
read most of it. Its files stay on the volume under a name that says so; a person removes them."""

from __future__ import annotations

import os
import re
from collections.abc import Set
from pathlib import Path

from ops.database.places import sync

_KEPT_SIDES = ("-wal", "-journal")  # commits, or what undoes half of one; a -shm is made anew


def set_aside(database: Path, run_id: str) -> str | None:
    """Give the database's files a second name, and take the WAL and the journal away from the first. Answers that name; None
    when there is nothing. The main file keeps its first name too, until the rename that replaces it."""
    kept = database.with_name(f"{database.stem}.damaged-{run_id}{database.suffix}")
    files = [database, *(database.with_name(database.name + side) for side in _KEPT_SIDES)]
    if not any(file.exists() for file in files):
        return None
    if database.exists():
        os.link(database, kept)
    for side in _KEPT_SIDES:
        beside = database.with_name(database.name + side)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + side))
    sync(database.parent)
    return kept.name


def put_back(database: Path, running: Set[str] = frozenset()) -> tuple[str, ...]:
    """Undo a setting-aside that was killed before the rename: the two names are still one file. One sentence each."""
    told = []
    pattern = re.compile(rf"{re.escape(database.stem)}\.damaged-([A-Za-z0-9-]+){re.escape(database.suffix)}")
    for kept in sorted(database.parent.iterdir()):
        found = pattern.fullmatch(kept.name)
        if not found or found[1] in running or not database.exists() or not kept.samefile(database):
            continue
        for side in _KEPT_SIDES:
            beside = kept.with_name(kept.name + side)
            if beside.exists():
                beside.rename(database.with_name(database.name + side))
        kept.unlink()
        sync(database.parent)
        told.append(
            f"A restore was killed before it exchanged {database.name}, which is damaged: its files are as they were."
        )
    return tuple(told)
