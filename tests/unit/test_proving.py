"""What the health step tells while it waits."""

from __future__ import annotations

from itertools import cycle
from typing import cast
from unittest.mock import AsyncMock, Mock

import pytest

from ops.config import Config, Deploy
from ops.engine.world import World
from ops.events import Event, StepProgress, ignore
from ops.model import Actor, Colour, ColourState, Door, HealthAnswer
from ops.run import Run, StepScope
from ops.runbooks.deploy import HEALTH
from ops.runbooks.proving import good_in_a_row, prove_healthy

BAD, GOOD = HealthAnswer(503, "starting", "HTTP 503"), HealthAnswer(200, "ok", None)


async def test_there_is_no_percent_while_nothing_is_good_yet() -> None:
    told: list[Event] = []

    async def listen(event: Event) -> None:
        told.append(event)

    running = Mock(state="running", raw={"RestartCount": 0})
    world = Mock(
        config=Config.model_validate({"deploy": {"health_interval_seconds": 0.01}}),
        docker=Mock(container=AsyncMock(return_value=running)),
        stacks=Mock(health=AsyncMock(side_effect=[BAD, GOOD, BAD, GOOD, GOOD])),
    )
    scope = StepScope(Run("r", "deploy v1", Actor("a", "a", Door.TERMINAL), listen), HEALTH)
    await prove_healthy(cast(World, world), ColourState(Colour.GREEN, "running"), scope, successes=2)

    assert [(event.note, event.percent) for event in told if isinstance(event, StepProgress)] == [
        ("not yet: HTTP 503", None),
        ("1 of 2 good answers in a row", 50),
        ("not yet: HTTP 503", None),
        ("1 of 2 good answers in a row", 50),
        ("2 of 2 good answers in a row", 100),
    ]
    assert scope.detail.startswith("2 good answers in a row")


async def test_what_has_just_been_started_is_asked_soon_and_then_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    rules, pause = Deploy.model_validate({"health_interval_seconds": 0.25}), AsyncMock()
    scope = StepScope(Run("r", "deploy v1", Actor("a", "a", Door.TERMINAL), ignore), HEALTH)
    monkeypatch.setattr("ops.runbooks.proving.asyncio.sleep", pause)

    await good_in_a_row(AsyncMock(side_effect=[BAD, BAD, BAD, BAD, GOOD, GOOD]), rules, 2, scope)

    assert [call.args[0] for call in pause.await_args_list] == [0.05, 0.1, 0.2, 0.25, 0.25]


async def test_when_the_time_is_over_the_last_bad_answer_is_the_reason_also_when_good_ones_came_after_it() -> None:
    rules = Deploy.model_validate({"health_interval_seconds": 0.01, "health_deadline_seconds": 0.05})
    scope = StepScope(Run("r", "deploy v1", Actor("a", "a", Door.TERMINAL), ignore), HEALTH)

    async def wavering() -> HealthAnswer:
        return next(answers)

    answers = cycle([BAD, GOOD])
    _, problem = await good_in_a_row(wavering, rules, 3, scope)
    assert problem == "HTTP 503"

    answers = cycle([GOOD])
    _, problem = await good_in_a_row(wavering, rules, 1000, scope)
    assert problem is not None
    assert problem.endswith("good answers of 1000")
