"""A version that is nowhere: one sentence that tells whether a registry said so or none could be asked."""

from __future__ import annotations

from unittest.mock import AsyncMock, Mock

import pytest

from ops.config import Config
from ops.engine.docker import NotFound
from ops.engine.world import World
from ops.errors import Failed
from ops.run import StepScope
from ops.runbooks.resolve import resolve

# What the engine (20.10 and 27) says, word for word.
NO_NAME = 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host'
NO_PORT = 'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused'
SLOW = 'Get "https://r.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded)'
UNKNOWN = "manifest for r.io/a:v9 not found: manifest unknown: manifest unknown"
DENIED = "pull access denied for a, repository does not exist or may require 'docker login'"


async def refusal(said: str) -> Failed:
    """Ask for a version that the engine does not have, and cannot pull for this reason."""
    docker = Mock(
        image=AsyncMock(side_effect=NotFound("No such image.", "")),
        pull=AsyncMock(side_effect=NotFound(f"The Docker Engine says: {said}.", "")),
    )
    world = Mock(spec=World, config=Config(), docker=docker)
    with pytest.raises(Failed) as caught:
        await resolve(world, "v9", Mock(spec=StepScope, progress=AsyncMock()))
    assert "`releases`" in caught.value.next_step
    return caught.value


@pytest.mark.parametrize("said", [NO_NAME, NO_PORT, SLOW])
async def test_no_registry_answered(said: str) -> None:
    told = (await refusal(said)).what
    assert told == "There is no image myfinance-server:v9: it is not on this machine, and no registry answered for it."


@pytest.mark.parametrize("said", [UNKNOWN, DENIED])
async def test_the_registrys_own_answer_is_told(said: str) -> None:
    told = (await refusal(said)).what
    assert "it is not on this machine, and the registry does not give it" in told
    assert said in told
