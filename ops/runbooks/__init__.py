"""The runbooks: for each command of the table (ops/commands.py) what it does. A test holds that none is missing."""

from __future__ import annotations

from ops.runbooks import record
from ops.runbooks.context import Runbook
from ops.runbooks.deploy import deploy
from ops.runbooks.look import health, logs, status
from ops.runbooks.maintenance import maintenance
from ops.runbooks.recover import recover
from ops.runbooks.releases import prune, releases
from ops.runbooks.rollback import rollback
from ops.runbooks.switch import switch
from ops.runbooks.up import up

RUNBOOKS: dict[str, Runbook] = {
    "deploy": deploy,
    "rollback": rollback,
    "switch": switch,
    "cancel": record.cancel,
    "status": status,
    "health": health,
    "logs": logs,
    "releases": releases,
    "history": record.history,
    "audit": record.audit,
    "lock": record.lock,
    "unlock": record.unlock,
    "maintenance": maintenance,
    "prune": prune,
    "up": up,
    "recover": recover,
    "whoami": record.whoami,
    "help": record.help_,
}
