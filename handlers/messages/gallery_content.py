"""What the gallery's messages are about: an ordinary evening, and the worst one imaginable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.commands import COMMANDS
from ops.errors import Evidence
from ops.events import Note, RunFinished, RunStarted, Step, StepDone, StepFailed, StepProgress, StepStarted, SwitchBegun
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
    LastBackup,
    Logs,
    Releases,
    Result,
    RunRecord,
    Status,
    Tag,
    Whoami,
)

NOW = datetime(2026, 11, 24, 3, 15, 2, tzinfo=UTC)
RUN_ID = "20261124-031502-k3f9"


@dataclass(frozen=True)
class Content:
    """The strings and counts that differ between the two evenings."""

    name: str
    person: str
    version: str
    sentence: str
    log_lines: tuple[str, ...]
    many: int

    @property
    def actor(self) -> Actor:
        """Who asked."""
        return Actor("U0OLGA", self.person, Door.SLACK)

    @property
    def evidence(self) -> Evidence:
        """What a failed run leaves behind."""
        health = f'HTTP 503: {{"status": "starting", "why": "{self.sentence}"}}'
        return Evidence(self.log_lines, health, tuple(f"2026112{n}_Add{self.version}" for n in range(self.many)))


_NASTY = '<!channel> <@U0ADA> & <https://evil.example|click> `code` ```fence``` *bold* \u202etxt\x00\x1b[31m"\\ 🦄 '

ORDINARY = Content(
    "ordinary",
    person="olga",
    version="v1.2.0",
    sentence="Users are on v1.1.0 (blue).",
    log_lines=("info: Now listening on http://[::]:8080", "fail: SQLite Error 1: 'no such table: Budgets'."),
    many=1,
)
EXTREME = Content(
    "extreme",
    person=(_NASTY * 5)[:200],
    version="v" + "9" * 127,
    sentence=(_NASTY * 40)[:2_000],
    log_lines=(*(f"{n:04} {_NASTY * 2}" for n in range(200)), "x" * 10_000),
    many=100,
)


def results(content: Content) -> dict[str, Result]:
    """One of each result, by the command that answers it."""
    return {
        "changed": Changed(content.sentence, f"Still: {content.sentence}", content.sentence, can_roll_back=True),
        "status": status(content),
        "status-nothing-live": nothing_live(content),
        "health": health(content),
        "health-bad": health(content, problem=content.sentence),
        "logs": Logs("green", content.log_lines),
        "logs-empty": Logs("green", ()),
        "releases": releases(content),
        "releases-none": Releases((), content.sentence),
        "history": history(content),
        "history-empty": History(()),
        "audit": audit(content),
        "audit-empty": Audit(()),
        "whoami": whoami(content),
        "whoami-nobody": Whoami(content.actor, Role.NOBODY, ("whoami", "help")),
        "help": Help(COMMANDS, Role.ADMIN, detail=False),
        "help-one": Help((COMMANDS[0],), Role.OPERATOR, detail=True),
    }


def status(content: Content) -> Status:
    """Two colours, a freeze, a run, a database."""
    return Status(
        live=Colour.BLUE,
        mode=Mode.READ_ONLY,
        problem=content.sentence,
        colours={
            Colour.BLUE: ColourReport(_state(content, Colour.BLUE), True, None, "live"),
            Colour.GREEN: ColourReport(_state(content, Colour.GREEN), False, content.sentence, "standby"),
        },
        rollback_to=content.version,
        database=DatabaseFigures(
            "/data/myfinance.db", 104_857_600, 4_194_304, "wal", "3.51.0", 4096, ("1", "2"), None, 75.0
        ),
        last_backup=LastBackup(
            "myfinance-20261124-020000", NOW, 4500.0, NOW, content.sentence if content.many > 1 else None
        ),
        lock=Freeze(content.actor, content.sentence, NOW),
        operation=Holder(RUN_ID, f"deploy {content.version}", content.actor, NOW, "health"),
        url_port=80,
    )


def nothing_live(content: Content) -> Status:
    """A fresh machine, or a broken one."""
    absent = {c: ColourReport(ColourState(c, "absent"), None, None, "absent") for c in Colour}
    broken = DatabaseFigures("/data/myfinance.db", None, None, None, None, None, (), content.sentence, 0.0)
    return Status(None, None, content.sentence, absent, None, broken, None, None, None, 80)


def health(content: Content, problem: str | None = None) -> Health:
    """Blue is live; with a `problem`, users get bad answers from it."""
    users = HealthAnswer(500 if problem else 200, content.sentence, problem, content.version, 0.012)
    return Health(Colour.BLUE, {Colour.BLUE: users, Colour.GREEN: None}, users, Mode.OPEN)


def releases(content: Content) -> Releases:
    """As many versions as the content has."""
    tags = [Tag(f"{content.version[:120]}-{n}", NOW, 123_456_789, local=n % 2 == 0) for n in range(content.many)]
    first = Tag("v1.1.0", NOW, 120_000_000, local=True, live=True)
    return Releases((first, Tag("v1.0.0", None, None, local=True, standby=True), *tags), content.sentence)


def history(content: Content) -> History:
    """Runs in every state."""
    states = ("running", "done", "failed", "stopped", "refused", "interrupted")
    return History(
        tuple(
            RunRecord(
                f"{RUN_ID}{n}",
                f"deploy {content.version}",
                content.actor,
                states[n % len(states)],
                NOW,
                None if n % len(states) == 0 else NOW + timedelta(seconds=42),
                content.sentence,
            )
            for n in range(max(content.many, len(states)))
        )
    )


def audit(content: Content) -> Audit:
    """Intents and outcomes."""
    return Audit(
        tuple(
            AuditRow(
                f"{RUN_ID}{n}",
                "outcome" if n % 2 else "intent",
                NOW,
                content.actor,
                Role.OPERATOR,
                f"deploy {content.version}",
                "done" if n % 2 else None,
                content.sentence,
            )
            for n in range(max(content.many, 4))
        )
    )


def whoami(content: Content) -> Whoami:
    """Somebody who may do everything."""
    return Whoami(content.actor, Role.ADMIN, tuple(command.name for command in COMMANDS))


def run_events(content: Content) -> list[RunStarted | StepStarted | StepProgress | StepDone | SwitchBegun | Note]:
    """A deploy up to its soak, event by event."""
    at = NOW.timestamp()
    names = ("preflight", "pull", "start", "health", "smoke", "switch", "soak", "drain")
    plan = tuple(Step(name, f"{name.capitalize()} {content.sentence}"[:300]) for name in names)
    told: list[RunStarted | StepStarted | StepProgress | StepDone | SwitchBegun | Note] = [
        RunStarted(RUN_ID, at, f"deploy {content.version}", content.person, f"Deploy {content.version}", plan)
    ]
    for name in names[:-2]:
        told.append(StepStarted(RUN_ID, at, name))
        if name == "switch":
            told.append(SwitchBegun(RUN_ID, at))
        told.append(StepProgress(RUN_ID, at, name, content.sentence, 40.0))
        told.append(StepDone(RUN_ID, at, name, content.sentence, 1.5))
    told.append(Note(RUN_ID, at, content.sentence, "warning"))
    told.append(StepStarted(RUN_ID, at, "soak"))
    return told


def run_ends(content: Content) -> dict[str, list[StepFailed | StepDone | RunFinished]]:
    """How that deploy may end."""
    at, said = NOW.timestamp(), content.sentence
    failed = StepFailed(RUN_ID, at, "soak", said, 3.0)
    return {
        "done": [StepDone(RUN_ID, at, "soak", said, 60.0), _finished("done", content, can_roll_back=True)],
        "failed": [failed, _finished("failed", content, evidence=content.evidence)],
        "stopped": [failed, _finished("stopped", content)],
        "interrupted": [_finished("interrupted", content)],
    }


def _finished(
    outcome: str, content: Content, *, can_roll_back: bool = False, evidence: Evidence | None = None
) -> RunFinished:
    said, at = content.sentence, NOW.timestamp()
    return RunFinished(RUN_ID, at, outcome, said, f"Still: {said}", said, 75.0, can_roll_back, evidence or Evidence())


def _state(content: Content, colour: Colour) -> ColourState:
    release = Release(content.version, "sha256:" + "a" * 64)
    return ColourState(colour, "running", release, RUN_ID, release, "172.20.0.2:8080", NOW)
