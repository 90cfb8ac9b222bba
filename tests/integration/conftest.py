"""What the slow tests share: the images, made once, and worlds of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.engine import Images, ensure_images
from tests.awkward import ensure_awkward
from tests.house import House, a_house


@pytest.fixture(scope="session")
def images() -> Images:
    """nginx, the sample releases and the bot's own image."""
    return ensure_images()


@pytest.fixture(scope="session")
def awkward(images: Images) -> str:
    """The repository of the releases that misbehave."""
    return ensure_awkward(images)


@pytest_asyncio.fixture
async def house(images: Images, tmp_path: Path) -> AsyncIterator[House]:
    """An empty world: network, volume and proxy are up, nothing is live."""
    async with a_house(images, tmp_path / "state") as made:
        yield made


@pytest_asyncio.fixture
async def quick_house(images: Images, tmp_path: Path) -> AsyncIterator[House]:
    """A house that gives a release three seconds to become healthy, for releases that never do."""
    async with a_house(images, tmp_path / "state", deploy={"health_deadline_seconds": 3}) as made:
        yield made


@pytest_asyncio.fixture
async def unhurried_house(images: Images, tmp_path: Path) -> AsyncIterator[House]:
    """A house whose smoke request lasts a second: a deploy can be met before its switch, however busy the machine is."""
    async with a_house(images, tmp_path / "state", app={"smoke": [{"path": "/api/slow?s=1"}]}) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def waiting_house(images: Images, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One unhurried house for several tests of a file (marked `IN_ONE_HOUSE`): v1.1.0 is live, the other colour is empty, and
    each test leaves it so."""
    state = tmp_path_factory.mktemp("waiting") / "state"
    async with a_house(images, state, app={"smoke": [{"path": "/api/slow?s=1"}]}) as made:
        said = await made.say("deploy v1.1.0")
        assert said.ok, said.text
        yield made
