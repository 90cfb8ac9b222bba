"""The commands of the record: history, audit, freeze, cancel, whoami, help."""

from __future__ import annotations

from ops.commands import COMMANDS, Command
from ops.errors import Refused, UsageError
from ops.events import Step
from ops.results import Audit, Changed, Help, History, Whoami
from ops.runbooks.context import Context

FREEZE = Step("freeze", "Freeze releases")
UNFREEZE = Step("unfreeze", "End the freeze")
CANCEL = Step("cancel", "Ask the run to stop")


async def history(context: Context) -> History:
    """`history [COUNT]`."""
    return History(await context.ledger.history(context.arguments["count"]))


async def audit(context: Context) -> Audit:
    """`audit [COUNT]`."""
    return Audit(await context.ledger.audit(context.arguments["count"]))


async def lock(context: Context) -> Changed:
    """`lock REASON`."""
    reason: str = context.arguments["reason"]
    await context.run.begin("Freeze releases", (FREEZE,))
    async with context.run.step(FREEZE) as step:
        await context.ledger.begin_freeze(context.run.actor, reason)
        step.detail = reason
    return Changed(
        f"Releases are frozen: {reason}.",
        await context.world.live_sentence(),
        "`unlock` ends the freeze; a `rollback` works all the same.",
    )


async def unlock(context: Context) -> Changed:
    """`unlock`; without a freeze it says so."""
    await context.run.begin("End the freeze", (UNFREEZE,))
    async with context.run.step(UNFREEZE) as step:
        ended = await context.ledger.end_freeze()
        step.detail = "ended" if ended else "there was none"
    summary = "The freeze has ended: releases are possible again." if ended else "There was no freeze."
    return Changed(summary, await context.world.live_sentence())


async def cancel(context: Context) -> Changed:
    """`cancel [RUN]`: only as long as its switch has not begun.

    Raises:
        Refused: nothing runs, another run does, or its switch has begun.
    """
    wanted: str | None = context.arguments.get("run")
    holder = context.lock.holder()
    if holder is None or (wanted and wanted != holder.run_id):
        what = f"Run {wanted} is not running any more." if wanted else "Nothing is running."
        raise Refused(what, "`history` tells how the last runs ended.")
    if holder.switch_begun:
        raise Refused(f"The switch of `{holder.command}` has begun, so it cannot be cancelled.", "Use `rollback`.")
    if not holder.cancellable:
        raise Refused(f"`{holder.command}` cannot be cancelled.", "Wait for its end; `status` tells how far it is.")
    await context.run.begin(f"Cancel {holder.command}", (CANCEL,))
    async with context.run.step(CANCEL) as step:
        context.lock.ask_to_stop(holder.run_id, f"{context.run.actor} cancelled it", "cancel")
        step.detail = f"{holder.run_id} was asked to stop"
    return Changed(
        f"`{holder.command}` was asked to stop; its own message tells when it has.", await context.world.live_sentence()
    )


def allowed(context: Context) -> tuple[Command, ...]:
    """The commands the asker may run from where they are."""
    door, role = context.run.actor.door, context.role
    return tuple(command for command in COMMANDS if door in command.doors and role.covers(command.role))


async def whoami(context: Context) -> Whoami:
    """`whoami`."""
    return Whoami(context.run.actor, context.role, tuple(command.name for command in allowed(context)))


async def help_(context: Context) -> Help:
    """`help [COMMAND]`: only what the asker may run.

    Raises:
        UsageError: there is no such command, or not for them.
    """
    wanted: str | None = context.arguments.get("command")
    mine = allowed(context)
    if not wanted:
        return Help(mine, context.role, detail=False)
    found = tuple(command for command in mine if command.name == wanted)
    if not found:
        raise UsageError(f"There is no command “{wanted[:40]}” that you may run.", "`help` lists the ones you may.")
    return Help(found, context.role, detail=True)
