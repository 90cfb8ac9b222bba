"""What people do with backups in the slow tests, and how the files they leave are looked at."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ops.engine import labels
from ops.engine.ask import NoAnswer
from ops.model import Actor, Door
from ops.results import BackupDone, Backups
from tests.house import ADA, House, Said

RECOVERY = Actor("recovery", "recovery", Door.RECOVERY)


async def backed_up(house: House, note: str = "") -> BackupDone:
    """Take a backup by hand."""
    said = await house.say(f"backup {note}".strip())
    assert said.ok, said.text
    assert isinstance(said.outcome.result, BackupDone)
    return said.outcome.result


async def listed(house: House) -> Backups:
    """The answer of `backups`."""
    result = (await house.say("backups")).outcome.result
    assert isinstance(result, Backups)
    return result


async def confirmed(house: House, line: str) -> Said:
    """An administrator says it, and types the database's name."""
    return await house.say(line, ADA, confirmed=True)


def payments_in(backup: Path) -> set[str]:
    """What was paid, by its note, in a backup's file; the file is proven whole on the way."""
    with closing(sqlite3.connect(f"{backup.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in database.execute('SELECT "Note" FROM "Transactions"')}


async def payments(house: House) -> set[str]:
    """What was paid, in the database as it is now; it is proven whole on the way."""
    assert await house.sql("PRAGMA integrity_check") == "ok"
    return set((await house.sql('SELECT "Note" FROM "Transactions"')).splitlines())


async def pay(house: House, name: str) -> None:
    """A user pays; acknowledged when this returns."""
    answer = await house.get("/api/transactions", "POST", f'{{"accountId": 1, "amount": "1.00", "note": "{name}"}}')
    assert answer.status == 201, answer.body


@dataclass
class Payers:
    """Users who pay without pause, each over a new connection; what was acknowledged counts, what was refused is tried no more."""

    acknowledged: set[str] = field(default_factory=set)
    held: int = 0  # answered 503


@asynccontextmanager
async def payers(house: House, count: int = 3) -> AsyncIterator[Payers]:
    """They pay while the block runs."""
    seen, over, party = Payers(), asyncio.Event(), secrets.token_hex(3)  # no name is paid twice, also by later payers

    async def one(number: int) -> None:
        for turn in itertools.count():
            if over.is_set():
                return
            name = f"payer{number}-{party}-{turn}"
            body = f'{{"accountId": 1, "amount": "1.00", "note": "{name}"}}'
            with suppress(NoAnswer):
                answer = await house.get("/api/transactions", "POST", body)
                if answer.status == 201:
                    seen.acknowledged.add(name)
                elif answer.status == 503:
                    seen.held += 1

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    try:
        yield seen
    finally:
        over.set()
        await asyncio.gather(*tasks)


def file_of(house: House, name: str) -> Path:
    """A backup's file."""
    return house.backups / f"{name}.db"


async def running_worker(house: House) -> str | None:
    """The container of a database worker that runs now."""
    docker = house.world.docker
    for name in await docker.containers(labels.owned(house.config, "worker")):
        found = await docker.container(name)
        if found is not None and found.state == "running":
            return name
    return None
