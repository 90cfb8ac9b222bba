"""What a runbook is given."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from ops.access import Access
from ops.config import Config
from ops.engine.world import World
from ops.ledger import Ledger
from ops.living_runs import LivingRuns
from ops.lock import OperationLock
from ops.model import Role
from ops.results import Preview, Result
from ops.run import Run


@dataclass(frozen=True)
class Context:
    """The world it may touch, the run it reports to, its arguments, the record, and who asks."""

    config: Config
    world: World
    run: Run
    ledger: Ledger
    arguments: Mapping[str, Any]
    lock: OperationLock
    access: Access
    role: Role
    living: LivingRuns


Runbook = Callable[[Context], Coroutine[Any, Any, Result]]
Previewer = Callable[[Context], Coroutine[Any, Any, Preview]]
