"""Putting ops together: the engine, the record, the lock and the door, from a configuration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ops.access import Access, GroupMembers
from ops.config import Config
from ops.engine.world import World
from ops.ledger import Ledger
from ops.lock import OperationLock
from ops.operations import Operations
from ops.runbooks import PREVIEWS, RUNBOOKS


@asynccontextmanager
async def operations(config: Config, *, groups: GroupMembers | None = None) -> AsyncIterator[Operations]:
    """Everything a door needs. Nothing is asked of the engine yet; at the end runs are stopped and all is closed."""
    state_dir = config.project.state_dir
    async with World.connect(config) as world, Ledger.open(state_dir) as ledger:
        lock = OperationLock(state_dir, config.locks.takeover_seconds)
        made = Operations(config, world, ledger, lock, Access(config.access, groups), RUNBOOKS, PREVIEWS)
        try:
            yield made
        finally:
            await made.shutdown("this process is ending")
