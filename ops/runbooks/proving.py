"""What a colour must show before users are sent to it, and sending them: the steps that deploy, switch and rollback share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from ops.aio import until
from ops.config import Config, Deploy, SmokeRequest
from ops.engine.ask import NoAnswer, ask
from ops.engine.nginx_config import Wanted
from ops.engine.proxy import Applied
from ops.engine.world import World
from ops.errors import Evidence, Failed
from ops.model import ColourState, HealthAnswer, ProxyState
from ops.run import Run, StepScope
from ops.spelling import counted

EVIDENCE_LINES = 20
_SOON_SECONDS = 0.05  # until a colour that gave no answer yet is asked again; doubled each time
_ENDING_SECONDS = 5.0  # for a process that cannot start to end once more
_SEEN_SECONDS = 5.0  # for nginx to learn a new container's address: its resolver asks again every second


async def prove_healthy(world: World, state: ColourState, scope: StepScope, successes: int) -> HealthAnswer:
    """Ask a colour's own health path until it gave `successes` good answers in a row.

    Raises:
        Failed: the deadline passed, or its process ended; with its last answer and last log lines as evidence.
    """
    rules = world.config.deploy

    async def ask() -> HealthAnswer:
        await _still_runs(world, state)
        return await world.stacks.health(state)

    last, problem = await good_in_a_row(ask, rules, successes, scope)
    if problem is not None:
        raise Failed(
            f"{state} did not become healthy within {rules.health_deadline_seconds:g} s: {problem}.",
            "Look at its health answer and log lines, mend the release, and deploy again.",
            evidence=await evidence(world, state, last),
        )
    scope.detail = f"{counted(successes, 'good answer')} in a row; {last}"
    return last


async def good_in_a_row(
    ask: Callable[[], Awaitable[HealthAnswer]], rules: Deploy, successes: int, scope: StepScope
) -> tuple[HealthAnswer, str | None]:
    """Ask until `successes` good answers came in a row, or the deadline is over. The last answer, and why they were too few as
    a clause (None when they were not). `ask` raises when it is not worth asking any more.

    Between good answers pass `health_interval_seconds`; what has just been started is asked sooner at first, then less and less
    often, so that a quick start is not waited for.
    """
    deadline, good, bad = time.monotonic() + rules.health_deadline_seconds, 0, ""
    soon = _SOON_SECONDS
    while True:
        last = await ask()
        good, bad = (good + 1, bad) if last.good else (0, last.problem or "")
        if good:
            await scope.progress(f"{good} of {successes} good answers in a row", 100 * good / successes)
        else:
            await scope.progress(f"not yet: {bad}")
        if good >= successes:
            return last, None
        if time.monotonic() > deadline:
            return last, bad or f"only {counted(good, 'good answer')} of {successes}"
        await asyncio.sleep(rules.health_interval_seconds if good else min(soon, rules.health_interval_seconds))
        soon *= 2


async def _still_runs(world: World, state: ColourState) -> None:
    container = await world.docker.container(world.config.container(state.colour))
    restarts = int(container.raw.get("RestartCount", 0)) if container else 0
    # Restarts of before are history: a standby that once crashed and is well again may be needed.
    if container is not None and container.state == "running" and restarts <= state.restarts:
        return
    ended = await _end_of(world, state) if container else "was removed by someone"
    raise Failed(
        f"{state} {ended} instead of serving.",
        "Its last log lines tell why; mend the release and deploy again.",
        evidence=await evidence(world, state, None),
    )


async def _end_of(world: World, state: ColourState) -> str:
    """How its process ended. The engine forgets an exit code when it starts the container anew, so that one is waited for."""

    async def exit_code() -> int | None:
        found = await world.docker.container(world.config.container(state.colour))
        return found.exit_code if found and found.state != "running" else None

    code = await until(exit_code, seconds=_ENDING_SECONDS, every=0.02)
    return "ended by itself and was started anew by the engine" if code is None else f"exits at once (exit code {code})"


async def evidence(world: World, state: ColourState, answer: HealthAnswer | None) -> Evidence:
    """What an engineer would look at next, taken while the container still exists."""
    lines = await world.stacks.logs(state.colour, EVIDENCE_LINES)
    return Evidence(lines, str(answer) if answer else None)


async def smoke(world: World, state: ColourState, scope: StepScope) -> None:
    """Send the configured requests to a colour, past the proxy.

    Raises:
        Failed: one was not answered as expected.
    """
    requests = world.config.app.smoke
    for number, request in enumerate(requests, 1):
        await scope.progress(f"{request.method} {request.path}", 100 * (number - 1) / len(requests))
        if problem := await smoke_problem(world.config, world.stacks.url(state), request):
            raise Failed(
                f"{state} failed its smoke request {request.method} {request.path}: {problem}.",
                "Mend the release (or the [[app.smoke]] request) and deploy again.",
                evidence=await evidence(world, state, None),
            )
    scope.detail = f"{counted(len(requests), 'request')} answered as expected" if requests else "none configured"


async def smoke_problem(config: Config, url: str, request: SmokeRequest) -> str | None:
    """Send one request to an application at `url`; what is wrong with the answer, None when it is as expected."""
    try:
        answer = await ask(
            url + request.path,
            seconds=config.deploy.health_timeout_seconds,
            method=request.method,
            body=request.body,
            content_type=request.content_type,
        )
    except NoAnswer as error:
        return str(error)
    return None if answer.status == request.expect else f"HTTP {answer.status} instead of {request.expect}"


async def switch_users(world: World, run: Run, proxy: ProxyState, state: ColourState, scope: StepScope) -> Applied:
    """Send users to a running colour, and return when they are there. The proxy's mode stays as it is.

    Cannot be interrupted once nginx is told; a request to stop waits for its end.

    Raises:
        Failed: nginx does not reach the colour, or did not take the change up; users stay where they were.
    """

    async def reached() -> str | None:
        return state.address if await world.proxy.sees(state.colour) == state.address else None

    # A reload inherits the addresses the running workers have resolved: so they must have this one first.
    if await until(reached, seconds=_SEEN_SECONDS, every=0.05) is None:
        raise Failed(
            f"nginx does not reach {state} at {state.address}, so users were not sent there.",
            f"Check that both are on the network {world.config.project.network}.",
        )
    async with run.uninterruptible():
        run.fence()
        await run.begin_switch(state.colour.value)
        applied = await world.proxy.apply(Wanted(state.colour, proxy.mode, proxy.owner), state.address)
    scope.detail = f"users are on {state} at {state.address}, {applied.seconds * 1000:.0f} ms after the signal"
    return applied
