"""Care: how full the disks are, how the database grows, and giving its free pages back."""

from __future__ import annotations

from ops.database.model import DiskFigures, DiskRequest, Vacuumed, VacuumRequest, Why
from ops.errors import Failed
from ops.events import Step
from ops.results import Disk, Growth, GrowthPoint, Preview, VacuumDone
from ops.runbooks.backing_up import take
from ops.runbooks.context import Context
from ops.spelling import amount

SAFETY = Step("safety", "Back up what is there now")
VACUUM = Step("vacuum", "Build the database file anew")

_MB = 1024 * 1024
_DAY_SECONDS = 86_400
_GROWTH_DAYS = 92


async def disk(context: Context) -> Disk:
    """`disk`. Images are counted whole, though they share layers."""
    config = context.config
    figures = (await context.world.worker.ask(DiskRequest()))[DiskFigures]
    await context.ledger.grew(figures)
    images = {image.id: image.bytes for image in await context.world.docker.images(config.app.image)}
    limit = config.backups.min_free_mb * _MB
    return Disk(figures, len(images), sum(images.values()), limit, low_disk(figures, limit))


def low_disk(figures: DiskFigures, limit: int) -> str | None:
    """One sentence when a disk has less than `limit` bytes free."""
    if figures.volume_free < limit:
        what = "The disk of the database and its backups" if figures.same_disk else "The database's disk"
        return f"{what} has {amount(figures.volume_free)} free, less than {amount(limit)} (backups.min_free_mb)."
    if figures.backups_free < limit:
        return f"The backups' disk has {amount(figures.backups_free)} free, less than {amount(limit)} (backups.min_free_mb)."
    return None


async def growth(context: Context) -> Growth:
    """`growth`: from what backups and `disk` have recorded."""
    return grown(await context.ledger.growth(_GROWTH_DAYS))


def grown(points: tuple[GrowthPoint, ...]) -> Growth:
    """The pace between the first and the last point, and how long the disk lasts at it."""
    if len(points) < 2:
        return Growth(points, None, None)
    first, last = points[0], points[-1]
    days = (last.at - first.at).total_seconds() / _DAY_SECONDS
    pace = (last.bytes - first.bytes) / days if days >= 1 else None
    return Growth(points, pace, last.free_bytes / pace if pace and pace > 0 else None)


async def vacuum_preview(context: Context) -> Preview:
    """What `vacuum` would do."""
    limit = context.config.proxy.quiesce_limit_seconds
    found = (await context.world.worker.ask(VacuumRequest(True, limit)))[Vacuumed]
    low = found.free_bytes < found.needed_bytes
    return Preview(
        command="vacuum",
        title="VACUUM",
        phrase=context.config.database.file,
        steps=(
            "A verified safety backup is taken.",
            f"SQLite builds the file anew: {amount(found.bytes_before)} now, of which {amount(found.reclaimable)} are free pages.",
            f"Whoever changes something waits about {found.stall_seconds:.1f} s; readers go on.",
        ),
        warnings=("The disk has not enough room, so it would be refused.",) if low else (),
        needed_bytes=found.needed_bytes,
        free_bytes=found.free_bytes,
    )


async def vacuum(context: Context) -> VacuumDone:
    """`vacuum`.

    Raises:
        Failed: there is no room or no good backup, or the database stays locked; it is then as it was.
    """
    run, worker = context.run, context.world.worker
    await run.begin("VACUUM", (SAFETY, VACUUM))
    limit = context.config.proxy.quiesce_limit_seconds
    async with run.step(SAFETY) as step, worker.work(run.id) as work:
        look = (await work.ask(VacuumRequest(True, limit)))[Vacuumed]
        if look.free_bytes < look.needed_bytes:
            raise Failed(
                f"A VACUUM may take {amount(look.needed_bytes)} on the volume's disk, and {amount(look.free_bytes)} are free.",
                "Make room (`disk`, `prune`), then try again.",
            )
        safety = await take(context, Why.SAFETY, "before vacuum", step, work)
    async with run.step(VACUUM) as step, run.uninterruptible():
        run.fence()
        run.ask_patience(limit)
        done = (await worker.ask(VacuumRequest(False, limit), tell=step.progress, run_id=run.id))[Vacuumed]
        step.detail = (
            f"{amount(done.bytes_before)} → {amount(done.bytes_after)}, writers waited {done.stall_seconds:.1f} s"
        )
    return VacuumDone(
        summary=f"The database file went from {amount(done.bytes_before)} to {amount(done.bytes_after)}; "
        f"writers waited {done.stall_seconds:.1f} s.",
        live=await context.world.live_sentence(),
        next_step=f"What it was before is in {safety.manifest.name}.",
        figures=done,
    )
