"""Requests to stop a run, left where its process finds them: one small file a run in the state directory."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from ops.state_files import create_private, ensure_folder


@dataclass(frozen=True)
class StopRequest:
    """`reason` is what the run's record will say; `kind`: cancel, rollback, maintenance or shutdown."""

    reason: str
    kind: str


class StopRequests:
    """Works between host and container, where process ids and signals do not."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "stop"

    def leave(self, run_id: str, request: StopRequest) -> None:
        """Ask a run to stop, in whatever process it lives.

        Raises:
            OSError: the request cannot be written.
        """
        ensure_folder(self._folder)
        part = self._folder / f"{run_id}.{os.urandom(4).hex()}.part"
        create_private(part)
        part.write_text(json.dumps({"reason": request.reason, "kind": request.kind}))
        part.replace(self._path(run_id))

    def read(self, run_id: str) -> StopRequest | None:
        """The request to a run, if there is one."""
        try:
            told = json.loads(self._path(run_id).read_text())
            return StopRequest(told["reason"], told["kind"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self, run_id: str) -> None:
        """Forget the request to a run."""
        with contextlib.suppress(OSError):
            self._path(run_id).unlink(missing_ok=True)

    def remove_others(self, run_id: str) -> None:
        """Forget requests to runs that died before they read them. `run_id` is the run that has the lock now."""
        with contextlib.suppress(OSError):
            for old in self._folder.glob("*"):
                if not old.name.startswith(run_id):
                    old.unlink(missing_ok=True)

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"
