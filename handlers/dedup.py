"""Slack may deliver the same command, click or event more than once (a socket that broke, an ack that came late), and Bolt
does not notice. The first sight of each id wins; the others are dropped here, and never unseen: they are logged.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

# Slack's last retry of an event comes five minutes after the one before; twice that leaves room for a slow clock.
REMEMBERED_SECONDS = 600.0
_REMEMBERED = 10_000


class SeenIds(Protocol):
    """The durable half: it also knows what was seen before a restart."""

    async def first_sight(self, key: str) -> bool:
        """True when this id was not seen before (and is from now on)."""
        ...


class Dedup:
    """Durable through the ledger; when the ledger cannot be used, this process' own memory must do: a command at three in
    the morning is not refused because a disk is full."""

    def __init__(self, seen: SeenIds, clock: Callable[[], float] = time.monotonic) -> None:
        self._seen = seen
        self._clock = clock
        self._memory: OrderedDict[str, float] = OrderedDict()

    async def is_first(self, kind: str, key: str) -> bool:
        """True exactly once for each (kind, key) within at least ten minutes. `kind`: command, click, view or event."""
        name = f"{kind}:{key}"
        if not self._first_here(name):
            log.info("delivered again, dropped", kind=kind, id=key)
            return False
        try:
            first = await self._seen.first_sight(name)
        except Exception:
            log.exception("the record of seen ids cannot be used; this process' memory decides", id=name)
            return True
        if not first:
            log.info("delivered again after a restart, dropped", kind=kind, id=key)
        return first

    def _first_here(self, name: str) -> bool:
        now = self._clock()
        while self._memory and (
            next(iter(self._memory.values())) < now - REMEMBERED_SECONDS or len(self._memory) > _REMEMBERED
        ):
            self._memory.popitem(last=False)
        if name in self._memory:
            return False
        self._memory[name] = now
        return True
