"""Restores with users on the world: nothing that was acknowledged is in neither place, and there is always a way back."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.aio import until
from ops.database.model import Way, Why
from ops.engine import labels
from ops.events import StepDone, StepFailed
from ops.model import Colour, Mode
from ops.results import Preview, RestoreDone
from tests.house import ADA, OLGA, House, Said, moved_in
from tests.integration.backup_acts import (
    Payers,
    backed_up,
    confirmed,
    file_of,
    listed,
    pay,
    payers,
    payments,
    payments_in,
)
from tests.place import Place

_READER = """
import sqlite3, sys
database = sqlite3.connect("/data/myfinance.db", isolation_level=None)
sql = 'SELECT count(*) FROM "Transactions" WHERE "Note" = ?'
count = lambda: print(database.execute(sql, (sys.argv[1],)).fetchone()[0], flush=True)
database.execute("BEGIN"); count()
sys.stdin.readline(); count()
database.execute("COMMIT"); count()
"""


@asynccontextmanager
async def a_reader(house: House, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the live colour that looks for a payment in the middle of a transaction; and, when a line is written to it,
    again in the same one and after it."""
    live = (await house.world.live()).colour
    assert live is not None
    command = ["docker", "exec", "-i", house.config.container(live), "python3", "-c", _READER, name]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def into_the_live_database(house: House, name: str) -> None:
    """Restore a backup that has only the payment `kept`, with a reader inside a transaction and payers on the proxy."""
    async with payers(house) as seen:
        assert await until(lambda: _at_least(seen.acknowledged, 10), seconds=20, every=0.02)
        async with a_reader(house, sorted(seen.acknowledged)[0]) as reader:
            assert reader.stdout is not None
            assert reader.stdin is not None
            before = await reader.stdout.readline()
            said = await confirmed(house, f"restore {name}")
            restored = len(seen.acknowledged)
            reader.stdin.write(b"now\n")
            still, then = await reader.stdout.readline(), await reader.stdout.readline()
        assert await until(lambda: _at_least(seen.acknowledged, restored + 10), seconds=20, every=0.02)

    assert (before, still, then) == (b"1\n", b"1\n", b"0\n")  # in its transaction it keeps what it saw
    await restored_with_nothing_lost(house, said, seen, Way.LIVE)


async def restored_with_nothing_lost(house: House, said: Said, seen: Payers, way: Way) -> None:
    """What was acknowledged before the hold is in the safety backup, what came after it in the database, nothing in neither."""
    assert said.ok, said.text
    done = said.outcome.result
    assert isinstance(done, RestoreDone)
    assert done.way is way
    safety, now = payments_in(file_of(house, done.safety)), await payments(house)
    assert seen.acknowledged - safety - now == set()
    assert safety & now == {"kept"}  # what was paid between the backup and the restore is in the safety backup only
    assert len(safety) > 10
    assert seen.held > 0
    assert (await house.world.proxy.state()).mode is Mode.OPEN


