"""Who holds the operation lock, as it stands in the lock file, and the lock while it is held."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from ops.commands import Lane
from ops.errors import Stopped
from ops.lock_file import LockFile
from ops.model import Actor, Door
from ops.results import Holder

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Owner:
    """What stands in the lock file."""

    holder: Holder
    lane: Lane
    released: bool = False
    patience: float = 0.0  # seconds that whoever asks it to give way must wait before fencing it off

    def line(self) -> str:
        """As one line of JSON."""
        holder = self.holder
        return json.dumps(
            {
                "run": holder.run_id,
                "command": holder.command,
                "actor": {"id": holder.actor.id, "name": holder.actor.name, "door": holder.actor.door.value},
                "since": holder.since.isoformat(),
                "step": holder.step,
                "switch_begun": holder.switch_begun,
                "lane": int(self.lane),
                "released": self.released,
                "patience": self.patience,
            }
        )

    @classmethod
    def parse(cls, line: str) -> Owner | None:
        """None when it is not such a line."""
        try:
            told = json.loads(line)
            actor = Actor(told["actor"]["id"], told["actor"]["name"], Door(told["actor"]["door"]))
            since = datetime.fromisoformat(told["since"])
            holder = Holder(told["run"], told["command"], actor, since, told["step"], told["switch_begun"])
            return cls(holder, Lane(told["lane"]), told["released"], float(told.get("patience", 0.0)))
        except (ValueError, KeyError, TypeError):
            return None


class Grip:
    """The lock while it is held. Without a file (a rollback on a broken disk) it holds nothing, and `warning` says so."""

    def __init__(self, owner: Owner, file: LockFile | None, warning: str | None = None) -> None:
        self._owner = owner
        self._file = file
        self.warning = warning

    def tell(self, *, step: str | None = None, switch_begun: bool = False) -> None:
        """Write how far the run is, for everybody who looks at the holder."""
        holder = self._owner.holder
        told = replace(holder, step=step or holder.step, switch_begun=switch_begun or holder.switch_begun)
        self._write(replace(self._owner, holder=told))

    def ask_patience(self, seconds: float) -> None:
        """The run is about to write over data: being fenced off in the middle would be worse than a late takeover."""
        self._write(replace(self._owner, patience=seconds))

    def is_current(self) -> bool:
        """False once another command has taken the lock over."""
        return self._file is None or self._file.is_current()

    def fence(self) -> None:
        """Called before each step.

        Raises:
            Stopped: another command has taken the lock over; nothing more may be changed.
        """
        if not self.is_current():
            raise Stopped(
                f"`{self._owner.holder.command}` did not give way in time, and another command took over.",
                "`history` tells which. Leave the rest to it.",
            )

    def release(self) -> None:
        """Let go, and leave a note that this was on purpose."""
        self._write(replace(self._owner, released=True))
        if self._file is not None:
            self._file.close()

    def _write(self, owner: Owner) -> None:
        self._owner = owner
        if self._file is None:
            return
        try:
            self._file.write(owner.line())
        except OSError as error:  # a full disk must not end a run
            log.warning("the holder of the lock could not be written down", error=str(error))
