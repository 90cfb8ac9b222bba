"""Which runs are alive: a file each, locked by the kernel for as long as the run's process lives.

The operation lock tells that of the one run that changes things; a backup or a drill runs beside it, in any process, and must not
be taken for one that was killed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from ops.lock_file import LockFile
from ops.state_files import ensure_folder

log = structlog.get_logger(__name__)


class LivingRuns:
    """The recorded runs of one project, in whatever process."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "living"

    @contextmanager
    def one(self, run_id: str) -> Iterator[None]:
        """Be known as alive inside. On a broken disk it runs all the same: a rollback must."""
        path, file = self._folder / run_id, None
        try:
            ensure_folder(self._folder.parent)
            ensure_folder(self._folder)
            file = LockFile.open(path)
            file.try_lock()
        except OSError as error:
            log.warning("a run cannot be marked as alive", run=run_id, error=str(error))
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            if file is not None:
                file.close()

    def ids(self) -> frozenset[str]:
        """The runs that are alive now. What dead ones have left is removed."""
        alive: set[str] = set()
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                file = LockFile.open(path, create=False)
                try:
                    if not file.try_lock(shared=True):
                        alive.add(path.name)
                    else:
                        path.unlink(missing_ok=True)
                finally:
                    file.close()
        return frozenset(alive)
