"""`myfinance …` as a program: what it understands, prints and returns. The door behind it is a fake; the rest is real."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import ops.build
from bot.cli import main
from bot.person import at_the_terminal
from handlers.messages.gallery_backups import preview
from handlers.messages.gallery_content import ORDINARY
from ops.commands import COMMANDS
from ops.config import Config
from ops.errors import Evidence, Failed, OpsError, Refused
from ops.events import EventSink, Note
from ops.model import Actor, Door
from ops.parser import Invocation
from ops.results import Changed, Outcome, Result

WENT_WELL = Changed("v1.2.0 (green) is live.", "Users are on v1.2.0 (green).")
Work = Callable[[], Coroutine[Any, Any, Result]]


class FakeDoor:
    """Remembers what it was asked, tells one note, and does what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Actor]] = []
        self.config: Config | None = None
        self.work: Work = self._well

    async def _well(self) -> Result:
        return WENT_WELL

    @asynccontextmanager
    async def open(self, config: Config) -> AsyncIterator[FakeDoor]:
        self.config = config
        yield self

    async def run(self, invocation: Invocation, actor: Actor, sink: EventSink, *, confirmed: bool = False) -> Outcome:
        self.asked.append((invocation.text, actor))
        if invocation.command.must_be_confirmed(invocation.arguments) and not confirmed:
            return Outcome("run-1", result=preview(ORDINARY))
        await sink(Note("run-1", 0.0, "nearly there"))
        try:
            return Outcome("run-1", result=await self.work())
        except OpsError as error:
            error.live = "Users are on v1.1.0 (blue)."
            return Outcome("run-1", error=error)

    def fails(self, error: OpsError) -> None:
        async def work() -> Result:
            raise error

        self.work = work


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeDoor:
    """The program in an empty folder of its own, with a fake behind it and no variables of ours."""
    for variable in os.environ:
        if variable.startswith(("MYFINANCE_", "SLACK_")):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)  # the log's own test holds it; here it would outlive us
    made = FakeDoor()
    monkeypatch.setattr(ops.build, "operations", made.open)
    return made


Printed = pytest.CaptureFixture[str]


def test_a_command_goes_through_the_door_as_the_operating_systems_user(door: FakeDoor, capsys: Printed) -> None:
    assert main(["deploy", "v1.2.0", "--hold"]) == 0
    [(typed, actor)] = door.asked
    assert typed == "deploy v1.2.0 --hold"
    assert actor == at_the_terminal()
    assert actor.door is Door.TERMINAL
    assert "v1.2.0 (green) is live." in capsys.readouterr().out


def test_the_environment_does_not_change_who_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = at_the_terminal()
    for variable in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody-else")
    assert at_the_terminal() == before


@pytest.mark.parametrize("typed", [["--json", "status"], ["status", "--json"]])
def test_json_lines_are_the_events_and_then_the_result(door: FakeDoor, capsys: Printed, typed: list[str]) -> None:
    assert main(typed) == 0
    event, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert event == {"event": "Note", "run_id": "run-1", "at": 0.0, "text": "nearly there", "level": "info"}
    assert result["result"]["live"] == "Users are on v1.2.0 (green)."


class Keyboard(io.StringIO):
    """A person at the terminal, who types this."""

    def isatty(self) -> bool:
        return True


def test_a_restore_is_shown_first_and_runs_when_the_databases_name_is_typed(
    door: FakeDoor, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("myfinance.db\n"))
    assert main(["restore", "latest"]) == 0
    printed = capsys.readouterr()
    assert "12,402 → 12,345" in printed.out
    assert "Type myfinance.db to go on" in printed.err
    # What runs is the backup that was shown, also when a newer one has come since.
    assert [typed for typed, _ in door.asked] == ["restore latest", "restore myfinance-20261124-020002"]


def test_another_name_leaves_everything_as_it_is(
    door: FakeDoor, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("yes\n"))
    assert main(["restore", "latest"]) == 3
    assert "Nothing was done." in capsys.readouterr().err
    assert len(door.asked) == 1


def test_where_nobody_can_be_asked_it_is_refused_and_yes_answers_the_question(door: FakeDoor, capsys: Printed) -> None:
    assert main(["--json", "vacuum"]) == 3
    *_, shown, refused = map(json.loads, capsys.readouterr().out.splitlines())
    assert shown["result"]["phrase"] == "myfinance.db"
    assert "--yes" in refused["error"]["next_step"]
    assert main(["vacuum", "--yes"]) == 0
    assert [typed for typed, _ in door.asked] == ["vacuum", "vacuum"]


@pytest.mark.parametrize(("error", "code"), [(Failed("It broke.", "Look."), 1), (Refused("Not you.", "Ask."), 3)])
def test_what_did_not_work_is_told_on_standard_error_and_by_the_exit_code(
    door: FakeDoor, capsys: Printed, error: OpsError, code: int
) -> None:
    door.fails(error)
    assert main(["rollback"]) == code
    printed = capsys.readouterr()
    assert "nearly there" in printed.out
    first, second, third = printed.err.splitlines()
    assert error.what in first
    assert "Users are on v1.1.0 (blue)." in second
    assert error.next_step in third


