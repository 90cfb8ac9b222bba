"""What a command that must be confirmed would do, and the question: in a modal where one can be opened."""

from __future__ import annotations

import json
from dataclasses import dataclass

from handlers.messages.backup_words import backup_facts, rows_changed
from handlers.messages.blocks import Block, context, line, section
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.message import Message, View
from handlers.messages.modals import modal
from handlers.messages.words import amount
from ops.results import Preview

CONFIRM = "modal.confirm"
PHRASE = "phrase"

_TITLES = {"restore": "Restore", "rollback": "Roll back with data", "vacuum": "Vacuum"}
_SUBMITS = {"restore": "Restore", "rollback": "Roll back", "vacuum": "Vacuum"}
_TABLES = 12
_NAMES = 10


@dataclass(frozen=True)
class Asking:
    """What travels with the modal: the opaque id of what will run, and what a person must type for it."""

    prepared: str
    phrase: str

    def packed(self) -> str:
        """As Slack keeps it for us."""
        return json.dumps([self.prepared, self.phrase])

    @classmethod
    def unpacked(cls, text: str) -> Asking:
        """What `packed` made."""
        prepared, phrase = json.loads(text)
        return cls(prepared, phrase)


def title_of(command: str) -> str:
    """The modal's title, by the command's name."""
    return _TITLES.get(command, command.capitalize())


def confirm_modal(preview: Preview, command: str, prepared: str) -> View:
    """Say what would happen, and ask; `prepared` is the opaque id of what will run."""
    asked = line(
        PHRASE,
        f"Type {preview.phrase} to go on",
        hint="The name of the database: so that nobody does this by a click.",
    )
    return modal(
        title_of(command),
        [*preview_blocks(preview), asked],
        callback_id=CONFIRM,
        submit=_SUBMITS.get(command, "Go on"),
        metadata=Asking(prepared, preview.phrase).packed(),
    )


def preview_message(preview: Preview, slash: str) -> Message:
    """The same where no modal can be opened."""
    headline = say("{} Nothing was done yet.", preview.title)
    how = context(say("It has to be confirmed: type {} in a channel.", code(f"{slash} {preview.command}")))
    return Message.of(headline, *preview_blocks(preview), how)


def preview_blocks(preview: Preview) -> list[Block]:
    """What it would do, most important first."""
    blocks = [section(say("*{}*", preview.title))]
    if preview.backup:
        blocks.append(section(say("{}\n{}", code(preview.backup.name), backup_facts(preview.backup))))
    if preview.warnings:
        blocks.append(section(join([say("⚠️ {}", warning) for warning in preview.warnings])))
    if preview.tables:
        blocks.append(section(say("*What changes, in rows now → then*\n{}", _tables(preview))))
    if schema := _schema(preview):
        blocks.append(section(join(schema)))
    steps = [say("{}. {}", number, step) for number, step in enumerate(preview.steps, 1)]
    blocks.append(section(say("*What will be done*\n{}", join(steps))))
    if preview.needed_bytes:
        blocks.append(context(say("Needs {}; {} are free.", amount(preview.needed_bytes), amount(preview.free_bytes))))
    return blocks


def _tables(preview: Preview) -> Mrkdwn:
    shown = [say("• {} {}", code(one.table, 80), rows_changed(one.now, one.then)) for one in preview.tables[:_TABLES]]
    more = len(preview.tables) - len(shown)
    return join([*shown, *([say("• and {} more tables", more)] if more > 0 else [])])


def _schema(preview: Preview) -> list[Mrkdwn]:
    found = []
    if preview.migrations_lost:
        found.append(say("*Migrations taken back:* {}", _names(preview.migrations_lost)))
    if preview.migrations_back:
        found.append(say("*Migrations that are not in the database now:* {}", _names(preview.migrations_back)))
    if preview.releases:
        found.append(say("*Releases that fit that schema:* {}", _names(preview.releases)))
    return found


def _names(names: tuple[str, ...]) -> Mrkdwn:
    shown = join([escape(name, 80) for name in names[:_NAMES]], ", ")
    return say("{} and {} more", shown, len(names) - _NAMES) if len(names) > _NAMES else shown
