"""`status`: what is live, what stands by, and what is going on."""

from __future__ import annotations

from handlers.messages.backup_words import last_backup_words
from handlers.messages.blocks import Block, actions, button, context, fields, section, table
from handlers.messages.limits import Mrkdwn, clip, code, escape, join, say
from handlers.messages.message import Message
from handlers.messages.words import amount, coloured, duration, moment, utc
from ops.model import Mode
from ops.results import ColourReport, DatabaseFigures, Freeze, Holder, Status
from ops.spelling import counted

REFRESH = "status.refresh"

_MODES = {
    Mode.READ_ONLY: "✋ Read-only: requests that change things get 503.",
    Mode.MAINTENANCE: "🚧 Maintenance: every user gets the maintenance page.",
}


def status_message(status: Status, refresh_id: str | None = None) -> Message:
    """The whole answer; `refresh_id` is the opaque id behind its button."""
    headline = live_line(status)
    buttons = [actions(button("Refresh", REFRESH, refresh_id))] if refresh_id else []
    return Message.of(headline, section(say("*{}*", headline)), *status_blocks(status), *buttons)


def live_line(status: Status) -> Mrkdwn:
    """What users get now, in one sentence."""
    if status.live is None:
        return say("⚠️ {}", status.problem or "Nothing is live.")
    report = status.colours[status.live]
    mark = "✅" if report.healthy and status.problem is None else "⚠️"
    return say("{} {} is live on {}.", mark, report.version or "An unknown release", coloured(status.live))


def status_blocks(status: Status) -> list[Block]:
    """Everything below the first line."""
    return [
        *_warnings(status),
        table(
            ("Colour", "Release", "Role", "State", "Health"),
            [_row(report) for report in status.colours.values()],
        ),
        fields(
            say("*Rollback goes to*\n{}", status.rollback_to or "nothing: no release was live before"),
            say("*Last backup*\n{}", last_backup_words(status.last_backup)),
        ),
        *([context(database_line(status.database))] if status.database else []),
    ]


def _warnings(status: Status) -> list[Block]:
    lines: list[Mrkdwn] = []
    if status.problem and status.live is not None:
        lines.append(say("⚠️ {}", status.problem))
    if status.mode in _MODES:
        lines.append(escape(_MODES[status.mode]))
    if status.operation:
        lines.append(operation_line(status.operation))
    if status.lock:
        lines.append(freeze_line(status.lock))
    return [section(join(lines))] if lines else []


def operation_line(holder: Holder) -> Mrkdwn:
    """What runs now, who started it, since when."""
    step = say(" ({})", holder.step) if holder.step else escape("")
    return say("⏳ {}{} runs now, started by {} {}.", code(holder.command), step, holder.actor, moment(holder.since))


def freeze_line(freeze: Freeze) -> Mrkdwn:
    """The freeze: who, since when, why."""
    return say("🔒 Frozen by {} since {}: {}", freeze.actor, moment(freeze.since), freeze.reason)


def database_line(database: DatabaseFigures) -> Mrkdwn:
    """The database's figures, with their age."""
    if database.problem:
        return say("🗄️ {}: {}", code(database.path), database.problem)
    wal = f" + {amount(database.wal_bytes)} WAL" if database.wal_bytes else ""
    return say(
        "🗄️ {} · {}{} · journal mode {} · {} · looked at {} ago",
        code(database.path),
        amount(database.bytes),
        wal,
        database.journal_mode or "unknown",
        counted(len(database.migrations), "migration"),
        duration(database.age_seconds),
    )


def _row(report: ColourReport) -> tuple[str, ...]:
    if report.healthy is None:
        health = "–"
    else:
        health = "good" if report.healthy else clip(f"bad: {report.problem or 'no answer'}", 100)
    since = f" since {utc(report.state.started_at)}" if report.state.running and report.state.started_at else ""
    role = report.role if report.state.exists else "–"
    return (coloured(report.state.colour), report.version or "–", role, report.state.state + since, health)
