"""The worker's tasks by name: how each reads its request, and what runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from ops.database import backup, disk, listing, pins, retention, status, verify
from ops.database.model import (
    BackupRequest,
    DiskRequest,
    ListRequest,
    PinRequest,
    RetainRequest,
    StatusRequest,
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
            ValueError: it is not one.
        """
        return TypeAdapter(self.request).validate_json(text)


TASKS: dict[str, Task[Any]] = {
    "backup": Task(BackupRequest, backup.run),
    "disk": Task(DiskRequest, disk.run),
    "list": Task(ListRequest, listing.run),
    "pin": Task(PinRequest, pins.run),
    "retain": Task(RetainRequest, retention.run),
    "status": Task(StatusRequest, status.run),
    "verify": Task(VerifyRequest, verify.run),
}