async def test_into_the_live_database_with_a_reader_and_payers(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await pay(house, "kept")
    name = (await backed_up(house)).backup.name

    await into_the_live_database(house, name)

    newest = (await listed(house)).rows[0]
    assert newest.why is Why.SAFETY
    before = payments_in(file_of(house, newest.name))
    back = await confirmed(house, f"restore {newest.name}")
    assert back.ok, back.text
    assert await payments(house) == before


async def by_exchanging_the_file(house: House, name: str) -> None:
    """Restore a backup of another schema that has only the payment `kept`, with payers on the proxy."""
    async with payers(house) as seen:
        assert await until(lambda: _at_least(seen.acknowledged, 10), seconds=20, every=0.02)
        said = await confirmed(house, f"restore {name}")
        restored = len(seen.acknowledged)
        assert await until(lambda: _at_least(seen.acknowledged, restored + 10), seconds=20, every=0.02)

    await restored_with_nothing_lost(house, said, seen, Way.REPLACE)
    assert await house.release() == "v1.2.0"
    assert {(await house.world.stacks.state(colour)).running for colour in Colour} == {True}
    assert await house.sql("PRAGMA journal_mode") == "wal"


async def test_by_exchanging_the_file_with_payers(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await pay(house, "kept")
    assert (await house.say("deploy v1.2.0")).ok  # its migration: the backup before it is of another schema

    await by_exchanging_the_file(house, (await listed(house)).rows[0].name)


async def test_a_database_in_another_journal_mode_is_exchanged_and_keeps_it(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await pay(house, "kept")
    name = (await backed_up(house)).backup.name
    await house.world.stacks.stop(Colour.BLUE)
    assert await house.sql("PRAGMA journal_mode = DELETE") == "delete"
    await house.world.stacks.start(Colour.BLUE)
    assert await house.wait_for_live(Colour.BLUE)
    await pay(house, "after")

    said = await confirmed(house, f"restore {name}")

    assert said.ok, said.text
    done = said.outcome.result
    assert isinstance(done, RestoreDone)
    assert done.way is Way.REPLACE
    assert payments_in(file_of(house, done.safety)) == {"kept", "after"}
    assert await payments(house) == {"kept"}
    assert await house.sql("PRAGMA journal_mode") == "delete"
    await pay(house, "next")


@pytest.mark.torture
async def test_twenty_of_each_with_users_on_the_proxy(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await pay(house, "kept")
    assert (await house.say("deploy v1.2.0")).ok
    other_schema = (await listed(house)).rows[0].name
    same_schema = (await backed_up(house)).backup.name
    for name in (other_schema, same_schema):
        assert (await house.say(f"backup pin {name}")).ok

    for _ in range(20):
        await into_the_live_database(house, same_schema)
    for _ in range(20):
        await by_exchanging_the_file(house, other_schema)


async def test_backups_in_a_volume_of_their_own(place: Place, tmp_path: Path) -> None:
    volume = f"mftest-backups-{secrets.token_hex(3)}"
    async with moved_in(place, tmp_path / "state", backups={"dir": f"volume:{volume}"}) as house:
        await house.world.docker.create_volume(volume, labels.owned(house.config, "volume"))
        await house.furnish("v1.1.0", anew=True)
        await pay(house, "kept")
        name = (await backed_up(house)).backup.name
        await pay(house, "after")

        said = await confirmed(house, f"restore {name}")

        assert said.ok, said.text
        assert await payments(house) == {"kept"}
        assert [row.why for row in (await listed(house)).rows] == [Why.SAFETY, Why.MANUAL]
        verified = await house.say("backup verify all")
        assert verified.ok, verified.text


async def test_without_the_typed_name_it_only_says_what_it_would_do(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    name = (await backed_up(house)).backup.name
    await pay(house, "rent")
    await house.say("deploy v1.2.0")

    refused = await house.say("restore latest", OLGA)
    assert refused.outcome.exit_code == 3
    assert "needs the role admin" in refused.text
    missing = await house.say("restore myfinance-20200101-000000", ADA)
    assert "There is no backup" in missing.text

    shown = (await house.say(f"restore {name}", ADA)).outcome.result
    assert isinstance(shown, Preview)
    assert (shown.phrase, shown.command) == ("myfinance.db", f"restore {name}")
    changes = {change.table: (change.now, change.then) for change in shown.tables}
    assert changes["Transactions"] == (1, 0)
    assert shown.migrations_lost == ("20250303090000_AddBudgets",)
    assert shown.releases == ("v1.1.0",)
    assert shown.way is Way.REPLACE
    assert json.dumps(shown.as_json())
    assert await payments(house) == {"rent"}
    assert "restore" not in " ".join(run.command for run in await house.operations.ledger.history(10))


async def test_when_the_application_does_not_work_on_it_the_safety_backup_is_put_back(
    place: Place, tmp_path: Path
) -> None:
    quick: dict[str, dict[str, Any]] = {"deploy": {"health_deadline_seconds": 2}, "app": {"stop_seconds": 1}}
    async with moved_in(place, tmp_path / "state", **quick) as house:
        await _undone(house)


async def _undone(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    # What a backup holds that was taken in the middle of a migration: every later start waits for that lock for ever.
    lock = """INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-11-24')"""
    await house.sql(lock)
    name = (await backed_up(house)).backup.name
    await house.sql('DELETE FROM "__EFMigrationsLock"')
    assert (await house.say("deploy v1.2.0")).ok
    await pay(house, "rent")

    shown = (await house.say(f"restore {name}", ADA)).outcome.result
    assert isinstance(shown, Preview)
    assert any("__EFMigrationsLock" in warning for warning in shown.warnings)
    said = await confirmed(house, f"restore {name}")

    assert said.outcome.exit_code == 1
    assert "did not become healthy" in said.text
    assert "The database is what it was before" in said.text
    assert said.steps(StepFailed) == ["prove"]
    assert await payments(house) == {"rent"}
    assert await house.release() == "v1.2.0"
    assert (await house.world.proxy.state()).mode is Mode.OPEN
    await pay(house, "food")


async def test_a_damaged_database_is_set_aside_and_the_application_runs_again(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await pay(house, "kept")
    name = (await backed_up(house)).backup.name
    for colour in Colour:
        await house.world.stacks.stop(colour)
    await house.shell("head -c 8192 /dev/urandom > myfinance.db; rm -f myfinance.db-wal myfinance.db-shm")

    said = await confirmed(house, f"restore {name}")

    assert said.ok, said.text
    assert "no safety backup of it can be taken" in said.notes
    assert ".damaged-" in said.text
    await house.world.stacks.start(Colour.BLUE)
    assert await house.wait_for_live(Colour.BLUE)
    assert await payments(house) == {"kept"}
    assert (await house.say("backup")).ok


async def test_rollback_with_data_takes_both_back(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await pay(house, "before")
    assert (await house.say("deploy v1.2.0")).ok
    await pay(house, "after")
    assert (await house.say("rollback --with-data", OLGA)).outcome.exit_code == 3
    shown = (await house.say("rollback --with-data", ADA)).outcome.result
    assert isinstance(shown, Preview)
    assert {change.table: (change.now, change.then) for change in shown.tables}["Transactions"] == (2, 1)
    assert shown.backup is not None
    assert shown.command == f"rollback --with-data --backup {shown.backup.name}"

    stale = await confirmed(house, "rollback --with-data --backup myfinance-20200101-000000 wrong totals")
    assert stale.outcome.exit_code == 1
    assert "you were shown myfinance-20200101-000000. Nothing was changed." in stale.text
    assert await house.release() == "v1.2.0"

    said = await confirmed(house, f"{shown.command} wrong totals")

    assert said.ok, said.text
    assert said.steps(StepDone) == ["find", "compare", "stage", "hold", "safety", "restore", "standby", "switch"]
    assert await house.release() == "v1.1.0"
    assert await payments(house) == {"before"}
    assert "AddBudgets" not in await house.sql('SELECT "MigrationId" FROM "__EFMigrationsHistory"')
    assert not (await house.world.stacks.state(Colour.GREEN)).running  # it would migrate again
    done = said.outcome.result
    assert isinstance(done, RestoreDone)
    assert payments_in(file_of(house, done.safety)) == {"before", "after"}


async def test_told_to_stop_while_it_takes_both_back_it_ends_well_and_starts_nothing_that_migrates(
    house: House,
) -> None:
    await house.furnish("v1.1.0", anew=True)
    assert (await house.say("deploy v1.2.0")).ok
    rollback = await house.begin("rollback --with-data", "restore", ADA, confirmed=True)

    await house.operations.shutdown("the bot is ending")

    await rollback
    assert await house.release() == "v1.1.0"
    assert (await house.world.proxy.state()).mode is Mode.OPEN
    assert not (await house.world.stacks.state(Colour.GREEN)).running
    assert "AddBudgets" not in await house.sql('SELECT "MigrationId" FROM "__EFMigrationsHistory"')


async def test_a_rollback_waits_for_the_end_of_a_restore_that_writes(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    assert (await house.say("deploy v1.2.0")).ok
    name = (await listed(house)).rows[0].name
    restore = await house.begin(f"restore {name}", "restore", ADA, confirmed=True)

    said = await house.say("rollback")

    assert said.ok, said.text
    ended = await restore
    assert "restore" in ended.steps(StepDone)
    assert "prove" in ended.steps(StepDone)
    assert "was put back to" in ended.notes
    assert await house.release() == "v1.1.0"
    assert (await house.world.proxy.state()).mode is Mode.OPEN


async def _at_least(done: set[str], count: int) -> bool | None:
    return True if len(done) >= count else None
