"""Rollback: users back on the release that was live before. It must work at any hour, whatever else is broken or going on.

What it goes back to stands in the labels of the live colour's container, so it needs no ledger. Code rolls back, data does not.
"""

from __future__ import annotations

from ops.engine.docker import NotFound
from ops.engine.world import Live
from ops.errors import Failed
from ops.events import Step
from ops.model import ColourState, Mode, ProxyState, Release
from ops.results import Changed
from ops.runbooks.context import Context
from ops.runbooks.proving import prove_healthy, switch_users

FIND = Step("find", "Find what to go back to")
STAND_UP = Step("standby", "Check the standby")
SWITCH = Step("switch", "Send users back to it")


class Rollback:
    """One rollback. `run()` is the runbook."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run, self._world = context.run, context.world
        self._live: Live
        self._target: Release
        self._standby: ColourState

    async def run(self) -> Changed:
        """Find the target, check or raise the standby, switch.

        Raises:
            Failed: there is nothing to go back to, or it cannot serve; users stay where they are.
        """
        await self._run.begin("Roll back", (FIND, STAND_UP, SWITCH))
        if (stopped := await self._stopped_deploy()) is not None:
            return await self._nothing_was_switched(stopped)
        await self.find_target()
        await self.stand_up()
        await self.switch()
        left = self._live.state
        back = live = f"Users are back on {self._target.version} ({self._standby.colour})."
        if self._live.proxy.mode is not Mode.OPEN:
            back, live = f"{self._standby} is live again.", await self._world.live_sentence()
        return Changed(
            summary=back,
            live=live,
            next_step=f"{left} still runs, without users: `logs {left.colour}` tells what went wrong. "
            "Data was not rolled back."
            if left and left.running
            else "Data was not rolled back.",
        )

    async def _stopped_deploy(self) -> str | None:
        """The deploy that gave way to this, as a clause, when users are not on what it brought: stopping it was the whole rollback.

        A switch may have begun and been taken back; so where users are now decides, asked of nginx alone: the release may hang.
        """
        deploy = self._run.preempted
        if deploy is None or not deploy.command.startswith("deploy"):
            return None
        if not deploy.switch_begun:
            return f"`{deploy.command}` was stopped before its switch"
        live = (await self._world.glance()).state
        if live is None or live.run_id == deploy.run_id:
            return None
        return f"`{deploy.command}` was stopped after its switch had been taken back"

    async def _nothing_was_switched(self, stopped: str) -> Changed:
        async with self._run.step(FIND) as step:
            live = await self._world.live()
            step.detail = f"{stopped}, so there is nothing to take back"
        return Changed(
            summary=f"{stopped}; users are on the release they were on.",
            live=live.sentence,
            next_step="To go back one release further, say `rollback` again.",
        )

    async def find_target(self) -> None:
        """The release in the live container's labels; without that container, whatever stands by on the other colour."""
        async with self._run.step(FIND) as step:
            self._live = await self._world.glance()
            if self._live.colour is None:
                raise Failed(
                    "Nothing is live, so there is nothing to roll back.", "Release something: `deploy VERSION`."
                )
            self._standby = self._live.states[self._live.colour.other]
            self._target = await self._find()
            step.detail = (
                f"back from {self._live.state or 'nothing'} to {self._target.version} ({self._standby.colour})"
            )
        await self._run.note(f"Going {step.detail}: {self._way}")

    @property
    def _way(self) -> str:
        ready = self._is_standby and self._standby.running
        how = "it runs, so this is one switch" if ready else "it must be started first"
        return f"{how}. Data is not rolled back."

    async def _find(self) -> Release:
        live, standby = self._live.state, self._standby
        if live is not None and live.exists:
            if live.previous is not None:
                return live.previous
            other = f"`switch {standby.colour}` sends users to {standby}. " if standby.running else ""
            raise Failed(
                f"Nothing was live before {live}, so there is nothing to roll back to.",
                f"{other}Deploy a good release (`releases` lists them), or show the maintenance page: `maintenance on`.",
            )
        if standby.release is not None:
            return standby.release  # the live container is gone: the standby is all there is
        known = await self._context.ledger.last_live_release()
        advice = f"deploy {known}" if known else "deploy VERSION"
        raise Failed("Both colours are gone: there is nothing to roll back to.", f"Start a release again: `{advice}`.")

    @property
    def _is_standby(self) -> bool:
        carried = self._standby.release
        return carried is not None and carried.image_id == self._target.image_id

    async def stand_up(self) -> None:
        """Check the standby with one answer; start it, or make it again from its image, when that is not good."""
        async with self._run.step(STAND_UP) as step:
            if self._is_standby and self._standby.running:
                answer = await self._world.stacks.health(self._standby)
                if answer.good:
                    step.detail = f"{self._standby} runs and is healthy"
                    return
                await step.progress(f"the standby runs but is not healthy ({answer.problem}): making it again")
            if self._is_standby and self._standby.state == "exited":
                await self._world.stacks.start(self._standby.colour)
            else:
                await self._make_again()
            self._standby = await self._world.stacks.state(self._standby.colour)
            await prove_healthy(self._world, self._standby, step, successes=1)
            step.detail = f"{self._standby} was started and is healthy"

    async def _make_again(self) -> None:
        colour = self._standby.colour
        try:
            await self._world.docker.image(self._target.image_id)
        except NotFound as error:
            raise Failed(
                f"The image of {self._target.version} is no longer on this machine, so its standby cannot be started.",
                f"`deploy {self._target.version}` gets it from the registry again; or `maintenance on`.",
            ) from error
        before = self._standby.previous if self._is_standby else None
        if self._standby.running:  # else nobody waits for an answer of it
            await self._world.proxy.drain_leftovers()
        await self._world.stacks.remove(colour)
        await self._world.stacks.create(colour, self._target, before, self._run.id)
        await self._world.stacks.start(colour)

    async def switch(self) -> None:
        """Users go back; requests stay held or not as they are by now."""
        await self.switch_from(await self._world.proxy.itself())

    async def switch_from(self, proxy: ProxyState) -> None:
        """To the standby; the proxy's mode stays what it is."""
        async with self._run.step(SWITCH) as step:
            await switch_users(self._world, self._run, proxy, self._standby, step)
