"""The backups that are there: listing, verifying and pinning them."""

from __future__ import annotations

from ops.database.model import Decision, Entry, Listing, ListRequest, PinRequest, Verified, VerifyRequest
from ops.database.places import shown_address
from ops.engine.worker import backups_place
from ops.errors import Failed
from ops.events import Step
from ops.results import Backups, Changed, VerifyDone
from ops.runbooks.backing_up import listing, row
from ops.runbooks.context import Context
from ops.spelling import counted

VERIFY = Step("verify", "Read backups whole and check them")
PIN = Step("pin", "Pin it")
UNPIN = Step("unpin", "Let retention decide again")


async def backups(context: Context) -> Backups:
    """`backups`."""
    found, records = await listing(context)
    return Backups(
        rows=tuple(row(entry, records.get(entry.name)) for entry in found.entries),
        unknown=found.unknown,
        interrupted=found.interrupted,
        place=backups_place(context.config),
        mirror=shown_address(context.config.backups.mirror),
    )


async def verify(context: Context) -> VerifyDone:
    """`backup verify [NAME|all]`. Backups that the record knows and that are gone are bad as well.

    Raises:
        Failed: one is bad, or there is none; the record keeps what was found.
    """
    name: str = context.arguments["name"]
    every = name.lower() == "all"
    await context.run.begin("Verify every backup" if every else f"Verify {name}", (VERIFY,))
    async with context.run.step(VERIFY) as step:
        async with context.world.worker.work(context.run.id) as work:
            known = await _should_be_there(context, (await work.ask(ListRequest()))[Listing])
            request = VerifyRequest(() if every else (name,), known)
            verdicts = (await work.ask(request, tell=step.progress))[Verified].verdicts
        await context.ledger.backups_verified(verdicts)
        bad = [verdict for verdict in verdicts if verdict.problem is not None]
        if not verdicts:
            raise Failed("There is no backup to verify.", "Take one: `backup`.")
        if bad:
            told = " ".join(f"{one.name}: {one.problem}" for one in bad[:5])
            more = f" And {len(bad) - 5} more." if len(bad) > 5 else ""
            raise Failed(
                f"{len(bad)} of {counted(len(verdicts), 'backup')} {'is' if len(bad) == 1 else 'are'} bad. {told}{more}",
                "Take a new one now (`backup`); `backups` shows which are good. Look at the disk they are on.",
            )
        step.detail = f"{counted(len(verdicts), 'backup')} good"
    return VerifyDone(
        summary=f"{counted(len(verdicts), 'backup')} read whole, and good.",
        live=await context.world.live_sentence(),
        verdicts=verdicts,
    )


async def _should_be_there(context: Context, found: Listing) -> dict[str, str]:
    """The hashes of the manifests that the record knows. A backup that was about to be removed when a run was killed, and is
    gone, was removed."""
    there, records = {entry.name for entry in found.entries}, await context.ledger.backup_records()
    gone = [one for one in records if one.removed_reason is not None and one.name not in there]
    await context.ledger.backups_removed(Decision(one.name, one.removed_reason or "") for one in gone)
    return {record.name: record.manifest_sha256 for record in records if record not in gone}


async def pin(context: Context) -> Changed:
    """`backup pin NAME [REASON]`."""
    name, reason = context.arguments["name"], context.arguments.get("reason") or ""
    await context.run.begin(f"Pin {name}", (PIN,))
    async with context.run.step(PIN) as step:
        request = PinRequest(name, True, context.run.actor.name, reason)
        entry = (await context.world.worker.ask(request, run_id=context.run.id))[Entry]
        step.detail = entry.name
    summary = f"{entry.name} is pinned: retention leaves it alone."
    return Changed(summary, await context.world.live_sentence(), f"`backup unpin {entry.name}` ends that.")


async def unpin(context: Context) -> Changed:
    """`backup unpin NAME`; one that was not pinned stays as it is."""
    name = context.arguments["name"]
    await context.run.begin(f"Unpin {name}", (UNPIN,))
    async with context.run.step(UNPIN) as step:
        request = PinRequest(name, False, context.run.actor.name)
        entry = (await context.world.worker.ask(request, run_id=context.run.id))[Entry]
        step.detail = entry.name
    return Changed(f"{entry.name} is not pinned: retention decides about it.", await context.world.live_sentence())
