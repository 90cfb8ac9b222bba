"""Recover: finish or undo what was interrupted (a killed bot, a crashed host), judged by what is there, with the ledger's help.

Users were served all the time: every change of what they get is one rename and one signal. What can be left behind is a
configuration that was renamed but never taken up, requests that are still held, a new colour that never went live, or a switch
whose soak was cut short.
"""

from __future__ import annotations

import time

from ops.engine.nginx_config import Wanted
from ops.engine.world import Live
from ops.errors import OpsError
from ops.events import Step
from ops.model import ColourState, Door, Mode, ProxyState
from ops.results import Changed, RunRecord
from ops.runbooks import settle
from ops.runbooks.context import Context
from ops.runbooks.deploy import SWITCH
from ops.runbooks.maintenance import PERSON

FIND = Step("find", "Find what was interrupted")
PROXY = Step("proxy", "What nginx does is what its file says")
COLOURS = Step("colours", "Finish or undo")

NOTHING = "Nothing was interrupted."
# A run without the lock (freeze, cancel) takes moments; one that began just now in another process is not interrupted.
_JUST_NOW_SECONDS = 60.0


class Recover:
    """One recovery. `run()` is the runbook."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._world, self._ledger = context.run, context.world, context.ledger
        self._unfinished: tuple[RunRecord, ...] = ()
        self._did: list[str] = []

    async def run(self) -> Changed:
        """Find, mend the proxy, finish or undo, close the record. At the bot's start, where nobody asked for it, it does not
        even begin (and so leaves no record) when there is nothing to do.

        Raises:
            Failed: what was interrupted could not be finished; the message says what is live.
        """
        if self._run.actor.door is Door.RECOVERY and not await self.needed():
            return Changed(NOTHING, await self._world.live_sentence())
        await self._run.begin("Recover", (FIND, PROXY, COLOURS))
        await self.find()
        if await self._world.proxy_container.find() is None:
            return Changed(
                "There is no proxy yet, so nothing can have been interrupted.", "Nothing is live.", "Run `up`."
            )
        await self.proxy()
        await self.colours()
        live = await self._world.live()
        return Changed(" ".join(self._did) or NOTHING, live.sentence)

    async def needed(self) -> bool:
        """Whether anything below would be done; only looks."""
        if await self._interrupted():
            return True
        if await self._world.proxy_container.find() is None:
            return False
        if not await self._world.proxy.answers():
            return True
        now, found = await self._world.proxy.state(), await self._world.proxy.configuration()
        if _held(now) or (found.intact and not await self._world.proxy.runs(found)):
            return True
        live = await self._world.live()
        return _never_went_live(live.states[live.idle], live.state, ())

    async def _interrupted(self) -> tuple[RunRecord, ...]:
        now = time.time()
        return tuple(
            run
            for run in await self._ledger.unfinished()
            if run.id != self._run.id
            and (run.command not in ("lock", "unlock", "cancel") or now - run.started.timestamp() > _JUST_NOW_SECONDS)
        )

    async def find(self) -> None:
        """Runs that never told their end. This one holds the lock, so none of them is alive."""
        async with self._run.step(FIND) as step:
            self._unfinished = await self._interrupted()
            names = ", ".join(f"`{run.command}` ({run.id})" for run in self._unfinished)
            step.detail = names or "the record names none"

    async def proxy(self) -> None:
        """What users get stays; the file is made to say the same. What a dead run holds back is let through."""
        proxy = self._world.proxy
        async with self._run.step(PROXY) as step:
            if not await proxy.answers():
                await self._world.proxy_container.start()
                self._did.append("The proxy was stopped and has been started.")
            now, found = await proxy.state(), await proxy.configuration()
            held = _held(now)
            mode, owner = (Mode.OPEN, "") if held else (now.mode, now.owner)
            if held:
                self._did.append(f"Requests were still held by run {now.owner}: they are let through.")
            elif not found.intact:
                step.detail = "edited by hand; left as it is"
                return
            elif await proxy.runs(found):
                step.detail = "it is"
                return
            else:
                self._did.append("A configuration that nginx never took up was replaced by what users have.")
            await proxy.apply(Wanted(now.colour, mode, owner))
            step.detail = self._did[-1]

    async def colours(self) -> None:
        """A new colour that never went live is removed; one that did is watched as its deploy would have."""
        async with self._run.step(COLOURS) as step:
            live = await self._world.live()
            idle = live.states[live.idle]
            if _never_went_live(idle, live.state, self._unfinished):
                await self._world.proxy.drain_leftovers()
                await self._world.stacks.remove(idle.colour)
                self._did.append(f"{_name(idle)} had been started and never went live: it was removed.")
            elif _users_left(idle, live.state, self._unfinished):
                await self._world.proxy.drain_leftovers()
                await self._world.stacks.stop(idle.colour)
                self._did.append(f"{_name(idle)} has no users any more: it was stopped, and its log is kept.")
            step.detail = self._did[-1] if self._did else "nothing was left"
        for run in self._unfinished:
            await self._close(run, live)

    async def _close(self, run: RunRecord, live: Live) -> None:
        state = live.state
        if state is None or not await self._went_live(run, state):
            await self._close_without_users(run, live)
            return
        if not run.command.startswith("rollback"):  # the release a rollback goes back to has stood its soak
            before = live.states[state.colour.other]
            try:
                await settle.settle(self._context, before if before.exists else None, state, None)
            except OpsError as error:
                await self._ledger.close_unfinished(run.id, "failed", error.what)
                raise
        await self._ledger.close_unfinished(
            run.id, "done", "It was interrupted after its switch, and finished by recover."
        )
        self._did.append(f"`{run.command}` ({run.id}) was interrupted after its switch: it is finished.")

    async def _close_without_users(self, run: RunRecord, live: Live) -> None:
        """Users never came to it, or have gone elsewhere since."""
        if _moved_users(run):
            summary, told = f"It was interrupted after its switch. {live.sentence}", "after its switch"
        else:
            summary, told = (
                "It was interrupted before its switch, and undone.",
                "before it changed what users get: it is undone",
            )
        await self._ledger.close_unfinished(run.id, "stopped", summary)
        self._did.append(f"`{run.command}` ({run.id}) was interrupted {told}.")

    async def _went_live(self, run: RunRecord, live: ColourState) -> bool:
        """Whether users are where this run sent them. A rollback or switch sends them to a colour that an earlier run made."""
        if live.run_id == run.id:
            return True
        moved = run.switch_begun and run.command.startswith(("switch", "rollback"))
        return moved and (live.run_id or "") < run.id and await self._ledger.switched_to(run.id) == live.colour


def _held(proxy: ProxyState) -> bool:
    """A run holds requests back, and as recover holds the lock, that run is dead."""
    return proxy.mode is not Mode.OPEN and proxy.owner != PERSON


def _moved_users(run: RunRecord) -> bool:
    """Its switch was done: its begin alone tells only that nginx was about to be told."""
    return any(step.name == SWITCH.name and step.state == "done" for step in run.steps)


def _never_went_live(idle: ColourState, live: ColourState | None, unfinished: tuple[RunRecord, ...]) -> bool:
    by = next((run for run in unfinished if run.id == idle.run_id), None)
    if by is None:
        return idle.state == "created"
    return idle.exists and not _moved_users(by) and not (by.switch_begun and _is_standby(idle, live))


def _users_left(idle: ColourState, live: ColourState | None, unfinished: tuple[RunRecord, ...]) -> bool:
    """An interrupted run moved users there, and they are elsewhere by now; and it is not what a rollback goes back to."""
    return (
        idle.running
        and not _is_standby(idle, live)
        and any(run.id == idle.run_id and _moved_users(run) for run in unfinished)
    )


def _is_standby(idle: ColourState, live: ColourState | None) -> bool:
    target = live.previous if live else None
    return target is not None and idle.release is not None and target.image_id == idle.release.image_id


def _name(state: ColourState) -> str:
    return f"{state.release.version} ({state.colour})" if state.release else str(state.colour)


async def recover(context: Context) -> Changed:
    """`recover`; the bot runs it at its start."""
    return await Recover(context).run()
