"""Results and errors in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot import render_backups, render_status
from bot.render_words import BAD, DIM, FAINT_TABLE, GOOD, WARN, plain, utc
from handlers.messages.words import amount, took
from ops.commands import Command
from ops.errors import Evidence, OpsError
from ops.parser import spelled, usage
from ops.results import (
    Audit,
    Backups,
    Changed,
    Disk,
    Growth,
    Health,
    Help,
    History,
    Logs,
    Preview,
    Releases,
    Result,
    Schedule,
    Status,
    Whoami,
)
from ops.spelling import counted

_STATES = {"done": GOOD, "failed": BAD, "stopped": WARN, "refused": WARN, "interrupted": WARN, "running": WARN}

_WIDEST_NAME = 20  # columns of a person's name in the record; a longer one goes on in the next line


def result(answer: Result) -> RenderableType:
    """What a command answered."""
    shown = next(renderer for kind, renderer in _RENDERERS.items() if isinstance(answer, kind))
    return shown(answer)


def error(problem: OpsError) -> RenderableType:
    """What happened, what is live, what to do next: a line each, then the evidence."""
    lines = Table.grid(padding=(0, 2))
    lines.add_row(Text("✗", style=BAD), Text(plain(problem.what), style="bold"))
    if problem.live:
        lines.add_row(Text("live", style=DIM), Text(plain(problem.live)))
    if problem.next_step:
        lines.add_row(Text("next", style=DIM), Text(plain(problem.next_step)))
    return Group(lines, *_evidence(problem.evidence))


def _evidence(evidence: Evidence) -> list[RenderableType]:
    shown: list[RenderableType] = []
    if evidence.health_answer:
        shown += ["", Text("Its last health answer", style=DIM), _indented(evidence.health_answer)]
    if evidence.migrations:
        shown += ["", Text("Migrations that now stand in the shared database", style=DIM)]
        shown += [_indented(migration) for migration in evidence.migrations]
    if evidence.log_lines:
        shown += ["", Text(f"Its last {counted(len(evidence.log_lines), 'log line')}", style=DIM)]
        shown += [_indented(line) for line in evidence.log_lines]
    return shown


def _indented(text: str) -> RenderableType:
    return Padding(Text(plain(text)), (0, 0, 0, 2))


def _changed(answer: Changed) -> RenderableType:
    lines = Table.grid(padding=(0, 2))
    lines.add_row(Text("✓", style=GOOD), Text(plain(answer.summary), style="bold"))
    if answer.live and answer.live != answer.summary:
        lines.add_row(Text("live", style=DIM), Text(plain(answer.live)))
    if answer.next_step:
        lines.add_row(Text("next", style=DIM), Text(plain(answer.next_step)))
    return Group(lines, *render_backups.details(answer))


def _logs(answer: Logs) -> RenderableType:
    if not answer.lines:
        return Text(f"{answer.source} has written nothing.", style=DIM)
    return Group(*(Text(plain(line)) for line in answer.lines))


def _releases(answer: Releases) -> RenderableType:
    table = Table("version", "now", "built", "size", "where", **FAINT_TABLE)
    for tag in answer.tags:
        now = Text("live", style=GOOD) if tag.live else Text("standby" if tag.standby else "")
        where = "this machine" if tag.local else "registry"
        table.add_row(Text(tag.version), now, Text(utc(tag.created)), Text(amount(tag.bytes)), Text(where))
    problem = [Text(plain(answer.problem), style=WARN)] if answer.problem else []
    return Group(table if answer.tags else Text("There is no version to deploy."), *problem)


def _history(answer: History) -> RenderableType:
    if not answer.runs:
        return Text("Nothing has been run yet.")
    table = _record_table("when", "what", "who", "ended")
    for run in answer.runs:
        ended = _two_lines(Text(run.state, style=_STATES.get(run.state, "")), took(run))
        what = _two_lines(Text(plain(run.command)), run.summary)
        table.add_row(_two_lines(Text(utc(run.started)), run.id), what, Text(plain(str(run.actor))), ended)
    return table


def _audit(answer: Audit) -> RenderableType:
    if not answer.rows:
        return Text("The record is empty.")
    table = _record_table("when", "what", "who", "row")
    for row in answer.rows:
        kind = Text(row.outcome or row.kind, style=_STATES.get(row.outcome or "", DIM))
        who = _two_lines(Text(plain(str(row.actor))), row.role)
        what = _two_lines(Text(plain(row.command)), row.detail)
        table.add_row(_two_lines(Text(utc(row.at)), row.run_id), what, who, kind)
    return table


def _record_table(*columns: str) -> Table:
    """The record fits a terminal of 80 columns: two lines a row, and only words are ever broken, never a time or an id."""
    table = Table(**FAINT_TABLE)
    when, what, who, how = columns
    table.add_column(when, no_wrap=True)
    table.add_column(what, overflow="fold", ratio=1)
    table.add_column(who, overflow="fold", max_width=_WIDEST_NAME)
    table.add_column(how, no_wrap=True)
    return table


def _two_lines(first: Text, second: str) -> Text:
    return Text.assemble(first, "\n", (plain(second), DIM)) if second else first


def _whoami(answer: Whoami) -> RenderableType:
    may = ", ".join(answer.commands)
    return Group(Text(plain(f"You are {answer.actor}, and have the role {answer.role}.")), Text(f"You may run: {may}."))


def _help(answer: Help) -> RenderableType:
    if answer.detail:
        return Group(*(_one_command(command) for command in answer.commands))
    table = Table("for example", "what it does", **FAINT_TABLE)
    for command in answer.commands:
        table.add_row(Text(f"myfinance {command.example}"), Text(command.summary))
    more = Text("myfinance help COMMAND tells more about one of them.", style=DIM)
    return Group(Text(f"What you may run as {answer.role}:"), "", table, "", more)


def _one_command(command: Command) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for argument in command.arguments:
        table.add_row("  ", Text(spelled(argument)), Text(argument.help))
    example = Text(f"For example: myfinance {command.example}", style=DIM)
    return Group(Text(f"myfinance {usage(command)}", style="bold"), Text(command.summary), table, example)


_RENDERERS: dict[type[Result], Callable[[Any], RenderableType]] = {
    Changed: _changed,
    Status: render_status.status,
    Health: render_status.health,
    Logs: _logs,
    Releases: _releases,
    History: _history,
    Audit: _audit,
    Whoami: _whoami,
    Help: _help,
    Backups: render_backups.backups,
    Disk: render_backups.disk,
    Growth: render_backups.growth,
    Schedule: render_backups.schedule,
    Preview: render_backups.preview,
}
