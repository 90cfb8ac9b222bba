"""The Docker Engine goes away, before a run and in the middle of one: users are served all the time, and `recover` cleans up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ops.model import Actor, Colour, Door
from tests.engine_relay import EngineRelay, engine_relay
from tests.house import House, moved_in
from tests.place import Place

RECOVERY = Actor("recovery", "recovery", Door.RECOVERY)


@pytest_asyncio.fixture
async def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EngineRelay]:
    """The way to the engine, in the test's hands."""
    async with engine_relay(tmp_path) as made:
        monkeypatch.setenv("DOCKER_HOST", made.address)
        yield made


@pytest_asyncio.fixture
async def house(place: Place, awkward: str, relay: EngineRelay, tmp_path: Path) -> AsyncIterator[House]:
    """A house that reaches its engine through the relay; `good` is live."""
    app, engine = {"image": awkward}, {"timeout_seconds": 3}
    async with moved_in(place, tmp_path / "state", app=app, engine=engine) as made:
        await made.furnish("good")
        yield made
        relay.cut()
        await relay.connect()


async def test_before_a_run_everything_is_refused_and_the_sentence_says_what_users_get(
    house: House, relay: EngineRelay
) -> None:
    relay.cut()

    for command in ("deploy better", "rollback", "switch", "status"):
        said = await house.say(command)
        assert said.outcome.exit_code == 1
        assert "The Docker Engine does not answer." in said.text
        assert "The proxy sends users to blue, which answers well." in said.text
        assert "systemctl start docker" in said.text
    assert await house.release() == "good"

    await relay.connect()
    assert (await house.say("deploy better")).ok
    assert await house.release() == "better"


async def test_an_engine_that_accepts_but_never_answers_is_told_as_down(house: House, relay: EngineRelay) -> None:
    relay.mute()

    said = await house.say("deploy better")

    assert said.outcome.exit_code == 1
    assert "The Docker Engine does not answer." in said.text
    assert await house.release() == "good"


@pytest.mark.parametrize(
    "request_line",
    [
        "POST /v1.41/containers/create?name={project}-api-green",
        "POST /v1.41/containers/{project}-api-green/start",
        "POST /v1.41/containers/{project}-nginx-proxy/exec",  # the new configuration is about to be staged
        "POST /v1.41/containers/{project}-nginx-proxy/kill",  # it stands in the file, and nginx is about to be told
    ],
)
async def test_in_the_middle_of_a_deploy_users_stay_and_recover_undoes_the_rest(
    house: House, relay: EngineRelay, request_line: str
) -> None:
    relay.cut_at(request_line.format(project=house.config.project.name))

    said = await house.say("deploy better")

    assert relay.is_cut
    assert said.outcome.exit_code == 1
    assert "The Docker Engine does not answer." in said.text
    assert "The proxy sends users to blue, which answers well." in said.text
    assert "`recover` removes it" in said.notes
    assert await house.release() == "good"

    await relay.connect()
    recovered = await house.say("recover", RECOVERY)
    assert recovered.ok, recovered.text
    assert "it is undone" in recovered.text
    assert "Users are on good (blue)." in recovered.text
    assert not await house.exists(Colour.GREEN)
    assert (await house.status()).problem is None
    assert (await house.say("deploy better")).ok
    assert await house.release() == "better"
