"""The table of commands: each is declared once, here.

From it come the Slack parser, the terminal's commands, `help`, "did you mean", the usage hint of manifest.yml, the page of
commands in docs/, who may run what, and what may run while what runs.
"""

from __future__ import annotations

from collections.abc import Mapping
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
class Confirm:
    """The command shows first what it would do (`Preview`, ops/results/backups.py), and runs when a person has typed what that asks for:
    the database's file name. With a `flag` only when that flag is given; `role` is then the least that may give it."""

    flag: str | None = None
    role: Role = Role.ADMIN


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
    confirm: Confirm | None = None

    @property
    def name(self) -> str:
        """The words as typed: `deploy`, `backup verify`."""
        return " ".join(self.words)

    def must_be_confirmed(self, arguments: Mapping[str, Any]) -> bool:
        """True when, with these arguments, a person must confirm it."""
        return self.confirm is not None and (self.confirm.flag is None or bool(arguments.get(self.confirm.flag)))

    def role_for(self, arguments: Mapping[str, Any]) -> Role:
        """The least role that may run it with these arguments."""
        asked = self.confirm.role if self.confirm and self.must_be_confirmed(arguments) else self.role
        return asked if asked.covers(self.role) else self.role


_TERMINAL = frozenset({Door.TERMINAL, Door.RECOVERY})
_REASON = Argument("reason", Kind.TEXT, "why, for the record")
_BACKUP = "a backup's name as `backups` shows it, or `latest`"
JOBS = ("backup", "verify", "drill", "care")  # what the bot does by the clock, by the keys of [jobs]

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
        (
            Argument(
                "with_data",
                Kind.FLAG,
                "also put the database back to the backup that the live release's deploy took: what was written since is lost; "
                "for admins",
            ),
            Argument(
                "backup",
                Kind.WORD,
                "with --with-data: only if that is the backup it goes to",
                option=True,
            ),
            _REASON,
        ),
        lane=Lane.ROLLBACK,
        record=True,
        confirm=Confirm(flag="with_data"),
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
        ("backup",),
        Role.OPERATOR,
        "Take a backup of the database while users work, verify it, and remove what retention no longer keeps.",
        "backup before the import",
        (Argument("note", Kind.TEXT, "why, for the list of backups"),),
        record=True,
    ),
    Command(
        ("backups",), Role.VIEWER, "The backups: when, how large, of which release, why, verified when.", "backups"
    ),
    Command(
        ("backup", "verify"),
        Role.OPERATOR,
        "Read backups whole and check them: every byte by its hash, tables, rows and schema by the manifest.",
        "backup verify all",
        (Argument("name", Kind.WORD, f"{_BACKUP}, or `all`; the newest when left out", default="latest"),),
        record=True,
    ),
    Command(
        ("backup", "pin"),
        Role.OPERATOR,
        "Keep a backup whatever retention says.",
        "backup pin latest before the audit",
        (Argument("name", Kind.WORD, _BACKUP, required=True), _REASON),
        record=True,
    ),
    Command(
        ("backup", "unpin"),
        Role.OPERATOR,
        "Let retention decide about a backup again.",
        "backup unpin myfinance-20261124-020000",
        (Argument("name", Kind.WORD, _BACKUP, required=True),),
        record=True,
    ),
    Command(
        ("restore",),
        Role.ADMIN,
        "Put the database back to a backup. Shows first what would be lost, takes a safety backup, and verifies the result.",
        "restore latest",
        (Argument("name", Kind.WORD, _BACKUP, required=True),),
        lane=Lane.CHANGE,
        record=True,
        confirm=Confirm(),
    ),
    Command(
        ("drill",),
        Role.OPERATOR,
        "Prove that a backup can be used: restore it beside the world and start its release on it. Users notice nothing.",
        "drill",
        (Argument("name", Kind.WORD, f"{_BACKUP}; the newest when left out", default="latest"),),
        record=True,
    ),
    Command(
        ("vacuum",),
        Role.ADMIN,
        "Rebuild the database file to give free pages back to the disk. Tells first how long changes would be held.",
        "vacuum",
        lane=Lane.CHANGE,
        while_frozen=False,
        record=True,
        confirm=Confirm(),
    ),
    Command(("disk",), Role.VIEWER, "How full the disks are: the database, its backups, the images.", "disk"),
    Command(("growth",), Role.VIEWER, "How the database has grown, and when its disk would be full.", "growth"),
    Command(
        ("schedule",), Role.VIEWER, "What the bot does by the clock: last result and next time of each job.", "schedule"
    ),
    Command(
        ("schedule", "run"),
        Role.OPERATOR,
        "Do now what a job does by the clock.",
        "schedule run backup",
        (Argument("job", Kind.CHOICE, "the job", required=True, choices=JOBS),),
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
    shown = ("deploy VERSION", "rollback", "switch", "status", "health", "logs", "history", "backup", "backups", "help")
    return " · ".join(shown)
