"""Watching the new live colour after the switch: its health, and what users really get, against named thresholds."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable

from ops.config import Config, Soak
from ops.engine import traffic
from ops.engine.traffic import UserAnswer
from ops.engine.world import World
from ops.model import ColourState
from ops.run import StepScope
from ops.spelling import counted

_LOOK_SECONDS = 0.25  # how often the log is judged: well under the 5 s in which a bad release must be left
_HEALTH_SECONDS = 1.0


class Judge:
    """Decides from what it is told whether the release is bad. One stray 500 is no reason. Pure: the clock is given."""

    def __init__(self, rules: Soak) -> None:
        self._rules = rules
        self._window: deque[UserAnswer] = deque()
        self._unhealthy = 0
        self._last_problem = ""
        self.seen = 0
        self.errors = 0

    def answers(self, answers: Iterable[UserAnswer], now: float) -> None:
        """Users got these answers; what is older than the window is forgotten."""
        for answer in answers:
            self._window.append(answer)
            self.seen += 1
            self.errors += answer.status >= 500
        while self._window and self._window[0].at < now - self._rules.window_seconds:
            self._window.popleft()

    def health(self, problem: str | None) -> None:
        """The health path was asked; `problem` is None when it answered well."""
        self._unhealthy = self._unhealthy + 1 if problem else 0
        self._last_problem = problem or self._last_problem

    def verdict(self) -> str | None:
        """Why the release must be left, in a few words; None while it may stay."""
        rules = self._rules
        if self._unhealthy >= rules.unhealthy_in_a_row:
            return f"{self._unhealthy} health checks in a row failed: {self._last_problem}"
        errors = sum(answer.status >= 500 for answer in self._window)
        if errors < rules.min_errors:
            return None
        percent = 100 * errors / len(self._window)
        if percent < rules.max_error_percent:
            return None
        return (
            f"{errors} of {len(self._window)} answers to users in the last {rules.window_seconds:g} s were errors "
            f"({percent:.0f} %, the limit is {rules.max_error_percent:g} %)"
        )


async def soak(
    world: World,
    config: Config,
    state: ColourState,
    scope: StepScope,
    clock: Callable[[], float] = time.time,
) -> str | None:
    """Watch a colour for `soak.seconds`; why it must be left, or None when it stood the time."""
    rules = config.soak
    judge = Judge(rules)
    ends, next_health = clock() + rules.seconds, clock()
    async with traffic.watch(world.docker, config.proxy_container, state.address or "") as seen:
        while (now := clock()) < ends:
            judge.answers(seen.take(), now)
            if now >= next_health:
                judge.health((await world.stacks.health(state)).problem)
                next_health = clock() + _HEALTH_SECONDS
                done = 100 * (1 - (ends - now) / rules.seconds)
                await scope.progress(
                    f"{counted(judge.seen, 'answer')} to users, {counted(judge.errors, 'error')}", min(done, 100)
                )
            if bad := judge.verdict():
                return bad
            await asyncio.sleep(min(_LOOK_SECONDS, max(ends - clock(), 0)))
    scope.detail = (
        f"{rules.seconds:g} s: {counted(judge.seen, 'answer')} to users, {counted(judge.errors, 'error')}; health good"
    )
    return None
