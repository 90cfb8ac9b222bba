"""Recover: finish or undo what was interrupted (a killed bot, a crashed host), judged by what is there, with the ledger's help.

Users were served all the time: every change of what they get is one rename and one signal. What can be left behind is a
configuration that was renamed but never taken up, requests that are still held, a new colour that never went live, or a switch
whose soak was cut short.
"""

from __future__ import annotations

from ops.database.model import SweepRequest, Swept
from ops.engine.drill_room import left_over_rooms, remove_room
from ops.engine.nginx_config import Wanted
from ops.engine.worker_process import end_worker, left_over_workers
from ops.engine.world import Live
from ops.errors import EngineDown, OpsError
from ops.events import Step
from ops.model import ColourState, Door, Mode, ProxyState
from ops.results import Changed, RunRecord
from ops.runbooks import settle
from ops.runbooks.context import Context
from ops.runbooks.deploy import SWITCH
from ops.runbooks.put_back import start_colours
from ops.runbooks.quiesce import PERSON

FIND = Step("find", "Find what was interrupted")
DATA = Step("data", "The database is whole, and what worked on it is gone")
PROXY = Step("proxy", "What nginx does is what its file says")
COLOURS = Step("colours", "Finish or undo")

NOTHING = "Nothing was interrupted."
_WRITES_DATA = ("restore", "vacuum", "rollback --with-data")  # the words that such runs begin with


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
        await self._run.begin("Recover", (FIND, DATA, PROXY, COLOURS))
        await self.find()
        if await self._world.proxy_container.find() is None:
            return Changed(
                "There is no proxy yet, so nothing can have been interrupted.", "Nothing is live.", "Run `up`."
            )
        await self.data()
        await self.proxy()
        await self.colours()
        live = await self._world.live()
        return Changed(" ".join(self._did) or NOTHING, live.sentence)

    async def needed(self) -> bool:
        """Whether anything below would be done; only looks."""
        if await self._interrupted() or any(await self._left_over()):
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
        alive = self._context.living.ids()
        return tuple(run for run in await self._ledger.unfinished() if run.id != self._run.id and run.id not in alive)

    async def _left_over(self) -> tuple[list[str], list[str]]:
        docker, config, alive = self._world.docker, self._context.config, self._context.living.ids()
        return await left_over_workers(docker, config, alive), await left_over_rooms(docker, config, alive)

    async def find(self) -> None:
        """Runs that never told their end, and whose process is gone."""
        async with self._run.step(FIND) as step:
            self._unfinished = await self._interrupted()
            names = ", ".join(f"`{run.command}` ({run.id})" for run in self._unfinished)
            step.detail = names or "the record names none"

    async def data(self) -> None:
        """Workers of dead runs are ended (each takes back what it was doing), what they left is swept up, and colours that a
        restore had stopped run again before anybody is let in. The database needs no mending: it is whole at every moment."""
        docker, config = self._world.docker, self._context.config
        async with self._run.step(DATA) as step:
            workers, rooms = await self._left_over()
            for name in workers:
                await end_worker(docker, name)
                self._did.append("A database worker went on without its run: it was ended.")
            for name in rooms:
                await remove_room(docker, config, name)
                self._did.append("A drill was interrupted: what it had made was removed.")
            if self._unfinished or workers:
                await self._sweep()
            await self._proxy_answers()
            for run in self._unfinished:
                await self._start_stopped(run)
            step.detail = self._did[-1] if self._did else "nothing was left"

    async def _sweep(self) -> None:
        request = SweepRequest(tuple(self._context.living.ids() - {self._run.id}))
        try:
            self._did += (await self._world.worker.ask(request, run_id=self._run.id))[Swept].found
        except EngineDown:
            raise
        except OpsError as error:
            await self._run.note(
                f"What was left beside the database and its backups is not known: {error.what}", "warning"
            )

    async def _start_stopped(self, run: RunRecord) -> None:
        """Only what users need, once the run had moved them: the release it left must not start on the old database."""
        stopped = await self._ledger.stopped(run.id)
        live = (await self._world.proxy.state()).colour
        wanted = tuple(colour for colour in stopped if colour is live or not run.switch_begun)
        if run.command.startswith(_WRITES_DATA) and live is not None and live not in wanted:
            wanted = (*wanted, live)
        down = [colour for colour in wanted if not (await self._world.stacks.state(colour)).running]
        exist = [colour for colour in down if (await self._world.stacks.state(colour)).exists]
        if exist:
            await start_colours(self._world, exist)
            self._did.append(f"{' and '.join(exist)} had been stopped for `{run.command}`: started again.")

    async def _proxy_answers(self) -> None:
        if not await self._world.proxy.answers():
            await self._world.proxy_container.start()
            self._did.append("The proxy was stopped and has been started.")

    async def proxy(self) -> None:
        """What users get stays; the file is made to say the same. What a dead run holds back is let through."""
        proxy = self._world.proxy
        async with self._run.step(PROXY) as step:
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
                self._did.append(f"{idle} had been started and never went live: it was removed.")
            elif _users_left(idle, live.state, self._unfinished):
                await self._world.proxy.drain_leftovers()
                await self._world.stacks.stop(idle.colour)
                self._did.append(f"{idle} has no users any more: it was stopped, and its log is kept.")
            step.detail = self._did[-1] if self._did else "nothing was left"
        for run in self._unfinished:
            await self._close(run, live)

    async def _close(self, run: RunRecord, live: Live) -> None:
        state = live.state
        if run.command.startswith(_WRITES_DATA) and not run.switch_begun:
            told = (
                "It was interrupted. The database is whole: as it was before, or as the run meant it to be; the safety backup "
                "has what it was."
            )
            await self._ledger.close_unfinished(run.id, "stopped", told)
            self._did.append(f"`{run.command}` ({run.id}): {told[0].lower()}{told[1:]} `backups` lists it.")
            return
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


async def recover(context: Context) -> Changed:
    """`recover`; the bot runs it at its start."""
    return await Recover(context).run()
