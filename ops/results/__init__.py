"""What a command answers when it worked: typed values that any door can show. No text for people is formatted here."""

from ops.results.backups import BackupDone, BackupRow, Backups, DrillDone, Preview, RestoreDone, VerifyDone
from ops.results.base import Changed, Result, plain
from ops.results.care import CareDone, Disk, Growth, GrowthPoint, JobState, Schedule, VacuumDone
from ops.results.look import (
    ColourReport,
    DatabaseFigures,
    Freeze,
    Health,
    Holder,
    LastBackup,
    Logs,
    Releases,
    Status,
    Tag,
)
from ops.results.record import Audit, AuditRow, Help, History, Outcome, RunRecord, StepRecord, Whoami

__all__ = [
    "Audit",
    "AuditRow",
    "BackupDone",
    "BackupRow",
    "Backups",
    "CareDone",
    "Changed",
    "ColourReport",
    "DatabaseFigures",
    "Disk",
    "DrillDone",
    "Freeze",
    "Growth",
    "GrowthPoint",
    "Health",
    "Help",
    "History",
    "Holder",
    "JobState",
    "LastBackup",
    "Logs",
    "Outcome",
    "Preview",
    "Releases",
    "RestoreDone",
    "Result",
    "RunRecord",
    "Schedule",
    "Status",
    "StepRecord",
    "Tag",
    "VacuumDone",
    "VerifyDone",
    "Whoami",
    "plain",
]
