"""What a runbook is given."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.config import Config
from ops.engine.world import World
from ops.results import Result
from ops.run import Run

if TYPE_CHECKING:
    from ops.ledger import Ledger


@dataclass(frozen=True)
class Context:
    """The world it may touch, the run it reports to, its arguments, the record."""

    config: Config
    world: World
    run: Run
    ledger: Ledger
    arguments: Mapping[str, Any]


Runbook = Callable[[Context], Coroutine[Any, Any, Result]]
