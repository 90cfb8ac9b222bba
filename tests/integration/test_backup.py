"""Backups as an operator meets them, on a real engine: taken beside users, listed, pinned, verified, and demanded by a deploy."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.aio import until
from ops.database.model import Decision, Why
from ops.errors import Failed
from ops.events import Event, StepDone, StepFailed, StepProgress
from ops.model import Colour
from tests.house import VIC, House, moved_in
from tests.integration.backup_acts import backed_up, confirmed, file_of, listed, pay, payments_in, running_worker
from tests.place import Place


async def test_a_backup_is_taken_listed_pinned_verified_and_makes_room_for_later_ones(
    place: Place, tmp_path: Path
) -> None:
    async with moved_in(place, tmp_path / "state", backups={"keep_last": 2}) as house:
        await house.furnish("v1.1.0", anew=True)
        await pay(house, "rent")
        first = (await backed_up(house, "before the import")).backup
        assert payments_in(file_of(house, first.name)) >= {"rent"}
        assert (first.why, first.note, first.release, first.colour) == (
            Why.MANUAL,
            "before the import",
            "v1.1.0",
            "blue",
        )
        told = json.loads(json.dumps((await house.status()).as_json()))["last_backup"]
        assert (told["name"], told["verified"], told["problem"]) == (first.name, True, None)

        assert (await house.say(f"backup pin {first.name} the auditors")).ok
        (house.backups / "notes.txt").write_text("mine")
        second = await backed_up(house)
        third, fourth = await backed_up(house), await backed_up(house)
        assert [one.name for one in third.removed] == []
        assert [one.name for one in fourth.removed] == [second.backup.name]
        assert "older than the last 2" in fourth.removed[0].reason

        there = await listed(house)
        assert [row.name for row in there.rows] == [fourth.backup.name, third.backup.name, first.name]
        assert there.rows[2].pin is not None
        assert there.rows[2].pin.reason == "the auditors"
        assert there.unknown == ("notes.txt",)
        assert (await house.say("backup verify all")).ok

        flipped = file_of(house, third.backup.name)
        with flipped.open("r+b") as file:
            file.seek(flipped.stat().st_size // 2)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 1]))
        said = await house.say("backup verify all")
        assert said.outcome.exit_code == 1
        assert f"1 of 3 backups is bad. {third.backup.name}: Its content has changed" in said.text
        assert [row.good for row in (await listed(house)).rows] == [True, False, True]

        (house.backups / "myfinance-20260101-000000.db").symlink_to("/etc/passwd")
        for name, why in (
            ("../../etc/passwd", "not the name of a backup"),
            ("myfinance-20200101-000000", "There is no backup"),
            ("myfinance-20260101-000000", "not a plain file"),
        ):
            refused = await house.say(f"backup verify {name}")
            assert refused.outcome.exit_code == 1
            assert why in refused.text
        assert (await house.say("backup", VIC)).outcome.exit_code == 3


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of its own, of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=777", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def made_read_only(folder: Path) -> None:
    """Nothing can be written on that disk any more."""
    subprocess.run(["mount", "-o", "remount,ro,size=64m", str(folder)], check=True)


async def test_without_a_good_backup_there_is_no_deploy(house: House) -> None:
    await house.furnish()
    first = await house.say("deploy v1.1.0")
    assert first.ok
    assert "there is no myfinance.db yet" in _detail(first.events, "backup")

    with small_disk(house.backups, 16):
        said = await house.say("deploy v1.2.0")
        assert said.outcome.exit_code == 1
        assert "There is no good backup of the database, so v1.2.0 was not started" in said.text
        assert "free" in said.text
        assert said.steps(StepFailed) == ["backup"]
        assert not [file for file in house.backups.iterdir() if not file.name.startswith(".")]
        made_read_only(house.backups)
        said = await house.say("deploy v1.2.0")
        assert "so v1.2.0 was not started" in said.text
        assert "read-only" in said.text.lower()
    assert not await house.exists(Colour.GREEN)
    assert await house.release() == "v1.1.0"

    said = await house.say("deploy v1.2.0")
    assert said.ok, said.text
    assert said.steps(StepDone)[:4] == ["preflight", "pull", "backup", "start"]
    newest = (await listed(house)).rows[0]
    assert (newest.why, newest.release, newest.note) == (Why.DEPLOY, "v1.1.0", "before v1.2.0")


async def test_the_second_place_gets_every_backup_and_forgets_what_is_forgotten_here(
    place: Place, tmp_path: Path
) -> None:
    there = tmp_path / "elsewhere"
    async with moved_in(place, tmp_path / "state", backups={"keep_last": 1, "mirror": str(there)}) as house:
        await house.furnish("v1.1.0", anew=True)
        assert (await house.say("deploy v1.2.0")).ok
        before = (await listed(house)).rows[0].name
        done = await backed_up(house)
        assert done.mirrored is not None
        assert "2 backups copied and verified there" in done.mirrored  # the deploy's as well
        assert file_of(house, before).read_bytes() == (there / f"{before}.db").read_bytes()
        middle = done.backup.name

        last = (await backed_up(house)).backup.name
        assert {path.stem for path in there.glob("*.db")} == {before, last}  # the release's own stays
        assert not file_of(house, middle).exists()


async def test_a_worker_that_is_killed_gives_a_sentence_and_leaves_nothing_behind(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await house.sql("CREATE TABLE Padding (Page BLOB)", "INSERT INTO Padding VALUES (zeroblob(150000000))")

    backup = await house.begin("backup", until="backup")
    worker = await until(lambda: running_worker(house), seconds=10, every=0.01)
    assert worker is not None
    await house.world.docker.signal(worker, "KILL")
    said = await backup

    assert said.outcome.exit_code == 1
    assert "it was killed (signal 9)" in said.text
    assert (await listed(house)).rows == ()
    again = await house.say("backup")
    assert again.ok, again.text
    percents = [
        event.percent for event in again.events if isinstance(event, StepProgress) and event.percent is not None
    ]
    assert percents == sorted(percents)
    assert len(percents) > 2
    assert len((await listed(house)).rows) == 1


async def test_cancelled_it_takes_back_what_it_was_writing(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)
    await house.sql("CREATE TABLE Padding (Page BLOB)", "INSERT INTO Padding VALUES (zeroblob(150000000))")
    deploy = await house.begin("deploy v1.2.0", until="backup")

    said = await house.say("rollback")

    assert said.ok, said.text
    assert (await deploy).outcome.exit_code == 1
    assert await house.release() == "v1.1.0"
    assert [file.name for file in house.backups.iterdir() if not file.name.startswith(".")] == []


async def test_a_restore_while_a_deploy_runs_is_told_who_deploys(unhurried_house: House) -> None:
    house = unhurried_house
    await house.furnish("v1.1.0", anew=True)
    name = (await backed_up(house)).backup.name
    deploy = await house.begin("deploy v1.2.0", until="smoke")

    said = await confirmed(house, f"restore {name}")

    assert said.outcome.exit_code == 3
    assert "`deploy v1.2.0` by Olga is running" in said.text
    assert (await deploy).ok


def _detail(events: list[Event], step: str) -> str:
    return next(event.detail for event in events if isinstance(event, StepDone) and event.step == step)


async def test_a_removal_the_record_did_not_live_to_see_is_no_lost_backup_and_a_theft_is(
    place: Place, tmp_path: Path
) -> None:
    async with moved_in(place, tmp_path / "state", backups={"keep_last": 1}) as house:
        await house.furnish("v1.1.0", anew=True)
        names = [(await backed_up(house)).backup.name]
        ledger = house.operations.ledger
        await ledger.backups_leaving([Decision(names[0], "older than the last 1")])
        for file in house.backups.glob(f"{names[0]}*"):  # as a kill leaves it, between the removal and its record
            file.unlink()
        names.append((await backed_up(house)).backup.name)
        assert (await house.say("backup verify all")).ok
        assert [record.name for record in await ledger.backup_records()] == names[1:]

        for file in house.backups.glob(f"{names[1]}*"):
            file.unlink()
        said = await house.say("backup verify all")
        assert said.outcome.exit_code == 1
        assert f"There is no backup {names[1]}" in said.text


async def test_looking_at_a_database_whose_volume_is_not_there_makes_none(house: House) -> None:
    nowhere = f"{house.config.project.name}-nowhere"

    with pytest.raises(Failed, match=f"There is no volume {nowhere} on this engine"):
        await house.world.worker.on(nowhere).status()

    assert not await house.world.docker.has_volume(nowhere)
