"""The world as the runbooks see it: the two colours, the proxy, the database worker; and what is live in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ops.aio import until
from ops.config import Config
from ops.engine.docker import Docker
from ops.engine.proxy import Proxy
from ops.engine.proxy_container import ProxyContainer
from ops.engine.stacks import Stacks
from ops.engine.worker import DatabaseWorker
from ops.errors import OpsError
from ops.model import Colour, ColourState, Mode, ProxyState

# After both colours were restarted with swapped addresses nginx is right again in about 2 s (measured, resolver valid=1s).
_ADDRESS_SECONDS = 3.0


@dataclass(frozen=True)
class Live:
    """What users get: the proxy's word, checked against the colours' addresses.

    `colour` is the colour the proxy sends users to, None when there is none. `problem` tells in a sentence why users do not
    get good answers from it; None when they do.
    """

    colour: Colour | None
    proxy: ProxyState
    states: Mapping[Colour, ColourState]
    problem: str | None

    @property
    def state(self) -> ColourState | None:
        """The live colour's stack."""
        return self.states[self.colour] if self.colour else None

    @property
    def idle(self) -> Colour:
        """The colour a new release goes to: the one users are not on (blue in a new world)."""
        return self.colour.other if self.colour else Colour.BLUE

    @property
    def sentence(self) -> str:
        """What users get, in one sentence."""
        if self.colour is None:
            return "Nothing is live: users get a 503 page."
        carried = self.states[self.colour].release
        name = f"{carried.version} ({self.colour})" if carried else str(self.colour)
        if self.proxy.mode is Mode.MAINTENANCE:
            return f"Users get the maintenance page; behind it is {name}."
        held = " Requests that change things are held (503)." if self.proxy.mode is Mode.READ_ONLY else ""
        if self.problem:
            return f"Users are sent to {name}, but {self.problem}.{held}"
        return f"Users are on {name}.{held}"


@dataclass(frozen=True)
class World:
    """Everything the runbooks may touch."""

    config: Config
    docker: Docker
    stacks: Stacks
    proxy: Proxy
    proxy_container: ProxyContainer
    worker: DatabaseWorker

    @classmethod
    @asynccontextmanager
    async def connect(cls, config: Config) -> AsyncIterator[World]:
        """Connect to the engine; nothing is asked or changed yet."""
        async with Docker.connect(config.engine.timeout_seconds) as docker:
            proxy = Proxy(docker, config)
            yield cls(
                config,
                docker,
                Stacks(docker, config),
                proxy,
                ProxyContainer(docker, config, proxy),
                DatabaseWorker(docker, config),
            )

    async def live(self) -> Live:
        """What is live. When the answering address is not the colour's (restarted containers), nginx gets a few seconds to
        find the new one before that is reported as a problem.

        Raises:
            ProxyDown, EngineDown: it cannot be known.
        """

        async def agreed() -> Live | None:
            seen = await self._look()
            return seen if seen.problem is None or not _addresses_disagree(seen) else None

        return await until(agreed, seconds=_ADDRESS_SECONDS, every=0.2) or await self._look()

    async def glance(self) -> Live:
        """What nginx and the engine say without asking the live colour, whose answer may never come: for those who want to leave
        it. Whether users get good answers is not looked at (`problem` is None).

        Raises:
            ProxyDown, EngineDown: it cannot be known.
        """
        proxy = await self.proxy.itself()
        return Live(proxy.colour, proxy, await self._states(), None)

    async def _look(self) -> Live:
        proxy = await self.proxy.state()
        states = await self._states()
        return Live(proxy.colour, proxy, states, _problem(proxy, states))

    async def _states(self) -> Mapping[Colour, ColourState]:
        return {colour: await self.stacks.state(colour) for colour in Colour}

    async def live_sentence(self) -> str:
        """What users get now, in one sentence; never raises."""
        try:
            return (await self.live()).sentence
        except OpsError as error:
            return await self._by_the_proxy_alone(error.what)

    async def _by_the_proxy_alone(self, problem: str) -> str:
        """The engine does not answer, or a colour's container is not ours: nginx can still be asked."""
        try:
            proxy = await self.proxy.state()
        except OpsError:
            proxy = None
        if proxy is None or proxy.colour is None:
            return f"What users get is not known: {problem}"
        if proxy.status != 200:
            return f"The proxy sends users to {proxy.colour}, whose health path answers HTTP {proxy.status}."
        return f"The proxy sends users to {proxy.colour}, which answers well."


def _problem(proxy: ProxyState, states: Mapping[Colour, ColourState]) -> str | None:
    if proxy.colour is None:
        return None
    state = states[proxy.colour]
    if not state.exists:
        return "its container is gone"
    if not state.running:
        return f"its container is {state.state}"
    if proxy.upstream != state.address:
        return f"the proxy reaches {proxy.upstream or 'nobody'} instead of its address {state.address}"
    if proxy.status != 200:
        return f"its health path answers HTTP {proxy.status} through the proxy"
    return None


def _addresses_disagree(live: Live) -> bool:
    state = live.state
    return state is not None and state.running and live.proxy.upstream != state.address
