"""Messages say each thing once, and one thing as one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.messages.audit import audit_message
from handlers.messages.changed import changed_message
from handlers.messages.health import health_message
from handlers.messages.history import history_message
from handlers.messages.message import Message
from handlers.messages.progress import run_message
from handlers.messages.releases import releases_message
from handlers.messages.run_view import RunView, after, begun
from handlers.messages.status import database_line, status_message
from ops.events import RunFinished, RunStarted, Step, StepFailed, StepProgress
from ops.model import Actor, Colour, ColourState, Door, HealthAnswer, Mode, Role
from ops.results import (
    Audit,
    AuditRow,
    Changed,
    ColourReport,
    DatabaseFigures,
    Health,
    History,
    Releases,
    RunRecord,
    Status,
    Tag,
)
from ops.spelling import counted

BACK = "Users are back on v1.1.0 (blue)."
NOW = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
ADA = Actor("U1", "Ada", Door.SLACK)


def blocks(message: Message) -> str:
    return str(message.blocks)


@pytest.mark.parametrize(("live", "times"), [(BACK, 1), ("Users are on v1.1.0 (blue).", 2)])
def test_a_result_whose_summary_is_what_users_get_says_it_once(live: str, times: int) -> None:
    end = RunFinished("r", 0, "done", BACK, live, "Data was not rolled back.", 1.0, False)
    view = RunView("r", "rollback", "Ada", "Roll back", 0, finished=end)
    for message in (run_message(view), changed_message(Changed(BACK, live), "rollback", "Ada")):
        assert blocks(message).count("v1.1.0 (blue)") == times
        assert BACK in blocks(message)


def test_a_colour_that_was_never_started_is_absent_once() -> None:
    never = {colour: ColourReport(ColourState(colour, "absent"), None, None, "absent") for colour in Colour}
    message = status_message(Status(None, Mode.OPEN, None, never, None, None, None, None, None, 80))
    assert blocks(message).count("absent") == len(Colour)


@pytest.mark.parametrize(("count", "told"), [(0, "0 migrations"), (1, "1 migration"), (2, "2 migrations")])
def test_a_number_of_things(count: int, told: str) -> None:
    assert counted(count, "migration") == told
    database = DatabaseFigures("/data/a.db", 1, None, "wal", "3", 4096, ("m",) * count, None, 5.0)
    assert f"· {told} ·" in database_line(database)


def test_one_run_and_one_version() -> None:
    run = RunRecord("r", "rollback", ADA, "done", NOW, NOW, BACK)
    assert "*The last 1 run*" in history_message(History((run,))).text
    assert "*1 version can be deployed.*" in releases_message(Releases((Tag("v1", None, 1, local=True),))).text


def test_the_percent_of_a_step_does_not_read_as_its_errors() -> None:
    view = begun(RunStarted("r", 0, "deploy", "Ada", "Deploy", (Step("soak", "Watch it"),)))
    view = after(view, StepProgress("r", 1, "soak", "9 answers to users, 0 errors", 10))
    assert "10 %: 9 answers to users, 0 errors" in blocks(run_message(view))


def test_where_slack_takes_no_markup_a_command_has_no_backticks() -> None:
    said = "`deploy` needs the role operator."
    view = begun(RunStarted("r", 0, "deploy", "Ada", "Deploy", (Step("pull", "Get it"),)))
    failed = run_message(after(view, StepFailed("r", 1, "pull", said, 1.0)))
    row = AuditRow("r", "outcome", NOW, ADA, Role.VIEWER, "deploy v1", "refused", said)
    for message in (failed, audit_message(Audit((row,)))):
        assert "deploy needs the role operator." in blocks(message)


def test_an_answer_that_was_not_timed_has_no_time() -> None:
    health = Health(
        Colour.BLUE, {Colour.BLUE: HealthAnswer(200, "", None, "v1", 0.004)}, HealthAnswer(200, "", None), Mode.OPEN
    )
    told = blocks(health_message(health))
    assert "4 ms" in told
    assert "'0 ms'" not in told
