"""Where the files are, and what they may be called. Every name a person gives becomes a path here or nowhere."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.errors import Failed

PLAIN, PACKED = ".db", ".db.zst"
MANIFEST, PIN = ".json", ".pin"
PARTIAL, CLAIM = ".partial", ".claim"
STAGED = ".restore-"  # begins the private copy of a restore, beside the database
LOCK, MIRROR_LOCK = ".lock", ".mirror.lock"
LATEST = "latest"
FILE_MODE = 0o600  # it is everybody's money

_ENDINGS = (PLAIN, PACKED, MANIFEST, PIN, CLAIM)
_TIME = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class Places:
    """The database file, and the directory its backups are in."""

    database: Path
    backups: Path

    @property
    def prefix(self) -> str:
        """What the names of its backups begin with: `myfinance-`."""
        return f"{self.database.stem}-"

    def name_at(self, moment: datetime) -> str:
        """The name of a backup taken then (UTC, to the second)."""
        return self.prefix + moment.astimezone(UTC).strftime(_TIME)

    def name_of(self, file: str) -> str | None:
        """The name of the backup that a file of the directory belongs to; None when the file is not ours."""
        found = re.fullmatch(f"({self._pattern})({'|'.join(map(re.escape, _ENDINGS))})({re.escape(PARTIAL)})?", file)
        return found[1] if found else None

    @property
    def _pattern(self) -> str:
        return re.escape(self.prefix) + r"[0-9]{8}-[0-9]{6}"

    def named(self, text: str) -> str:
        """The name in what a person typed, with or without its ending.

        Raises:
            Failed: it cannot be the name of a backup.
        """
        name = text.removesuffix(".zst").removesuffix(PLAIN)
        if re.fullmatch(self._pattern, name):
            return name
        shown = text if len(text) <= 60 else text[:60] + "…"
        raise Failed(
            f"“{shown}” is not the name of a backup: those look like {self.prefix}20261124-020000.",
            "`backups` lists them.",
        )

    def file(self, name: str) -> Path:
        """The kept file of a backup: plain or packed.

        Raises:
            Failed: there is none, or something that is not a plain file of this directory has its name.
        """
        for ending in (PLAIN, PACKED):
            path = self.backups / (name + ending)
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(found.st_mode):
                raise Failed(
                    f"{path.name} is not a plain file (a link, or a directory), so it is not touched.",
                    "Look at the backup directory; `backups` lists what can be used.",
                )
            return path
        raise Failed(f"There is no backup {name}.", "`backups` lists them.")

    def beside(self, name: str, ending: str) -> Path:
        """The file with that ending that belongs to a backup, there or not."""
        return self.backups / (name + ending)


def sync(path: Path) -> None:
    """fsync of a file or a directory: what was written or renamed there survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def shown_address(url: str) -> str:
    """The address of a second place without the user and the password that some kinds carry in it."""
    scheme, found, rest = url.rpartition("://")
    if not found:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
