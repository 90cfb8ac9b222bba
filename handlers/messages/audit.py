"""`audit`: the record, as it was written."""

from __future__ import annotations

from handlers.messages.blocks import context, section, table
from handlers.messages.limits import say
from handlers.messages.message import Message
from handlers.messages.words import utc
from ops.results import Audit, AuditRow
from ops.spelling import counted


def audit_message(audit: Audit) -> Message:
    """Newest first."""
    if not audit.rows:
        headline = say("The record is empty.")
        return Message.of(headline, section(headline))
    headline = say("The last {} of the record", counted(len(audit.rows), "row"))
    rows = table(("When", "Who (role)", "What", "Row", "Run"), [_row(row) for row in audit.rows])
    blocks = [section(say("*{}*", headline)), rows]
    left = len(audit.rows) - (len(rows["rows"]) - 1)
    if left:
        blocks.append(context(say("{} older ones do not fit here; ask for fewer, or in a terminal.", left)))
    return Message.of(headline, *blocks)


def _row(row: AuditRow) -> tuple[str, ...]:
    what = row.kind if row.outcome is None else f"{row.kind}: {row.outcome}"
    detail = f" – {row.detail}" if row.detail else ""
    return (utc(row.at), f"{row.actor} ({row.role})", row.command, what + detail, row.run_id)
