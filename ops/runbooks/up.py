"""Up: the network, the volumes and the proxy, created where they are missing. Safe to repeat: what is there stays."""

from __future__ import annotations

from contextlib import suppress

from ops.aio import until
from ops.engine import labels
from ops.engine.docker import Conflict, Container, NotFound
from ops.engine.nginx_config import EDITED_COPY, Wanted
from ops.errors import Failed
from ops.events import Step
from ops.model import Colour
from ops.results import Changed
from ops.runbooks.context import Context

NETWORK = Step("network", "Network and volumes")
PROXY = Step("proxy", "The proxy runs and answers")
CONFIGURATION = Step("configuration", "Its configuration is this program's")

_RELOAD_SECONDS = 2.0  # a reload answers within 0.2 s (measured); ten times that


class Up:
    """One `up`. `run()` is the runbook."""

    def __init__(self, context: Context) -> None:
        self._run, self._world, self._config = context.run, context.world, context.config
        self._ledger = context.ledger
        self._recreate = bool(context.arguments.get("recreate"))
        self._did: list[str] = []

    async def run(self) -> Changed:
        """Network, proxy container, configuration.

        Raises:
            Failed: the engine refused; the message says why and what to do.
        """
        await self._run.begin("Set up", (NETWORK, PROXY, CONFIGURATION))
        await self.network()
        await self.proxy()
        await self.configuration()
        live = await self._world.live_sentence()
        done = "; ".join(self._did) if self._did else "everything was there already"
        nothing_live = (await self._world.proxy.state()).colour is None
        return Changed(f"Set up: {done}.", live, "Release something: `deploy VERSION`." if nothing_live else "")

    async def network(self) -> None:
        """The network that nginx and the colours share, the database's volume, the volume of nginx's configuration."""
        config, docker = self._config, self._world.docker
        async with self._run.step(NETWORK) as step:
            made = []
            if await docker.ensure_network(config.project.network, labels.owned(config, "network")):
                made.append(f"network {config.project.network}")
            for volume in (config.database.volume, config.proxy_volume):
                if await docker.ensure_volume(volume, labels.owned(config, "volume")):
                    made.append(f"volume {volume}")
            step.detail = f"created: {', '.join(made)}" if made else "all there"
            self._did += [f"created {what}" for what in made]

    async def proxy(self) -> None:
        """The proxy's container, created or started. One made with other settings is replaced only when asked for."""
        container = self._world.proxy_container
        async with self._run.step(PROXY) as step:
            found = await container.find()
            if found is not None and container.made_with_other_settings(found):
                if not self._recreate:
                    await self._run.note(
                        "The proxy runs with an image or ports other than the configuration's. `up --recreate` replaces it "
                        "(users are interrupted for about a second).",
                        "warning",
                    )
                else:
                    await container.remove()
                    found = None
            if found is None:
                await self._create()
                self._did.append("created the proxy")
            elif not await self._world.proxy.answers():
                await container.write_first_configuration(Wanted(await self._likely_live()))
                await self._replace_foreign_configuration(found)
                if found.state != "running":
                    self._did.append(f"started the proxy (it was {found.state})")
            await container.start()
            step.detail = self._did[-1] if self._did else "it runs"

    async def _create(self) -> None:
        try:
            await self._world.proxy_container.create()
        except NotFound as error:
            raise Failed(
                f"The proxy image {self._config.proxy.image} is not on this machine.",
                "Build it (`make images`) or pull it, or set proxy.image; then run `myfinance up`.",
            ) from error
        await self._world.proxy_container.write_first_configuration(Wanted(await self._likely_live()))

    async def _replace_foreign_configuration(self, container: Container) -> None:
        """nginx runs, or tries to, with a file that is not ours: ours takes its place, and users go where they were."""
        found = await self._world.proxy.configuration()
        if found.intact:
            return  # it is only slow to answer
        wanted = found.wanted or Wanted(await self._likely_live())
        await self._world.proxy_container.replace_configuration(wanted)
        workers = frozenset[str]()
        if container.state == "running":
            with suppress(Conflict, NotFound):  # it ended since we looked
                workers = frozenset(await self._world.proxy.workers())
                await self._world.docker.signal(self._config.proxy_container, "HUP")
        if await until(self._answering, seconds=_RELOAD_SECONDS, every=0.05) is None:
            # It could not start with the old file, and Docker waits longer before each try: a fresh start does not wait.
            await self._world.docker.stop(self._config.proxy_container, 1)
        elif workers:
            await self._world.proxy.only_new_ones_accept(workers)
        self._did.append(f"replaced a configuration that was not this program's (kept as {EDITED_COPY})")

    async def _answering(self) -> bool | None:
        return True if await self._world.proxy.answers() else None

    async def _likely_live(self) -> Colour | None:
        """Where users were, when nginx cannot tell any more: the only running colour, else the one that went live last."""
        states = [await self._world.stacks.state(colour) for colour in Colour]
        running = [state for state in states if state.running and state.release]
        last = await self._ledger.last_live_release()
        named = [state for state in running if state.release and state.release.version == last]
        chosen = running if len(running) == 1 else named
        return chosen[0].colour if len(chosen) == 1 else None

    async def configuration(self) -> None:
        """Write the configuration anew when it was edited by hand, or when what runs is not what the file says."""
        proxy = self._world.proxy
        async with self._run.step(CONFIGURATION) as step:
            found = await proxy.configuration()
            if found.intact and found.wanted is not None and await proxy.would_not_change(found):
                step.detail = "intact"
                return
            wanted = found.wanted or Wanted(None)
            if await proxy.answers():
                now = await proxy.state()  # what users get stays what it is, whatever the file says
                wanted = Wanted(now.colour, now.mode, now.owner)
            if not found.intact:
                await self._run.note(
                    f"The proxy's configuration had been edited by hand; the edited file is kept as {EDITED_COPY} "
                    f"in the volume {self._config.proxy_volume}.",
                    "warning",
                )
            await proxy.apply(wanted)
            step.detail = "written anew"
            self._did.append("wrote the proxy's configuration anew")


async def up(context: Context) -> Changed:
    """`up [--recreate]`."""
    return await Up(context).run()
