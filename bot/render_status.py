"""`status` and `health` in a terminal: the answer first, in one line, then what an engineer looks at next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.render_words import BAD, DIM, FAINT_TABLE, GOOD, WARN, plain, utc
from handlers.messages.words import amount, duration
from ops.model import Colour, Mode
from ops.results import ColourReport, DatabaseFigures, Health, LastBackup, Status
from ops.spelling import counted

_MODES = {
    Mode.READ_ONLY: "requests that change things get 503 (read-only)",
    Mode.MAINTENANCE: "every user gets the maintenance page",
}


def status(answer: Status) -> RenderableType:
    """What is live, what stands by, what is going on."""
    colours = Table("colour", "release", "role", "state", "health", "since", **FAINT_TABLE)
    for report in answer.colours.values():
        colours.add_row(*_row(report))
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(answer):
        facts.add_row(Text(name, style=DIM), value)
    return Group(_headline(answer), "", colours, "", facts)


def _headline(answer: Status) -> Text:
    if answer.live is None:
        return Text.assemble(("✗ ", BAD), (plain(answer.problem or "Nothing is live: users get a 503 page."), BAD))
    if answer.problem:
        return Text.assemble(("! ", WARN), (plain(answer.problem), "bold"))
    report = answer.colours[answer.live]
    says = f"{report.version or 'An unknown release'} is live on {answer.live}"
    if report.healthy and answer.mode not in _MODES:
        return Text.assemble(("✓ ", GOOD), (f"{says}, and healthy.", "bold"))
    mode = _MODES.get(answer.mode) if answer.mode else None
    why = mode or report.problem or "it does not run"
    return Text.assemble(("! ", WARN), (plain(f"{says}, but {why}."), "bold"))


def _row(report: ColourReport) -> tuple[RenderableType, ...]:
    if report.healthy is None:
        health = Text("–", style=DIM)
    elif report.healthy:
        health = Text("good", style=GOOD)
    else:
        health = Text(plain(f"bad: {report.problem or 'no answer'}"), style=BAD)
    role = Text(report.role if report.state.exists else "–", style="bold" if report.role == "live" else "")
    since = utc(report.state.started_at) if report.state.running else "–"
    return (
        Text(report.state.colour.value),
        Text(report.version or "–"),
        role,
        Text(report.state.state),
        health,
        Text(since),
    )


def _facts(answer: Status) -> Iterator[tuple[str, Text]]:
    if answer.operation:
        now = answer.operation
        step = f", at “{now.step}”" if now.step else ""
        yield "Running now", Text(plain(f"{now.command} by {now.actor} since {utc(now.since)}{step}"), style=WARN)
    if answer.lock:
        freeze = answer.lock
        yield "Frozen", Text(plain(f"by {freeze.actor} since {utc(freeze.since)}: {freeze.reason}"), style=WARN)
    if answer.mode in _MODES:
        yield "Users", Text(_MODES[answer.mode], style=WARN)
    yield "Rollback goes to", Text(answer.rollback_to or "nothing: no release was live before")
    if answer.database:
        yield "Database", _database(answer.database)
    yield "Last backup", _backup(answer.last_backup)
    yield "Users come in on", Text(f"port {answer.url_port}")


def _backup(last: LastBackup | None) -> Text:
    if last is None:
        return Text("none", style=WARN)
    told = Text(f"{last.name}, {duration(last.age_seconds)} ago")
    problem = last.problem or ("" if last.verified else "not verified")
    return Text.assemble(told, (f" – {plain(problem)}", BAD)) if problem else told


def _database(figures: DatabaseFigures) -> Text:
    age = f"looked at {duration(figures.age_seconds)} ago"
    if figures.problem:
        return Text(plain(f"{figures.path}: {figures.problem} ({age})"), style=WARN)
    wal = f" + {amount(figures.wal_bytes)} WAL" if figures.wal_bytes else ""
    mode = figures.journal_mode or "unknown"
    migrations = counted(len(figures.migrations), "migration")
    return Text(plain(f"{figures.path}, {amount(figures.bytes)}{wal}, journal mode {mode}, {migrations} ({age})"))


def health(answer: Health) -> RenderableType:
    """Each colour asked on its own, and the proxy as users meet it."""
    table = Table("asked", "answer", "took", **FAINT_TABLE)
    for colour in Colour:
        found = answer.colours.get(colour)
        name = f"{colour} (live)" if colour == answer.live else str(colour)
        if found is None:
            table.add_row(Text(name), Text("does not run", style=DIM), Text("–"))
            continue
        said = str(found) if found.good else f"{found.problem}: {found}"
        took = Text(f"{found.seconds * 1000:.0f} ms")
        table.add_row(Text(name), Text(plain(said), style=GOOD if found.good else BAD), took)
    through = answer.proxy
    said = f"HTTP {through.status}" if through.good else str(through.problem)
    table.add_row(Text("users, by the proxy"), Text(plain(said), style=GOOD if through.good else BAD), Text("–"))
    mark = ("✓ Users get good answers.", GOOD) if answer.good else ("✗ Users do not get good answers.", BAD)
    return Group(Text(*mark), "", table)
