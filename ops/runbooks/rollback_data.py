"""Rollback with data: users back on the release that was live before, and the database back to the backup that was taken before
the release that is live now was started. What was written since is lost (it stays in a safety backup), so it is asked for twice.
"""

from __future__ import annotations

from ops.database.model import Why
from ops.errors import Failed
from ops.events import Step
from ops.results import Changed, Preview, RestoreDone
from ops.runbooks.backing_up import listing, row_of
from ops.runbooks.context import Context
from ops.runbooks.put_back import COMPARE, HOLD, RESTORE, SAFETY, STAGE, PutBack
from ops.runbooks.restore import previewed
from ops.runbooks.rollback import FIND, STAND_UP, SWITCH, Rollback

TITLE = "Roll back, with the data"
PLAN: tuple[Step, ...] = (FIND, COMPARE, STAGE, HOLD, SAFETY, RESTORE, STAND_UP, SWITCH)


class RollbackWithData(Rollback):
    """One rollback of both. `run()` is the runbook."""

    _work: PutBack

    async def run(self) -> RestoreDone:
        """Find both targets, stage; hold everybody; safety backup, restore, start the old release on it, switch; open.

        Raises:
            Failed: there is no such backup or release, or the old release does not work on it. Users are then where they were,
                and so is the database unless the message says otherwise.
        """
        await self._run.begin(TITLE, PLAN)
        if (stopped := await self._stopped_deploy()) is not None:
            raise Failed(
                f"{stopped}, so users are on the release they were on. "
                "The database was not put back: that would have been to another backup than the one you were shown.",
                "`backups` and `restore NAME` put the database back to one that you choose.",
            )
        await self.find_target()
        name = await self._backup()
        async with self._world.worker.work(self._run.id) as worker:
            work = self._work = PutBack(self._context, worker, name, whole=True)
            async with self._run.step(COMPARE) as step:
                await work.compare(step)
            await work.stage()
            async with work.held():
                await work.exchange(self.serve)
        left, safety = self._live.state, work.safety.name if work.safety else ""
        return RestoreDone(
            summary=f"Users are back on {self._target.version} ({self._standby.colour}), and the database is what it was at "
            f"{work.manifest.name}; users waited {work.held_seconds:.1f} s.",
            live=await self._world.live_sentence(),
            next_step=f"What was written since is in {safety}. `logs {left.colour}` tells what went wrong in {left}."
            if left
            else "",
            backup=row_of(work.manifest, await self._context.ledger.backup_record(work.manifest.name)),
            safety=safety,
            way=work.way,
            held_seconds=work.held_seconds,
        )

    async def _backup(self) -> str:
        """The backup of the live release, which must be the one that was shown: another command may have moved users since."""
        name, shown = await backup_of_live(self._context), self._context.arguments.get("backup")
        if shown is not None and shown != name:
            raise Failed(
                f"Another release is live than when you were asked: its backup is {name}, and you were shown {shown}. "
                "Nothing was changed.",
                "Ask again: `rollback --with-data`.",
            )
        return name

    @property
    def _way(self) -> str:
        return "the database goes back too, behind the maintenance page."

    async def serve(self) -> None:
        """The old release runs on the restored database, is healthy, and users are sent to it (they still see the maintenance
        page)."""
        self._standby = await self._world.stacks.state(self._standby.colour)
        await self.stand_up()
        await self.switch()
        # The release that is left must not start on this database: it would apply its migrations again. Said here, in what a
        # request to stop waits for.
        self._work.stopped = ()

    async def switch(self) -> None:
        """Behind the maintenance page, which stays until everything is proven."""
        now = await self._world.live()
        await self.switch_from(now.proxy)


async def backup_of_live(context: Context) -> str:
    """The good backup that the run took which brought the live release, before it was started.

    Raises:
        Failed: there is none.
    """
    state = (await context.world.live()).state
    found, _ = await listing(context)
    for entry in found.entries:
        manifest = entry.manifest
        if state and manifest and manifest.run_id == state.run_id and manifest.why is Why.DEPLOY and not entry.problem:
            return manifest.name
    raise Failed(
        f"There is no good backup from before {state or 'the live release'} was deployed.",
        "`rollback` without --with-data takes users back now; `backups` and `restore NAME` put the data back.",
    )


async def rollback(context: Context) -> Changed:
    """`rollback [--with-data] [REASON]`."""
    runbook = RollbackWithData if context.arguments.get("with_data") else Rollback
    return await runbook(context).run()


async def preview(context: Context) -> Preview:
    """What `rollback --with-data` would do."""
    live = await context.world.live()
    previous = live.state.previous if live.state else None
    if previous is None:
        raise Failed("Nothing was live before, so there is nothing to roll back to.", "`status` tells what is live.")
    name = await backup_of_live(context)
    async with context.world.worker.work("") as worker:  # a preview is no recorded run
        work = PutBack(context, worker, name, whole=True)
        await work.compare()
    steps = (
        f"A private copy of {work.manifest.name} is made and verified.",
        "Every user gets the maintenance page meanwhile.",
        "A verified safety backup of the database as it is now is taken.",
        "The database is put back to that copy, and checked again.",
        f"{previous.version} is proven healthy on it, and users are sent to it.",
        "If anything goes wrong, the safety backup is put back and users stay where they are.",
    )
    command = f"rollback --with-data --backup {name} {context.arguments.get('reason') or ''}".rstrip()
    return await previewed(context, work, command, f"{TITLE}, to {previous.version}", steps, ())
