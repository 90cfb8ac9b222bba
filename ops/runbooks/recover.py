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
        return _never_went_live(live.states[live.idle], ())

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
            if _never_went_live(idle, self._unfinished):
                await self._world.proxy.drain_leftovers()
                await self._world.stacks.remove(idle.colour)
                self._did.append(f"{_name(idle)} had been started and never went live: it was removed.")
            step.detail = self._did[-1] if self._did else "nothing was left"
        for run in self._unfinished:
            await self._close(run, live)

    async def _close(self, run: RunRecord, live: Live) -> None:
        state = live.state
        if state is None or not self._went_live(run, state):
            await self._ledger.close_unfinished(run.id, "stopped", "It was interrupted before its switch, and undone.")
            self._did.append(
                f"`{run.command}` ({run.id}) was interrupted before it changed what users get: it is undone."
            )
            return
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

    @staticmethod
    def _went_live(run: RunRecord, live: ColourState) -> bool:
        return live.run_id == run.id or (run.switch_begun and run.command.startswith(("switch", "rollback")))


def _held(proxy: ProxyState) -> bool:
    """A run holds requests back, and as recover holds the lock, that run is dead."""
    return proxy.mode is not Mode.OPEN and proxy.owner != PERSON


def _never_went_live(idle: ColourState, unfinished: tuple[RunRecord, ...]) -> bool:
    return idle.exists and (idle.state == "created" or idle.run_id in {run.id for run in unfinished})


def _name(state: ColourState) -> str:
    return f"{state.release.version} ({state.colour})" if state.release else str(state.colour)


async def recover(context: Context) -> Changed:
    """`recover`; the bot runs it at its start."""
    return await Recover(context).run()
