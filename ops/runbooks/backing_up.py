"""Taking a backup inside a run: the one way that `backup`, `deploy` and `restore` share; and backups as the results show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ops.database.model import (
    BackupMade,
    BackupRequest,
    Decision,
    DiskFigures,
    DiskRequest,
    Entry,
    Listing,
    ListRequest,
    Manifest,
    Retained,
    RetainRequest,
    Why,
)
from ops.engine.worker import Work
from ops.engine.world import Live
from ops.errors import Failed, OpsError
from ops.ledger.backups import BackupRecord
from ops.model import Colour, ColourState
from ops.results import BackupRow
from ops.run import StepScope
from ops.runbooks.context import Context
from ops.spelling import amount


@dataclass(frozen=True)
class Taken:
    """A backup that was taken, and what retention did afterwards."""

    manifest: Manifest
    kept: tuple[Decision, ...]
    removed: tuple[Decision, ...]
    figures: DiskFigures | None

    @property
    def sentence(self) -> str:
        """One sentence with its facts."""
        gone = f"; {len(self.removed)} old removed" if self.removed else ""
        return f"{self.manifest.name}, {amount(self.manifest.bytes)}, verified in {self.manifest.seconds:.1f} s{gone}"


async def take(context: Context, why: Why, note: str, scope: StepScope, work: Work, known: Live | None = None) -> Taken:
    """Take a verified backup, let retention remove what is no longer kept, and keep the record. `known` is what is live, where
    the proxy cannot be asked (a stopped colour makes it wait).

    Raises:
        Failed: there is no good backup. What retention could not do is only told.
    """
    config, run = context.config, context.run
    live, colours = (known.state, tuple(known.states.values())) if known else await _colours(context)
    ask = BackupRequest(
        project=config.project.name,
        why=why,
        run_id=run.id,
        note=note,
        colour=live.colour if live else None,
        release=live.release.version if live and live.release else None,
        image_id=live.release.image_id if live and live.release else None,
        compress=config.backups.compress,
        deadline_seconds=config.backups.deadline_seconds,
    )
    rules = await _rules(context, colours)
    answers = await work.ask(ask, replace(rules, dry_run=True), tell=scope.progress)
    made = answers[BackupMade]
    await context.ledger.backup_taken(made.manifest)
    for sentence in made.swept:
        await run.note(sentence, "warning")
    kept: tuple[Decision, ...] = ()
    removed: tuple[Decision, ...] = ()
    figures = None
    try:
        await context.ledger.backups_leaving(answers[Retained].removed)
        answers = await work.ask(rules, DiskRequest(), tell=scope.progress)
        kept, removed = answers[Retained].kept, answers[Retained].removed
        await context.ledger.backups_removed(removed)
        figures = answers[DiskFigures]
        await context.ledger.grew(figures)
    except OpsError as error:
        await run.note(f"The backup is good, but old ones could not be removed: {error.what}", "warning")
    taken = Taken(made.manifest, kept, removed, figures)
    scope.detail = taken.sentence
    return taken


async def _colours(context: Context) -> tuple[ColourState | None, tuple[ColourState, ...]]:
    """The live colour, as far as the proxy tells (a backup is taken also when it does not), and both."""
    world = context.world
    states = {colour: await world.stacks.state(colour) for colour in Colour}
    try:
        live = (await world.proxy.state()).colour
    except OpsError:
        live = None
    return (states[live] if live else None), tuple(states.values())


async def _rules(context: Context, colours: Sequence[ColourState]) -> RetainRequest:
    rules = context.config.backups
    records = await context.ledger.backup_records()
    return RetainRequest(
        keep_last=rules.keep_last,
        keep_daily=rules.keep_daily,
        keep_weekly=rules.keep_weekly,
        keep_monthly=rules.keep_monthly,
        keep_safety=rules.keep_safety,
        protected_runs=tuple(state.run_id for state in colours if state.run_id),
        bad=tuple(record.name for record in records if record.verified_problem is not None),
    )


async def listing(context: Context) -> tuple[Listing, dict[str, BackupRecord]]:
    """What is in the directory, and what the record knows of it; a record that was lost learns of what it finds."""
    found = (await context.world.worker.ask(ListRequest()))[Listing]
    await context.ledger.backups_seen(one.manifest for one in found.entries if one.manifest and one.problem is None)
    return found, {record.name: record for record in await context.ledger.backup_records()}


def row(entry: Entry, record: BackupRecord | None) -> BackupRow:
    """One backup as the results show it."""
    manifest, problem = entry.manifest, entry.problem
    if problem is None and record is not None:
        problem = record.verified_problem
        if manifest is not None and manifest.manifest_sha256 != record.manifest_sha256:
            problem = "Its manifest is not the one that was recorded when it was taken."
    taken = datetime.fromisoformat(manifest.taken_at) if manifest else None
    return BackupRow(
        name=entry.name,
        taken_at=taken,
        age_seconds=max((datetime.now(UTC) - taken).total_seconds(), 0.0) if taken else None,
        bytes=manifest.bytes if manifest else None,
        stored_bytes=entry.stored_bytes,
        why=manifest.why if manifest else None,
        note=manifest.note if manifest else "",
        colour=manifest.colour if manifest else None,
        release=manifest.release if manifest else None,
        pin=entry.pin,
        verified_at=record.verified_at if record else None,
        problem=problem,
    )


def row_of(manifest: Manifest, record: BackupRecord | None = None) -> BackupRow:
    """The row of a backup whose manifest was just believed."""
    return row(Entry(manifest.name, manifest, manifest.stored_bytes, None, None), record)


async def recorded(context: Context, manifest: Manifest) -> str | None:
    """The hash of the manifest as the record keeps it; None when it does not know the backup.

    Raises:
        Failed: the record knows another manifest of that name: somebody exchanged the two files together.
    """
    known = await context.ledger.backup_record(manifest.name)
    if known is not None and known.manifest_sha256 != manifest.manifest_sha256:
        raise Failed(
            f"The manifest of {manifest.name} is not the one that was recorded when it was taken.",
            "Somebody exchanged it. `backups` lists the others.",
        )
    return known.manifest_sha256 if known else None
