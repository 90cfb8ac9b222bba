"""What stands on the screen at three in the morning: steps as they go, results, errors, and nothing that steers the screen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.terminal import Terminal
from handlers.messages import gallery_backups as samples
from handlers.messages.gallery_content import ORDINARY
from ops.commands import COMMANDS, find
from ops.errors import Evidence, Failed
from ops.events import Event, Note, RunFinished, RunStarted, Step, StepDone, StepFailed, StepProgress, StepStarted
from ops.model import Actor, Colour, ColourState, Door, HealthAnswer, Mode, Release, Role
from ops.results import (
    Audit,
    AuditRow,
    Changed,
    ColourReport,
    DatabaseFigures,
    Freeze,
    Health,
    Help,
    History,
    Holder,
    Logs,
    Outcome,
    Releases,
    Result,
    RunRecord,
    Status,
    Tag,
    Whoami,
)

NOW = datetime(2026, 11, 24, 3, 15, 2, tzinfo=UTC)
OLGA = Actor("U1", "Olga", Door.SLACK)
HOSTILE = "\x1b[2J\x1b]0;owned\x07 \u202e[bold red]:boom:[/] \x9b31m"


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(result: Result) -> str:
    out, err = io.StringIO(), io.StringIO()
    Terminal(out, err).outcome(Outcome("run-1", result=result))
    assert err.getvalue() == ""
    return out.getvalue()


async def told(*events: Event, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    terminal = Terminal(out, io.StringIO())
    for event in events:
        await terminal.sink(event)
    terminal.close()
    return out.getvalue()


def colour(which: Colour, version: str, role: str, **more: Any) -> ColourReport:
    state = ColourState(which, "running", Release(version, "sha256:1"), started_at=NOW)
    return ColourReport(state, **{"healthy": True, "problem": None, "role": role, **more})


def status(**more: Any) -> Status:
    values: dict[str, Any] = {
        "live": Colour.GREEN,
        "mode": Mode.OPEN,
        "problem": None,
        "colours": {
            Colour.BLUE: colour(Colour.BLUE, "v1.1.0", "standby"),
            Colour.GREEN: colour(Colour.GREEN, "v1.2.0", "live"),
        },
        "rollback_to": "v1.1.0",
        "database": DatabaseFigures(
            "/data/myfinance.db", 12_300_000, 4096, "wal", "3.53.0", 4096, ("1_a", "2_b"), None, 5.0
        ),
        "last_backup": None,
        "lock": None,
        "operation": None,
        "url_port": 80,
    }
    return Status(**{**values, **more})


# -- status: the answer is the first line ---------------------------------------------------------------------------


def test_status_begins_with_what_users_get() -> None:
    lines = printed(status()).splitlines()
    assert lines[0] == "✓ v1.2.0 is live on green, and healthy."
    blue = next(line for line in lines if line.startswith("blue"))
    assert blue.split()[:5] == ["blue", "v1.1.0", "standby", "running", "good"]
    text = "\n".join(lines)
    assert "Rollback goes to" in text
    assert "/data/myfinance.db, 12.3 MB + 4.1 kB WAL, journal mode wal, 2 migrations (looked at 5.0 s ago)" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"live": None, "problem": "The proxy does not answer."}, "✗ The proxy does not answer."),
        ({"live": None}, "✗ Nothing is live"),
        ({"mode": Mode.MAINTENANCE}, "! v1.2.0 is live on green, but every user gets the maintenance page."),
        ({"mode": Mode.READ_ONLY}, "but requests that change things get 503"),
        (
            {"problem": "The proxy's configuration was edited by hand."},
            "! The proxy's configuration was edited by hand.",
        ),
    ],
)
def test_status_begins_with_what_is_wrong(change: dict[str, Any], sentence: str) -> None:
    assert sentence in printed(status(**change)).splitlines()[0]


def test_status_of_a_sick_live_colour_is_no_good_news() -> None:
    sick = colour(Colour.GREEN, "v1.2.0", "live", healthy=False, problem="HTTP 500")
    lines = printed(status(colours={Colour.BLUE: colour(Colour.BLUE, "v1.1.0", "standby"), Colour.GREEN: sick}))
    assert lines.startswith("! v1.2.0 is live on green, but HTTP 500.")
    assert "bad: HTTP 500" in lines


def test_status_tells_what_runs_and_who_froze_releases() -> None:
    text = printed(
        status(
            operation=Holder("run-1", "deploy v1.3.0", OLGA, NOW, step="soak"),
            lock=Freeze(OLGA, "end of month", NOW),
            rollback_to=None,
        )
    )
    assert "deploy v1.3.0 by Olga since 24 Nov 03:15:02 UTC, at “soak”" in text
    assert "by Olga since 24 Nov 03:15:02 UTC: end of month" in text
    assert "nothing: no release was live before" in text


# -- every other result ---------------------------------------------------------------------------------------------

RUN = RunRecord("run-1", "deploy v1.2.0", OLGA, "failed", NOW, NOW, "It never became healthy.")
RESULTS: list[tuple[Result, list[str]]] = [
    (
        Changed("v1.2.0 (green) is live.", "Users are on v1.2.0.", "Watch it."),
        ["✓", "v1.2.0 (green) is live.", "Users are on v1.2.0.", "Watch it."],
    ),
    (
        Health(Colour.BLUE, {Colour.BLUE: HealthAnswer(200, "ok", None)}, HealthAnswer(200, "", None), Mode.OPEN),
        ["✓ Users get good answers.", "blue (live)", "HTTP 200: ok", "does not run"],
    ),
    (
        Health(None, {Colour.BLUE: HealthAnswer(500, "no", "HTTP 500")}, HealthAnswer(None, "", "no answer"), None),
        ["✗ Users do not get good answers.", "HTTP 500", "no answer"],
    ),
    (Logs("green", ("first", "second")), ["first\nsecond\n"]),
    (Logs("green", ()), ["green has written nothing"]),
    (
        Releases(
            (Tag("v1.2.0", NOW, 2_000_000, True, live=True), Tag("v2", None, None, False)), "The registry is down."
        ),
        ["v1.2.0", "live", "2.0 MB", "this machine", "registry", "The registry is down."],
    ),
    (Releases(()), ["There is no version to deploy."]),
    (History((RUN,)), ["run-1", "deploy v1.2.0", "Olga", "failed", "It never became healthy."]),
    (History(()), ["Nothing has been run yet."]),
    (
        Audit((AuditRow("run-1", "outcome", NOW, OLGA, Role.OPERATOR, "rollback", "refused", "a reason"),)),
        ["run-1", "Olga", "operator", "rollback", "refused", "a reason"],
    ),
    (Whoami(OLGA, Role.VIEWER, ("status", "help")), ["Olga", "viewer", "status, help"]),
    (Help(COMMANDS, Role.ADMIN, detail=False), ["myfinance deploy v1.2.0", "admin"]),
    (
        Help((find("deploy"),), Role.ADMIN, detail=True),
        ["myfinance deploy VERSION [--hold]", "the image tag to release"],
    ),
]


BACKUPS = samples.results(ORDINARY)
RESULTS += [
    (
        BACKUPS["backups"],
        ["myfinance-20261124-020002", "1 h 15 min ago", "daily", "pinned", "not yet", "sftp://far.example"],
    ),
    (BACKUPS["backups-none"], ["There is no backup yet."]),
    (BACKUPS["backup"], ["✓", "verified in 0.9 s", "+1.2 MB", "10, 1 removed", "copied and verified there"]),
    (BACKUPS["verify"], ["myfinance-20261124-020002", "good (1.2 s)"]),
    (BACKUPS["restore"], ["myfinance-20261124-020002", "changes were held for", "2.4 s"]),
    (BACKUPS["drill"], ["restored", "9 tables, 412,345 rows", "3 smoke requests"]),
    (BACKUPS["vacuum"], ["104.9 MB", "71.3 MB"]),
    (BACKUPS["preview-restore"], ["12,402 → 12,345 (−57)", "the table is gone", "1. A private copy", "Needs 209.8 MB"]),
    (BACKUPS["disk"], ["104.9 MB + 4.2 MB WAL", "12.3 GB", "6 of 1.8 GB"]),
    (BACKUPS["disk-full"], ["Users are on v1.1.0 (blue).", "2.0 TB"]),
    (BACKUPS["growth"], ["24 Nov", "106.9 MB", "████", "+801.1 kB a day"]),
    (BACKUPS["growth-none"], ["There are no figures yet"]),
    (BACKUPS["care"], ["106.9 MB", "12.3 GB"]),
    (
        BACKUPS["schedule"],
        ["backup", "0 2 * * *", "25 Nov 01:15:02 UTC", "❌", "⏳ began", "has not run yet", "never"],
    ),
]


@pytest.mark.parametrize(("result", "expected"), RESULTS, ids=lambda value: type(value).__name__)
def test_every_result_says_what_it_holds(result: Result, expected: list[str]) -> None:
    text = printed(result)
    for part in expected:
        assert part in text


def test_no_kind_of_result_is_without_a_test_here() -> None:
    assert {type(result) for result, _ in RESULTS} | {Status} == set(all_kinds_of(Result))


def all_kinds_of(kind: type[Result]) -> Iterator[type[Result]]:
    for below in kind.__subclasses__():
        yield below
        yield from all_kinds_of(below)


# -- errors ---------------------------------------------------------------------------------------------------------


def test_an_error_is_three_lines_and_then_the_evidence() -> None:
    out, err = io.StringIO(), io.StringIO()
    error = Failed("It broke.", "Look.", evidence=Evidence(("line one", "line two"), "HTTP 500: no", ("002_Add",)))
    error.live = "Users are on v1.1.0 (blue)."
    Terminal(out, err).outcome(Outcome("run-1", error=error))
    assert out.getvalue() == ""
    lines = [line.rstrip() for line in err.getvalue().splitlines()]
    assert [line.split(maxsplit=1)[1] for line in lines[:3]] == ["It broke.", "Users are on v1.1.0 (blue).", "Look."]
    text = "\n".join(lines[3:])
    for part in ("HTTP 500: no", "002_Add", "  line one\n  line two"):
        assert part in text


# -- what others wrote cannot steer the terminal --------------------------------------------------------------------


@pytest.mark.parametrize(
    "result",
    [
        Logs("green", (HOSTILE,)),
        Changed(HOSTILE, HOSTILE, HOSTILE),
        status(lock=Freeze(OLGA, HOSTILE, NOW), problem=HOSTILE),
        History((RunRecord("run-1", HOSTILE, Actor("U1", HOSTILE, Door.SLACK), "done", NOW, NOW, HOSTILE),)),
        Audit((AuditRow("r", "intent", NOW, OLGA, Role.ADMIN, HOSTILE, None, HOSTILE),)),
        Health(None, {Colour.BLUE: HealthAnswer(500, HOSTILE, HOSTILE)}, HealthAnswer(None, "", HOSTILE), None),
    ],
    ids=lambda result: type(result).__name__,
)
def test_what_others_wrote_is_shown_as_text(result: Result) -> None:
    text = printed(result)
    assert "[bold red]:boom:[/]" in " ".join(text.split())
    assert not set(text) & set("\x1b\x07\x9b\u202e")


async def test_what_a_step_tells_is_shown_as_text_also_on_a_screen() -> None:
    events = (
        RunStarted("run-1", 0, HOSTILE, HOSTILE, HOSTILE, (Step("pull", "Get the image"),)),
        Note("run-1", 0, HOSTILE),
        StepStarted("run-1", 0, "pull"),
        StepFailed("run-1", 0, "pull", HOSTILE, 1.0),
    )
    for out in (io.StringIO(), Screen()):
        text = await told(*events, out=out)
        assert "[bold red]:boom:[/]" in text
        assert "owned\x07" not in text
        assert "\x1b]0;" not in text
        assert "\u202e" not in text


# -- a run as it goes -----------------------------------------------------------------------------------------------

EVENTS: tuple[Event, ...] = (
    RunStarted(
        "run-1", 0, "deploy v1.2.0", "Olga", "Deploy v1.2.0", (Step("pull", "Get the image"), Step("go", "Switch"))
    ),
    StepStarted("run-1", 0, "pull"),
    StepProgress("run-1", 0, "pull", "half of it is here", 50.0),
    StepDone("run-1", 0, "pull", "it is here", 2.0),
    Note("run-1", 0, "A rollback would go to v1.1.0.", "warning"),
    StepStarted("run-1", 0, "go"),
    StepFailed("run-1", 0, "go", "nginx did not answer", 1.0),
    RunFinished("run-1", 0, "failed", "It broke.", "Users are on v1.1.0.", "Look.", 3.0, False),
)


async def test_in_a_log_file_a_run_is_plain_lines() -> None:
    assert (await told(*EVENTS)).splitlines() == [
        "Deploy v1.2.0 (run run-1)",
        "  Get the image …",
        "    done in 2.0 s: it is here",
        "  ! A rollback would go to v1.1.0.",
        "  Switch …",
        "    failed after 1.0 s: nginx did not answer",
    ]


async def test_on_a_screen_a_run_ends_as_its_list_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NO_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    text = await told(*EVENTS, out=Screen())
    last = text.rsplit("Deploy v1.2.0", 1)[1]
    for part in ("✓", "Get the image", "it is here", "✗", "Switch", "nginx did not answer"):
        assert part in last
    assert "A rollback would go to v1.1.0." in text
    assert text.endswith("\x1b[?25h")  # the cursor is back


async def test_on_a_screen_the_step_that_goes_on_tells_how_far_it_is() -> None:
    text = await told(*EVENTS[:3], out=Screen())
    assert "half of it is here" in text
    assert "50" in text


# -- what an engineer reads at 80 columns -----------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 100])
def test_the_record_fits_the_screen_and_never_breaks_a_time_or_an_id(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    started = Actor("recovery", "recovery at the bot's start", Door.RECOVERY)
    why = "v1.3.0 (green) did not become healthy within 60 s: HTTP 503."
    run = RunRecord("20261124-031502-k3f9", "deploy v1.3.0", started, "interrupted", NOW, NOW, why)
    row = AuditRow(run.id, "outcome", NOW, started, Role.OPERATOR, "deploy v1.3.0", "interrupted", why)
    for record in (History((run,)), Audit((row,))):
        screen = Screen()
        Terminal(screen, Screen()).outcome(Outcome("run-1", result=record))
        lines = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
        assert max(len(line.rstrip()) for line in lines) <= columns
        for whole in ("24 Nov 03:15:02 UTC", run.id, "interrupted", "deploy v1.3.0"):
            assert any(whole in line for line in lines), whole


def test_a_colour_that_was_never_started_is_absent_once() -> None:
    never = ColourReport(ColourState(Colour.BLUE, "absent"), None, None, "absent")
    text = printed(status(colours={Colour.BLUE: never, Colour.GREEN: colour(Colour.GREEN, "v1.2.0", "live")}))
    blue = next(line for line in text.splitlines() if line.startswith("blue"))
    assert blue.split() == ["blue", "–", "–", "absent", "–", "–"]


def test_what_is_one_is_not_told_as_many() -> None:
    database = DatabaseFigures("/data/a.db", 1, None, "wal", "3", 4096, ("1_a",), None, 5.0)
    assert ", 1 migration (looked at 5.0 s ago)" in printed(status(database=database))
