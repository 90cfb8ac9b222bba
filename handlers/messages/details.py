"""What the result of a run says beyond its sentences: the facts below the plan of a backup, a check, a restore, a drill."""

from __future__ import annotations

from handlers.messages.backup_words import backup_facts, disks, lasts, signed, size
from handlers.messages.backups import growth_chart
from handlers.messages.blocks import Block, context, fields, section, table
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.words import amount, duration
from ops.database.model import Way
from ops.results import BackupDone, CareDone, DrillDone, RestoreDone, Result, VacuumDone, VerifyDone

_REASONS = 8  # of retention, in one message
_WAYS = {
    Way.LIVE: "into the open database; readers stayed connected",
    Way.REPLACE: "the file was exchanged while both colours were stopped",
}


def details(result: Result | None) -> list[Block]:
    """Nothing for results that have said everything."""
    match result:
        case BackupDone():
            return _backup(result)
        case VerifyDone():
            return _verified(result)
        case RestoreDone():
            return _restored(result)
        case DrillDone():
            return _drilled(result)
        case VacuumDone():
            return _vacuumed(result)
        case CareDone():
            return care_blocks(result)
        case _:
            return []


def _backup(done: BackupDone) -> list[Block]:
    change = f" ({signed(done.change_bytes)} since the one before)" if done.change_bytes is not None else ""
    facts = [
        say("*Backup*\n{}", code(done.backup.name)),
        say("*Size*\n{}{}", size(done.backup), change),
        say("*Took*\n{}", duration(done.seconds)),
        say("*Kept*\n{}; {} removed", len(done.kept), len(done.removed)),
    ]
    if done.mirrored:
        facts.append(say("*Second place*\n{}", done.mirrored))
    blocks = [fields(*facts)]
    if done.removed:
        lines = [say("{}: {}", code(one.name), one.reason) for one in done.removed[:_REASONS]]
        more = len(done.removed) - len(lines)
        rest = [say("and {} more", more)] if more > 0 else []
        blocks.append(context(say("Removed: {}", join([*lines, *rest], " · "))))
    return blocks


def _verified(done: VerifyDone) -> list[Block]:
    rows = [(one.name, one.problem or "good", duration(one.seconds)) for one in done.verdicts]
    shown = table(("Backup", "Verdict", "Took"), rows, right=(2,))
    left = len(rows) - (len(shown["rows"]) - 1)
    return [shown, *([context(say("{} more are not shown.", left))] if left else [])]


def _restored(done: RestoreDone) -> list[Block]:
    return [
        section(say("*Now in the database:* {}\n{}", code(done.backup.name), backup_facts(done.backup))),
        fields(
            say("*What it was before is in*\n{}", code(done.safety)),
            say("*Changes were held for*\n{}", duration(done.held_seconds)),
            say("*How*\n{}", _WAYS[done.way]),
        ),
    ]


def _drilled(done: DrillDone) -> list[Block]:
    smoke = f"{done.smoke} smoke request" + ("" if done.smoke == 1 else "s")
    return [
        section(say("*Restored:* {}\n{}", code(done.backup.name), backup_facts(done.backup))),
        fields(
            say("*Release on it*\n{}", done.release),
            say("*In it*\n{} tables, {} rows", done.tables, f"{done.rows:,}"),
            say("*Its health*\n{}", escape(done.health, 60)),
            say("*Answered as expected*\n{}", smoke),
        ),
    ]


def _vacuumed(done: VacuumDone) -> list[Block]:
    figures = done.figures
    return [
        fields(
            say("*Before*\n{}", amount(figures.bytes_before)),
            say("*After*\n{}", amount(figures.bytes_after)),
            say("*Changes were held for*\n{}", duration(figures.stall_seconds)),
            say("*Free on the disk*\n{}", amount(figures.free_bytes)),
        )
    ]


def care_blocks(done: CareDone) -> list[Block]:
    """The chart of the month, the facts, and the advice."""
    growth, figures = done.growth, done.disk.figures
    each = signed(growth.bytes_per_day) + " a day" if growth.bytes_per_day is not None else "not known yet"
    facts = [
        say("*Growth*\n{}", each),
        say("*Its disk lasts*\n{}", lasts(growth)),
        say("*Backups*\n{} in {} files", amount(figures.backups_bytes), figures.backups_count),
        *(say("*{}*\n{}", name, words) for name, words in disks(figures)),
    ]
    return [*growth_chart(growth.points), fields(*facts), section(_advice(done))]


def _advice(done: CareDone) -> Mrkdwn:
    vacuum = done.vacuum
    win, whole, stall = amount(vacuum.reclaimable), amount(vacuum.bytes_before), duration(vacuum.stall_seconds)
    if not done.worthwhile:
        return say("🧹 A VACUUM is not worth it: it would give back {} of {}.", win, whole)
    told = "🧹 A VACUUM is worth it: it would give back {} of {} and hold changes for about {}. An admin types {}."
    return say(told, win, whole, stall, code("vacuum"))
