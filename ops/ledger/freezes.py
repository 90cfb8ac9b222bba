"""The freeze: a person's lock on releases, with a reason. It survives restarts; there is one in force at most."""

from __future__ import annotations

import time

from ops.ledger.store import Statement, Store, actor_in, moment
from ops.model import Actor
from ops.results import Freeze


class Freezes(Store):
    """Freezes."""

    async def freeze(self) -> Freeze | None:
        """The freeze in force."""
        rows = await self._rows("SELECT * FROM freezes WHERE ended IS NULL ORDER BY id DESC LIMIT 1")
        return Freeze(actor_in(rows[0]), rows[0]["reason"], moment(rows[0]["since"])) if rows else None

    async def begin_freeze(self, actor: Actor, reason: str) -> None:
        """Freeze; one that was in force is ended."""
        now = time.time()
        add = "INSERT INTO freezes (actor_id, actor_name, door, reason, since) VALUES (?, ?, ?, ?, ?)"
        await self._write(_end(now), (add, (actor.id, actor.name, actor.door, reason, now)))

    async def end_freeze(self) -> bool:
        """End the freeze; False when there was none."""
        return await self._write(_end(time.time())) > 0


def _end(now: float) -> Statement:
    return "UPDATE freezes SET ended = ? WHERE ended IS NULL", (now,)
