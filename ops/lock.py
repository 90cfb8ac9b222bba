"""The operation lock: one change at a time, and who gives way to whom.

A kernel lock (`flock`) on a file in the state directory. It works between host and containers, and is free the moment its
holder dies, however it dies. The holder writes who it is into the file: text that nobody holds the lock to is only a memory.

A command in a higher lane makes the holder give way: it leaves a request in `stop/<run id>.json`, which every holder watches.
A holder that does not react (a stopped process, a dead disk) is fenced off: a new lock file takes the old one's name, and
the old holder finds out by comparing inodes before its next step, and before it moves users.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ops.commands import Lane
from ops.errors import Refused, Stopped
from ops.lock_file import LockFile
from ops.lock_grip import Grip, Owner
from ops.results import Holder
from ops.run import Run
from ops.state_files import create_private, ensure_folder
from ops.stop_requests import StopRequest, StopRequests

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.05
# Somebody who only looks (`holder`) has the lock for a moment as well: so many tries in a row must fail before it is taken.
_SURE = 3
_NAMELESS_SECONDS = 1.0  # how long a holder may take from having the lock to having its name in it


class OperationLock:
    """The lock of one project. Every process that runs its commands uses the same state directory."""

    def __init__(self, state_dir: Path, takeover_seconds: float) -> None:
        """`takeover_seconds`: how long a holder has to give way before it is fenced off."""
        self._folder = state_dir
        self._path = state_dir / "operation.lock"
        self._requests = StopRequests(state_dir)
        self._takeover_seconds = takeover_seconds

    def holder(self) -> Holder | None:
        """What runs now; None when nothing does. Asks the kernel, so a dead process is never named."""
        try:
            file = LockFile.open(self._path, create=False)
        except OSError:
            return None
        try:
            if file.try_lock(shared=True):
                return None
            owner = Owner.parse(file.read())
            return owner.holder if owner and not owner.released else None
        finally:
            file.close()

    def ask_to_stop(self, run_id: str, reason: str, kind: str) -> None:
        """Ask a run, in whatever process, to stop: `reason` is what its record will say. A run that has begun its switch does
        not stop for the kind `cancel`.

        Raises:
            OSError: the request cannot be written.
        """
        self._requests.leave(run_id, StopRequest(reason, kind))

    @asynccontextmanager
    async def acquire(self, run: Run, lane: Lane) -> AsyncIterator[Grip]:
        """Hold the lock; `run.fence` and `run.preempted` are set, and requests to stop reach the run.

        Raises:
            Refused: something runs that does not give way to this lane; the message names it.
            Stopped: the run was asked to stop while it waited.
        """
        grip = await self._take(run, lane)
        run.fence, run.ask_patience = grip.fence, grip.ask_patience
        watch = asyncio.create_task(self._watch(run, grip), name=f"stop requests of {run.id}")
        try:
            yield grip
        finally:
            watch.cancel()
            try:
                await asyncio.wait({watch})
            finally:
                grip.release()
                self._requests.remove(run.id)

    async def _take(self, run: Run, lane: Lane) -> Grip:
        owner = Owner(Holder(run.id, run.command, run.actor, datetime.now(UTC)), lane)
        try:
            ensure_folder(self._folder)
            grip = await self._claim(run, owner)
            self._requests.remove_others(run.id)
        except OSError as error:
            problem = f"The operation lock in {self._folder} cannot be used: {error.strerror or error}."
            if lane is not Lane.ROLLBACK:
                raise Refused(
                    f"{problem} Nothing may change users' release without it.",
                    "Mend the disk or the rights of that directory. `rollback` works without it.",
                ) from error
            return Grip(owner, None, f"{problem} The rollback goes on without it: start nothing else meanwhile.")
        return grip

    async def _claim(self, run: Run, owner: Owner) -> Grip:
        asked: dict[str, float] = {}  # runs asked to give way, and when (monotonic seconds)
        tries, begun = 0, time.monotonic()
        while True:
            if run.stop_reason is not None:
                raise Stopped(f"{run.command} was stopped while it waited: {run.stop_reason}.", "Start it again later.")
            if grip := self._try(run, owner, asked):
                return grip
            tries += 1
            current = self._current()
            if current is None:
                # Held, by somebody who could not write who it is (a full disk): only a rollback does not leave it at that.
                if time.monotonic() - begun > _NAMELESS_SECONDS + self._takeover_seconds:
                    if owner.lane is not Lane.ROLLBACK:
                        raise _busy_with(None)
                    if grip := self._fence_off(run, owner, None):
                        return grip
            elif tries >= _SURE:
                if owner.lane <= current.lane:
                    raise _busy_with(current)
                if self._gave_no_way(current, owner, asked) and (grip := self._fence_off(run, owner, current)):
                    return grip
            await asyncio.sleep(_POLL_SECONDS)

    def _try(self, run: Run, owner: Owner, asked: dict[str, float]) -> Grip | None:
        file = LockFile.open(self._path)
        if not file.try_lock() or not file.is_current():
            file.close()
            return None
        before = Owner.parse(file.read())
        if before is not None and before.holder.run_id in asked:
            run.preempted = before.holder
        return _grip(owner, file)

    def _current(self) -> Owner | None:
        try:
            file = LockFile.open(self._path, create=False)
        except FileNotFoundError:
            return None
        try:
            owner = Owner.parse(file.read())
        finally:
            file.close()
        return owner if owner and not owner.released else None

    def _gave_no_way(self, current: Owner, owner: Owner, asked: dict[str, float]) -> bool:
        """Ask the holder once; True when its time to give way has passed."""
        run_id = current.holder.run_id
        if run_id not in asked:
            asked[run_id] = time.monotonic()
            reason = f"`{owner.holder.command}` by {owner.holder.actor} comes first"
            try:
                self.ask_to_stop(run_id, reason, owner.lane.name.lower())
            except OSError as error:
                log.warning("the holder could not be asked to stop", run=run_id, error=str(error))
        return time.monotonic() - asked[run_id] > max(self._takeover_seconds, current.patience)

    def _fence_off(self, run: Run, owner: Owner, asked: Owner | None) -> Grip | None:
        """Put a new lock file in the old one's place. One command at a time does this, and only to the holder it asked."""
        guard = LockFile.open(self._folder / "takeover.lock")
        try:
            if not guard.try_lock():
                return None
            now = self._current()
            if _run_id(now) != _run_id(asked):
                return None
            new = self._path.with_suffix(f".{run.id}")
            create_private(new)
            file = LockFile(self._path, os.open(new, os.O_RDWR))
            file.try_lock()
            grip = _grip(owner, file)
            new.replace(self._path)
        finally:
            guard.close()
        log.warning("a holder that did not give way was fenced off", holder=_run_id(now), by=run.id)
        run.preempted = now.holder if now else None
        return grip

    async def _watch(self, run: Run, grip: Grip) -> None:
        """Hand requests to stop on to the run; and stop it when it was fenced off."""
        while run.stop_reason is None:
            if not grip.is_current():
                run.request_stop("it did not give way in time, and another command took over", "rollback")
            elif (told := self._requests.read(run.id)) is not None:
                if told.kind == "cancel" and run.switch_begun:
                    self._requests.remove(run.id)
                else:
                    run.request_stop(told.reason, told.kind)
            await asyncio.sleep(_POLL_SECONDS)


def _run_id(owner: Owner | None) -> str | None:
    return owner.holder.run_id if owner else None


def _grip(owner: Owner, file: LockFile) -> Grip:
    grip = Grip(owner, file)
    grip.tell()
    return grip


def _busy_with(owner: Owner | None) -> Refused:
    if owner is None:
        return Refused("Another command has just begun.", "`status` tells which; try again when it has ended.")
    holder = owner.holder
    step = f", now at “{holder.step}”" if holder.step else ""
    way_out = (
        "`cancel` stops it, `rollback` comes before it." if holder.cancellable else "`status` shows how far it is."
    )
    return Refused(
        f"`{holder.command}` by {holder.actor} is running since {holder.since:%H:%M:%S} UTC{step}.",
        f"Try again when it has ended. {way_out}",
    )
