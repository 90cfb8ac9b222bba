"""The worker's tasks by name: how each reads its request, and what runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from ops.database import (
    backup,
    disk,
    inspect,
    listing,
    mirror,
    pins,
    restore,
    retention,
    stage,
    status,
    sweep,
    vacuum,
    verify,
)
from ops.database.model import (
    BackupRequest,
    DiskRequest,
    InspectRequest,
    ListRequest,
    MirrorRequest,
    PinRequest,
    RestoreRequest,
    RetainRequest,
    StageRequest,
    StatusRequest,
    SweepRequest,
    VacuumRequest,
    VerifyRequest,
)
from ops.database.places import Places
from ops.database.progress import Progress

R = TypeVar("R")


@dataclass(frozen=True)
class Task(Generic[R]):
    """One task: the type of its request, and the function that answers it."""

    request: type[R]
    run: Callable[[R, Places, Progress], Any]

    def read(self, text: str) -> R:
        """The request in a JSON object.

        Raises:
            msgspec.MsgspecError: it is not one.
        """
        return msgspec.json.decode(text, type=self.request)


TASKS: dict[str, Task[Any]] = {
    "backup": Task(BackupRequest, backup.run),
    "disk": Task(DiskRequest, disk.run),
    "inspect": Task(InspectRequest, inspect.run),
    "list": Task(ListRequest, listing.run),
    "mirror": Task(MirrorRequest, mirror.run),
    "pin": Task(PinRequest, pins.run),
    "restore": Task(RestoreRequest, restore.run),
    "retain": Task(RetainRequest, retention.run),
    "stage": Task(StageRequest, stage.run),
    "status": Task(StatusRequest, status.run),
    "sweep": Task(SweepRequest, sweep.run),
    "vacuum": Task(VacuumRequest, vacuum.run),
    "verify": Task(VerifyRequest, verify.run),
}
