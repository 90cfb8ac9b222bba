"""The runbooks: for each command of the table (ops/commands.py) what it does. A test holds that none is missing."""

from __future__ import annotations

from ops.runbooks import backups, care, record, restore, rollback_data, schedule
from ops.runbooks.backup import backup
from ops.runbooks.context import Previewer, Runbook
from ops.runbooks.deploy import deploy
from ops.runbooks.drill import drill
from ops.runbooks.look import health, logs, status
from ops.runbooks.maintenance import maintenance
from ops.runbooks.recover import recover
from ops.runbooks.releases import prune, releases
from ops.runbooks.switch import switch
from ops.runbooks.up import up

RUNBOOKS: dict[str, Runbook] = {
    "deploy": deploy,
    "rollback": rollback_data.rollback,
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
    "backup": backup,
    "backups": backups.backups,
    "backup verify": backups.verify,
    "backup pin": backups.pin,
    "backup unpin": backups.unpin,
    "restore": restore.restore,
    "drill": drill,
    "vacuum": care.vacuum,
    "disk": care.disk,
    "growth": care.growth,
    "schedule": schedule.schedule,
    "prune": prune,
    "up": up,
    "recover": recover,
    "whoami": record.whoami,
    "help": record.help_,
}
RUNBOOKS["schedule run"] = schedule.schedule_run(RUNBOOKS)

# What a command that must be confirmed would do, found without changing anything.
PREVIEWS: dict[str, Previewer] = {
    "restore": restore.preview,
    "rollback": rollback_data.preview,
    "vacuum": care.vacuum_preview,
}
