"""The table of commands: each is declared once, here.

From it come the Slack parser, the terminal's commands, `help`, "did you mean", the usage hint of manifest.yml, the page of
commands in docs/, who may run what, and what may run while what runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from ops.model import Door, Role


class Kind(StrEnum):
    """What an argument holds; the parser checks it (ops/parser.py)."""

    VERSION = "VERSION"
    COLOUR = "COLOUR"
    NUMBER = "NUMBER"
    WORD = "WORD"
    TEXT = "TEXT"  # the rest of the line
    CHOICE = "CHOICE"
    FLAG = "FLAG"


@dataclass(frozen=True)
class Argument:
    """One argument of a command. A FLAG is spelled `--name`; an option with a value `--name VALUE`; the others stand in order."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    option: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    minimum: int = 1
    maximum: int = 1000

    @property
    def flag(self) -> str:
        """How a FLAG or an option is typed: `--with-data` for `with_data`."""
        return f"--{self.name.replace('_', '-')}"


class Lane(IntEnum):
    """What a command needs of the operation lock, and whom it may make give way: a higher lane pre-empts a lower one.

    READ needs no lock. A rollback comes before everything: it cancels a deploy before the switch and takes over after it.
    Maintenance comes before the rest.
    """

    READ = 0
    CHANGE = 1
    MAINTENANCE = 2
    ROLLBACK = 3


@dataclass(frozen=True)
class Command:
    """One row: the words that call it, its arguments, who may run it, and what it may run beside."""

    words: tuple[str, ...]
    role: Role
    summary: str
    example: str
    arguments: tuple[Argument, ...] = ()
    lane: Lane = Lane.READ
    while_frozen: bool = True  # a freeze stops the commands that have False here
    doors: frozenset[Door] = frozenset(Door)
    record: bool = False  # leaves a run and two audit rows; reads leave none

    @property
    def name(self) -> str:
        """The words as typed: `deploy`, `backup verify`."""
        return " ".join(self.words)


_TERMINAL = frozenset({Door.TERMINAL, Door.RECOVERY})
_REASON = Argument("reason", Kind.TEXT, "why, for the record")

COMMANDS: tuple[Command, ...] = (
    Command(
        ("deploy",),
        Role.OPERATOR,
        "Release a version: start it beside the live one, prove it healthy, switch users to it, watch it.",
        "deploy v1.2.0",
        (
            Argument("version", Kind.VERSION, "the image tag to release", required=True),
            Argument("hold", Kind.FLAG, "stop before the switch: the idle colour waits, verified, for `switch`"),
        ),
        lane=Lane.CHANGE,
        while_frozen=False,
        record=True,
    ),
    Command(
        ("rollback",),
        Role.OPERATOR,
        "Go back to the release that was live before. Works at any time, also while a deploy runs or a freeze holds.",
        "rollback",
        (_REASON,),
        lane=Lane.ROLLBACK,
        record=True,
    ),
    Command(
        ("switch",),
        Role.OPERATOR,
        "Send users to the other colour, after proving it healthy.",
        "switch green",
        (Argument("colour", Kind.COLOUR, "the colour to make live; the idle one when left out"),),
        lane=Lane.CHANGE,
        while_frozen=False,
        record=True,
    ),
    Command(
        ("cancel",),
        Role.OPERATOR,
        "Stop the deploy that is running, as long as its switch has not begun.",
        "cancel",
        (Argument("run", Kind.WORD, "the run to cancel; the running one when left out"),),
        record=True,
    ),
    Command(("status",), Role.VIEWER, "What is live, what stands by, and what is going on.", "status"),
    Command(("health",), Role.VIEWER, "Ask both colours and the proxy how they are, now.", "health"),
    Command(
        ("logs",),
        Role.VIEWER,
        "The last log lines of a colour or of the proxy.",
        "logs green --lines 50",
        (
            Argument(
                "source",
                Kind.CHOICE,
                "blue, green or proxy; the live colour when left out",
                choices=("blue", "green", "proxy"),
            ),
            Argument("lines", Kind.NUMBER, "how many lines", option=True, default=30, maximum=500),
        ),
    ),
    Command(("releases",), Role.VIEWER, "The versions that can be deployed, newest first.", "releases"),
    Command(
        ("history",),
        Role.VIEWER,
        "The last runs: what, who, when, how it ended.",
        "history",
        (Argument("count", Kind.NUMBER, "how many", default=10, maximum=50),),
    ),
    Command(
        ("audit",),
        Role.OPERATOR,
        "The record: every intent and every outcome, refusals included.",
        "audit 20",
        (Argument("count", Kind.NUMBER, "how many", default=20, maximum=100),),
    ),
    Command(
        ("lock",),
        Role.OPERATOR,
        "Freeze releases, with a reason. A rollback still works.",
        "lock end-of-month closing",
        (Argument("reason", Kind.TEXT, "why; everybody who is refused reads it", required=True),),
        record=True,
    ),
    Command(("unlock",), Role.OPERATOR, "End the freeze.", "unlock", record=True),
    Command(
        ("maintenance",),
        Role.OPERATOR,
        "Show every user the maintenance page (503 with Retry-After), or open again.",
        "maintenance on moving the database",
        (
            Argument("state", Kind.CHOICE, "on or off", required=True, choices=("on", "off")),
            Argument("reason", Kind.TEXT, "why, for the record"),
        ),
        lane=Lane.MAINTENANCE,
        record=True,
    ),
    Command(
        ("prune",),
        Role.OPERATOR,
        "Remove old images and left-over containers; never the live release's or the standby's.",
        "prune",
        lane=Lane.CHANGE,
        record=True,
    ),
    Command(
        ("up",),
        Role.OPERATOR,
        "Create the network, the volume and the proxy where they are missing; safe to repeat.",
        "up",
        (Argument("recreate", Kind.FLAG, "replace a proxy that was made with another image or other ports"),),
        lane=Lane.CHANGE,
        doors=_TERMINAL,
        record=True,
    ),
    Command(
        ("recover",),
        Role.OPERATOR,
        "Finish or undo what was interrupted. The bot does the same when it starts.",
        "recover",
        lane=Lane.CHANGE,
        doors=_TERMINAL,
        record=True,
    ),
    Command(("whoami",), Role.NOBODY, "Who you are here, and what you may do.", "whoami"),
    Command(
        ("help",),
        Role.NOBODY,
        "What you may run, with an example each.",
        "help deploy",
        (Argument("command", Kind.TEXT, "one command, in detail"),),
    ),
)


def find(name: str) -> Command:
    """The row of a command by its words (`deploy`, `backup verify`).

    Raises:
        KeyError: there is no such row (a programmer's mistake: people's words go through ops/parser.py).
    """
    for command in COMMANDS:
        if command.name == name:
            return command
    raise KeyError(name)


def usage_hint() -> str:
    """What Slack shows behind `/myfinance` while a person types (manifest.yml holds the same; a test compares them)."""
    shown = ("deploy VERSION", "rollback", "switch", "status", "health", "logs", "history", "help")
    return " · ".join(shown)
