"""The record: what is written is read again, by the next process too; damage, cancellation and an upgrade do not cost it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path

import pytest

from ops.events import Event, RunStarted, Step, StepDone, StepFailed, StepProgress, StepStarted, SwitchBegun
from ops.ledger import Ledger, LedgerDown, chat, file
from ops.ledger.schema import MIGRATIONS
from ops.model import Actor, Door, Role
from ops.run import Run

OLGA = Actor("U0OLGA", "Olga", Door.SLACK)
PULL, START = Step("pull", "Pull v1.2.0"), Step("start", "Start green")


async def nobody_listens(event: Event) -> None:
    pass


def deploy(run_id: str = "run-1") -> Run:
    return Run(run_id, "deploy v1.2.0", OLGA, nobody_listens)


async def begun(ledger: Ledger, run: Run) -> None:
    """A deploy that was killed while it started the new release, after its switch was announced."""
    await ledger.intent(run, Role.OPERATOR, "deploy")
    for event in (
        RunStarted(run.id, 1.0, run.command, "Olga", "Deploy v1.2.0", (PULL, START)),
        StepStarted(run.id, 2.0, "pull"),
        StepProgress(run.id, 2.5, "pull", "half", 50.0),
        StepDone(run.id, 3.0, "pull", "It was here.", 1.0),
        SwitchBegun(run.id, 3.5),
        StepStarted(run.id, 4.0, "start"),
    ):
        await ledger.event(event)


# -- runs and the audit log --------------------------------------------------------------------------------------


async def test_a_killed_run_shows_the_step_it_was_in_to_the_next_process(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await begun(ledger, deploy())
    async with Ledger.open(tmp_path) as ledger:
        (run,) = await ledger.unfinished()
    assert (run.id, run.command, run.actor, run.state, run.finished) == (
        "run-1",
        "deploy v1.2.0",
        OLGA,
        "running",
        None,
    )
    assert run.switch_begun
    assert [(step.title, step.state, step.detail) for step in run.steps] == [
        ("Pull v1.2.0", "done", "It was here."),
        ("Start green", "started", ""),
    ]


async def test_users_have_left_a_colour_when_a_switch_away_from_it_has_begun_since(tmp_path: Path) -> None:
    held, moved, back = "20261126-120000-aaaa", "20261126-120500-bbbb", "20261126-121000-cccc"
    async with Ledger.open(tmp_path) as ledger:
        await ledger.event(SwitchBegun("20261126-110000-0000", 1.0, "blue"))  # before the run that made green
        await ledger.event(SwitchBegun(moved, 2.0, "green"))  # which may have failed: green may still wait
        assert not await ledger.users_left("green", since_run=held)

        await ledger.event(SwitchBegun(back, 3.0, "blue"))
        assert await ledger.users_left("green", since_run=held)


async def test_a_step_that_failed_keeps_its_problem(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await begun(ledger, deploy())
        await ledger.event(StepFailed("run-1", 5.0, "start", "It exited at once.", 1.0))
        await ledger.outcome(deploy(), Role.OPERATOR, "failed", "Blue stays live.")
        (run,) = await ledger.history(5)
    assert (run.state, run.summary) == ("failed", "Blue stays live.")
    assert (run.steps[-1].state, run.steps[-1].detail, run.steps[-1].seconds) == ("failed", "It exited at once.", 1.0)


async def test_every_run_has_two_audit_rows_and_a_refusal_too(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.intent(deploy("ran"), Role.OPERATOR, "deploy")
        await ledger.outcome(deploy("ran"), Role.OPERATOR, "done", "v1.2.0 is live.")
        await ledger.refusal(deploy("refused"), Role.VIEWER, "You may not.")
        rows = await ledger.audit(10)
    assert [(row.run_id, row.kind, row.role, row.outcome, row.detail) for row in rows] == [
        ("refused", "outcome", Role.VIEWER, "refused", "You may not."),
        ("refused", "intent", Role.VIEWER, None, ""),
        ("ran", "outcome", Role.OPERATOR, "done", "v1.2.0 is live."),
        ("ran", "intent", Role.OPERATOR, None, ""),
    ]


async def test_a_run_that_could_not_tell_its_end_is_given_one_with_its_audit_row(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await begun(ledger, deploy())
        await ledger.close_unfinished("run-1", "stopped", "It was undone.")
        assert await ledger.unfinished() == ()
        last = (await ledger.audit(1))[0]
    assert (last.run_id, last.kind, last.actor, last.outcome, last.role) == (
        "run-1",
        "outcome",
        OLGA,
        "stopped",
        Role.NOBODY,
    )


@pytest.mark.parametrize("rewriting", ["UPDATE audit SET outcome = 'done'", "DELETE FROM audit"])
async def test_the_audit_log_cannot_be_rewritten(tmp_path: Path, rewriting: str) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.refusal(deploy(), Role.VIEWER, "You may not.")
    other = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match="the audit log is never"):
        other.execute(rewriting)
    other.close()


# -- the other groups --------------------------------------------------------------------------------------------


async def test_a_freeze_survives_a_restart_and_there_is_one_at_most(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        assert not await ledger.end_freeze(), "there was none"
        await ledger.begin_freeze(OLGA, "first")
        await ledger.begin_freeze(OLGA, "month's end")
    async with Ledger.open(tmp_path) as ledger:
        freeze = await ledger.freeze()
        assert freeze is not None
        assert (freeze.actor, freeze.reason) == (OLGA, "month's end")
        assert await ledger.end_freeze()
        assert await ledger.freeze() is None


async def test_a_button_and_a_message_are_found_by_their_ids_only(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        button = await ledger.save_button({"words": "rollback"})
        await ledger.save_post("run-1", "C0OPS", "1.1")
        await ledger.save_post("run-1", "C0OPS", "1.2")
        assert await ledger.button(button) == {"words": "rollback"}
        assert await ledger.button("made up") is None
        assert await ledger.post("run-1") == ("C0OPS", "1.2")
        assert await ledger.post("run-2") is None


async def test_what_is_too_old_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Ledger.open(tmp_path) as ledger:
        button = await ledger.save_button({})
        assert await ledger.first_sight("Ev1")
        monkeypatch.setattr(chat, "BUTTON_SECONDS", 0.0)
        monkeypatch.setattr(chat, "SEEN_SECONDS", 0.0)
        assert await ledger.button(button) is None
        assert await ledger.first_sight("Ev1")


async def test_the_release_that_went_live_last_is_known(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        assert await ledger.last_live_release() is None
        await ledger.save_live_release("v1.1.0")
        await ledger.save_live_release("v1.2.0")
        assert await ledger.last_live_release() == "v1.2.0"


# -- what may happen to it ---------------------------------------------------------------------------------------


async def test_a_write_cancelled_between_begin_and_commit_does_not_block_the_next(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        for ticks in range(40):
            writing = asyncio.create_task(ledger.first_sight(f"cancelled {ticks}"))
            for _ in range(ticks):
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            assert await ledger.first_sight(f"next {ticks}"), "the write after it is kept"


async def test_a_write_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path) as ledger:
        good, bad = ("INSERT INTO seen (key, at) VALUES ('Ev1', 1e12)", ()), ("INSERT INTO nowhere VALUES (1)", ())
        with pytest.raises(LedgerDown, match="no such table"):
            await ledger._write(good, bad)
        assert await ledger.first_sight("Ev1"), "the first statement was taken back"


async def test_a_damaged_ledger_is_set_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this was no ledger " * 100)
    async with Ledger.open(tmp_path) as ledger:
        assert ledger.notice is not None
        assert "set aside as ledger.db.damaged-" in ledger.notice
        await ledger.save_live_release("v1.2.0")
    assert [name for name in os.listdir(tmp_path) if name.startswith("ledger.db.damaged-")] != []


async def test_without_a_place_to_write_reads_find_nothing_and_writes_say_so(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    async with Ledger.open(tmp_path) as ledger:
        assert ledger.notice is not None
        assert await ledger.history(5) == ()
        with pytest.raises(LedgerDown, match="cannot be opened") as caught:
            await ledger.intent(deploy(), Role.OPERATOR, "deploy")
        assert "A rollback works without the ledger" in caught.value.next_step


async def test_an_upgrade_copies_the_ledger_first_and_keeps_its_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Ledger.open(tmp_path) as ledger:
        await ledger.save_live_release("v1.2.0")
    monkeypatch.setattr(file, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE notes (text TEXT NOT NULL) STRICT;"))
    async with Ledger.open(tmp_path) as ledger:
        assert await ledger.last_live_release() == "v1.2.0"
    assert len(list((tmp_path / "ledger-backups").iterdir())) == 1
    monkeypatch.setattr(file, "MIGRATIONS", MIGRATIONS)
    async with Ledger.open(tmp_path) as ledger:
        assert ledger.notice is not None
        assert "of a newer program" in ledger.notice


async def test_its_copies_are_whole_and_ten_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "ledger-backups"
    folder.mkdir()
    for day in range(1, 13):
        (folder / f"ledger-202001{day:02}-000000.db").touch()
    async with Ledger.open(tmp_path) as ledger:
        await ledger.save_live_release("v1.2.0")
        copy = await ledger.backup()
    assert copy == max(folder.iterdir())
    assert len(list(folder.iterdir())) == 10
    found = sqlite3.connect(copy).execute("SELECT value FROM facts").fetchall()
    assert found == [('"v1.2.0"',)]


async def test_a_ledger_that_somebody_holds_opens_at_once_and_is_waited_for_only_once(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path):
        pass
    holder = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()

    async with Ledger.open(tmp_path) as ledger:
        assert ledger.notice is None
        for _ in range(10):
            with pytest.raises(LedgerDown, match="locked"):
                await ledger.intent(deploy(), Role.OPERATOR, "deploy")

    assert time.monotonic() - began < 8
    holder.close()
