"""The ledger: who did what, in a side SQLite file. It is the history, not the truth: what is live the proxy and labels know.

Several processes may use it at once (the bot, a terminal). Every write is one short transaction. Each group of records is a file
of its own: a class that adds methods to `Store`, which does all reading and writing; their tables stand in schema.py.
"""

from __future__ import annotations

from ops.ledger.audit import AuditLog
from ops.ledger.backups import BackupRecords
from ops.ledger.care import Care
from ops.ledger.chat import Chat
from ops.ledger.facts import Facts
from ops.ledger.freezes import Freezes
from ops.ledger.runs import Runs
from ops.ledger.store import LedgerDown

__all__ = ["Ledger", "LedgerDown"]


class Ledger(Runs, AuditLog, Freezes, Chat, Facts, BackupRecords, Care):
    """All records. Open it with `Ledger.open(state_dir)`."""
