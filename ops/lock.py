"""The operation lock: one change at a time, and the order in which commands give way to each other.

It is a kernel `flock` on a file in the state directory: it works between host and container (where process ids mean nothing) and
is free the moment its holder dies. Beside it stand a file that says who holds it, for people, and a folder in which a command that
comes first asks the holder to stop. A holder that does not give way in time is fenced off: the lock file is replaced, and the old
holder finds out before its next step.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ops.commands import Lane
from ops.errors import Refused, Stopped
from ops.events import Event, StepStarted, SwitchBegun
from ops.model import Actor, Door
from ops.results import Holder, plain
from ops.run import Run

_POLL_SECONDS = 0.05
# A look at the lock (`holder`) takes it for microseconds; so "taken" is believed only when it is so several times.
_TRIES = 4
_TRY_SECONDS = 0.02


@dataclass(frozen=True)
class _Owner:
    """What the holder says of itself: for people, and for the order of pre-emption."""

    holder: Holder
    lane: Lane


class OperationLock:
    """The lock of one project, on its state directory."""

    def __init__(self, state_dir: Path, takeover_seconds: float) -> None:
        self._file = state_dir / "operation.lock"
        self._owner_file = state_dir / "operation.json"
        self._stop_dir = state_dir / "stop"
        self._takeover_seconds = takeover_seconds

    def holder(self) -> Holder | None:
        """Who holds the lock now; None when nobody does. What a dead process left behind does not count."""
        descriptor = self._try()
        if descriptor is not None:
            os.close(descriptor)
            return None
        owner = self._owner()
        return owner.holder if owner else None

    def ask_to_stop(self, run_id: str, reason: str, kind: str) -> None:
        """Ask the run that holds the lock to stop; it may be another process. `kind`: cancel, rollback, maintenance."""
        self._stop_dir.mkdir(parents=True, exist_ok=True)
        _write(self._stop_dir / f"{run_id}.json", {"reason": reason, "kind": kind})

    @asynccontextmanager
    async def hold(self, run: Run, lane: Lane) -> AsyncIterator[None]:
        """Hold the lock for a run. A run in a lower lane is made to give way; see `run.preempted`.

        Raises:
            Refused: a run in the same or a higher lane holds it; the message says who runs what since when.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, run.preempted = await self._take(run, lane)
        run.fence = lambda: self._check(descriptor)
        owner = _Owner(Holder(run.id, run.command, run.actor, datetime.now(UTC)), lane)
        self._tell(owner)
        watcher = asyncio.create_task(self._watch(run))
        try:
            yield
        finally:
            watcher.cancel()
            await asyncio.wait({watcher})
            if self._is_current(descriptor):
                self._owner_file.unlink(missing_ok=True)
            (self._stop_dir / f"{run.id}.json").unlink(missing_ok=True)
            os.close(descriptor)

    def follow(self, event: Event) -> None:
        """Let others see how far the holding run is."""
        owner = self._owner()
        if owner is None or owner.holder.run_id != event.run_id:
            return
        if isinstance(event, StepStarted):
            self._tell(replace(owner, holder=replace(owner.holder, step=event.step)))
        elif isinstance(event, SwitchBegun):
            self._tell(replace(owner, holder=replace(owner.holder, switch_begun=True)))

    # -- taking it ----------------------------------------------------------------------------------------------

    async def _take(self, run: Run, lane: Lane) -> tuple[int, Holder | None]:
        asked: Holder | None = None
        deadline, tries = 0.0, 0
        while True:
            if (descriptor := self._try()) is not None:
                return descriptor, asked
            owner, tries = self._owner(), tries + 1
            if owner is None or tries < _TRIES:
                await asyncio.sleep(_TRY_SECONDS)
                if tries > 50 and owner is None:
                    raise Refused(
                        "Another command holds the operation lock and does not say which.", "Try again shortly."
                    )
            elif lane <= owner.lane:
                raise busy(owner.holder)
            elif asked is None or asked.run_id != owner.holder.run_id:
                asked = owner.holder
                self.ask_to_stop(
                    asked.run_id, f"{run.actor} asked for `{run.command}`, which comes first", lane.name.lower()
                )
                deadline = time.monotonic() + self._takeover_seconds
            elif time.monotonic() > deadline:
                return self._replace(), owner.holder
            else:
                asked = owner.holder  # how far it had come when it gave way
                await asyncio.sleep(_POLL_SECONDS)

    def _try(self) -> int | None:
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if not self._is_current(descriptor):  # replaced between open and flock
            os.close(descriptor)
            return None
        return descriptor

    def _replace(self) -> int:
        """Fence the holder off: a new lock file, already held, in the place of the one it holds."""
        fresh = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.replace(fresh, self._file)
        return descriptor

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._file))
        except FileNotFoundError:
            return False

    def _check(self, descriptor: int) -> None:
        if not self._is_current(descriptor):
            raise Stopped(
                "This run did not answer in time, and a command that comes first took over.",
                "`status` and `history` tell what happened since.",
            )

    # -- what is written beside it ------------------------------------------------------------------------------

    async def _watch(self, run: Run) -> None:
        path = self._stop_dir / f"{run.id}.json"
        while True:
            with suppress(FileNotFoundError, ValueError):
                wish = json.loads(path.read_text())
                if wish["kind"] != "cancel" or not run.switch_begun:
                    run.request_stop(wish["reason"], wish["kind"])
            await asyncio.sleep(_POLL_SECONDS)

    def _tell(self, owner: _Owner) -> None:
        _write(self._owner_file, {"holder": asdict(owner.holder), "lane": owner.lane.value})

    def _owner(self) -> _Owner | None:
        try:
            data = json.loads(self._owner_file.read_text())
            told = data["holder"]
            actor = Actor(told["actor"]["id"], told["actor"]["name"], Door(told["actor"]["door"]))
            since = datetime.fromisoformat(told["since"])
            holder = Holder(told["run_id"], told["command"], actor, since, told["step"], told["switch_begun"])
            return _Owner(holder, Lane(data["lane"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


def busy(holder: Holder) -> Refused:
    """The refusal while another run holds the lock."""
    minutes = (datetime.now(UTC) - holder.since).total_seconds() / 60
    since = f"since {holder.since:%H:%M:%S} UTC" + (f", {minutes:.0f} min" if minutes >= 1 else "")
    step = f", now at “{holder.step}”" if holder.step else ""
    return Refused(
        f"{holder.actor} is running `{holder.command}` ({since}{step}), and one change goes at a time.",
        "Wait for it, or `cancel` it. A `rollback` is never refused because of it.",
    )


def _write(path: Path, data: object) -> None:
    """Replace a small file at once: a reader sees the old one or the new one."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    partial.write_text(json.dumps(plain(data)))
    os.replace(partial, path)
