"""Backup: a verified copy of the database while users work, then retention, then the second place."""

from __future__ import annotations

from ops.database.model import MirrorRequest, Why
from ops.errors import Failed, OpsError
from ops.events import Step
from ops.model import Door
from ops.results import BackupDone
from ops.run import StepScope
from ops.runbooks.backing_up import Taken, row_of, take
from ops.runbooks.context import Context
from ops.spelling import counted

BACKUP = Step("backup", "Copy the database, and verify the copy")
MIRROR = Step("mirror", "Bring backups to the second place")


class Backup:
    """One backup. `run()` is the runbook."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._settings = context.run, context.config.backups

    async def run(self) -> BackupDone:
        """Copy, verify, retain; then the mirror.

        Raises:
            Failed: there is no good backup; or there is one, but it could not be brought to the second place.
        """
        await self._run.begin("Back up the database", (BACKUP, MIRROR) if self._settings.mirror else (BACKUP,))
        before = await self._context.ledger.last_backup()
        known = {record.name: record for record in await self._context.ledger.backup_records()}
        taken = await self.backup()
        mirrored = await self.mirror(taken) if self._settings.mirror else None
        size_before = known[before.name].bytes if before else None
        return BackupDone(
            summary=f"Backup {taken.sentence}.",
            live=await self._context.world.live_sentence(),
            backup=row_of(taken.manifest, await self._context.ledger.backup_of_run(self._run.id)),
            seconds=taken.manifest.seconds,
            change_bytes=taken.manifest.bytes - size_before if size_before is not None else None,
            kept=taken.kept,
            removed=taken.removed,
            mirrored=mirrored,
        )

    async def backup(self) -> Taken:
        """The copy, proven against the very moment it was taken of."""
        why = Why.SCHEDULE if self._run.actor.door is Door.SCHEDULE else Why.MANUAL
        async with self._run.step(BACKUP) as step, self._context.world.worker.work(self._run.id) as work:
            return await take(self._context, why, self._context.arguments.get("note") or "", step, work)

    async def mirror(self, taken: Taken) -> str:
        """Everything good that is missing there (also what deploys and restores took since), and away with what went here."""
        async with self._run.step(MIRROR) as step:
            try:
                step.detail = await self._bring(step)
            except OpsError as error:
                raise Failed(
                    f"The backup {taken.manifest.name} is good, but the second place has not got it: {error.what}",
                    error.next_step,
                ) from error
            return step.detail

    async def _bring(self, step: StepScope) -> str:
        options = {name: value.get_secret_value() for name, value in self._settings.mirror_options.items()}
        gone = await self._context.ledger.backups_gone()
        asked = MirrorRequest(self._settings.mirror, options, (), gone)
        done = await self._context.world.worker.mirror(asked, tell=step.progress, run_id=self._run.id)
        removed = f", {counted(len(done.removed), 'old one')} removed" if done.removed else ""
        return f"{counted(len(done.copied), 'backup')} copied and verified there{removed}; it has {done.present}"


async def backup(context: Context) -> BackupDone:
    """`backup [NOTE]`."""
    return await Backup(context).run()