def test_json_of_a_failure_has_the_sentences_and_the_evidence(door: FakeDoor, capsys: Printed) -> None:
    door.fails(Failed("It broke.", "Look.", evidence=Evidence(("last line",), "HTTP 500", ("002_Add",))))
    assert main(["--json", "rollback"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "result": None,
        "error": {
            "kind": "Failed",
            "what": "It broke.",
            "live": "Users are on v1.1.0 (blue).",
            "next_step": "Look.",
            "health_answer": "HTTP 500",
            "migrations": ["002_Add"],
            "log_lines": ["last line"],
        },
    }


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["deplyo", "v1.2.0"], "Did you mean `deploy`?"),
        (["deploy"], "`deploy` needs VERSION"),
        (["deploy", "--version"], "`deploy` has no option “--version”"),
        (["deploy", "v1.2.0; rm -rf /"], "is not a valid version"),
        (["deploy", "v1", "--config"], "--config"),
        (["serve", "now"], "`serve` does not take “now”"),
        (["--config", "missing.toml", "status"], "no configuration file missing.toml"),
    ],
)
def test_a_mistake_ends_with_2_and_reaches_nothing(
    door: FakeDoor, capsys: Printed, typed: list[str], sentence: str
) -> None:
    assert main(typed) == 2
    assert sentence in capsys.readouterr().err
    assert main(["--json", *typed]) == 2
    assert sentence in json.loads(capsys.readouterr().out)["error"]["what"]
    assert door.asked == []


def test_behind_two_dashes_all_words_belong_to_the_text(door: FakeDoor) -> None:
    assert main(["lock", "--", "--json", "is", "broken"]) == 0
    assert door.asked[0][0] == "lock -- --json is broken"


def test_the_configuration_that_is_named_is_the_one_in_effect(door: FakeDoor, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[project]\nname = "other"\n')
    assert main(["status", "--config", "other.toml"]) == 0
    assert door.config is not None
    assert door.config.project.name == "other"


def test_help_asks_nobody(door: FakeDoor, capsys: Printed) -> None:
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    for command in COMMANDS:
        assert f"  {command.example}  " in overview
    assert main(["deploy", "--help"]) == 0
    assert "Usage: myfinance deploy VERSION [--hold]" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("myfinance ")
    assert door.asked == []


def test_config_shows_where_everything_came_from_and_no_secret(
    door: FakeDoor, capsys: Printed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "myfinance.toml").write_text('[registry]\npassword = "hunter2"\nurl = "https://ada:hunter2@host"\n')
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hunter2")
    monkeypatch.setenv("MYFINANCE_APP__ENVIRONMENT", '{"Jwt__Key": "hunter2", "Db": "Host=h;Password=hunter2;User=u"}')
    assert main(["config"]) == 0
    table = capsys.readouterr().out
    assert main(["config", "--json"]) == 0
    lines = capsys.readouterr().out
    assert "hunter2" not in table + lines
    settings = json.loads(lines)["result"]["settings"]
    assert settings["slack.bot_token"] == {"value": "***", "source": "variable SLACK_BOT_TOKEN"}
    assert settings["slack.app_token"] == {"value": "", "source": "default"}
    assert settings["app.environment"]["value"] == {"Jwt__Key": "***", "Db": "Host=h;Password=***;User=u"}
    assert settings["registry.url"] == {
        "value": "https://ada:***@host",
        "source": f"file {tmp_path / 'myfinance.toml'}",
    }
    assert "variable SLACK_BOT_TOKEN" in table
    assert '{"Jwt__Key": "***"' in " ".join(table.split())  # as it is written in the file or the variable


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_the_run_to_stop_and_waits_for_it(door: FakeDoor, capsys: Printed, number: int) -> None:
    async def work() -> Result:
        os.kill(os.getpid(), number)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return Changed("Stopped safely.", "Users are on v1.1.0 (blue).")
        raise AssertionError

    door.work = work
    assert main(["rollback"]) == 0
    printed = capsys.readouterr()
    assert "Stopped safely." in printed.out
    assert "Asked to stop" in printed.err


def test_a_command_that_is_stopped_before_it_began_fails(door: FakeDoor, capsys: Printed) -> None:
    async def work() -> Result:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        raise AssertionError

    door.work = work
    assert main(["rollback"]) == 1
    assert "was stopped before it began" in capsys.readouterr().err


def test_a_command_starts_without_what_only_the_bot_needs() -> None:
    """Imports decide how fast `status` is at three in the morning."""
    heavy = ("slack_bolt", "slack_sdk", "apscheduler", "aiohttp", "bot.serve")
    code = f"import sys, bot.cli, bot.person, bot.logs, ops.build; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
