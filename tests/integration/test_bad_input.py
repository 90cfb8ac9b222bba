"""Bad input, and a world that is not as it should be: a clear sentence, and nothing changes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from ops.engine.ask import Answer
from ops.engine.nginx_config import EDITED_COPY, LIVE_FILE
from ops.errors import Failed
from ops.events import StepFailed, ignore
from ops.model import Actor, Colour, Door, Release
from ops.run import Run, StepScope
from ops.runbooks.deploy import HEALTH
from ops.runbooks.proving import prove_healthy
from sandbox.engine.foreign import make_foreign_image
from tests.house import House, Said, moved_in
from tests.place import Place

ROOT = Actor("root", "root", Door.TERMINAL)


@pytest_asyncio.fixture
async def house(place: Place, awkward: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house with the release `good` live on blue, which has little patience."""
    rules = {"health_deadline_seconds": 2, "health_timeout_seconds": 0.5}
    async with moved_in(place, tmp_path / "state", app={"image": awkward}, deploy=rules) as made:
        await made.furnish("good")
        yield made


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Another program listens on this port."""
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of before may still be fading there
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


async def docker(*words: str) -> str:
    """What another administrator does."""
    done = await asyncio.to_thread(subprocess.run, ["docker", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def assert_refused(house: House, said: Said, *sentences: str) -> None:
    """It failed, with these words and what is live now; users are on `good` and there is no second colour."""
    assert said.outcome.exit_code == 1, said.text
    for sentence in sentences:
        assert sentence in said.text
    assert "Users are on good (blue)." in said.text
    assert said.outcome.error is not None
    assert said.outcome.error.next_step
    assert await house.release() == "good"
    assert not await house.exists(Colour.GREEN)


# -- the version ---------------------------------------------------------------------------------------------------------


async def test_a_tag_with_no_image_anywhere(house: House) -> None:
    said = await house.say("deploy v9.9.9")

    await assert_refused(house, said, "There is no image myfinance-awkward:v9.9.9", "Ask `releases`")
    assert said.steps(StepFailed) == ["pull"]


async def test_a_version_that_is_live_under_another_name(house: House) -> None:
    again = f"{house.config.project.name}-again"
    await docker("tag", "myfinance-awkward:good", f"myfinance-awkward:{again}")
    try:
        said = await house.say(f"deploy {again}")
    finally:
        await docker("rmi", f"myfinance-awkward:{again}")

    await assert_refused(house, said, f"{again} is already live (as good)", "There is nothing to do.")


async def test_an_image_for_another_architecture(house: House) -> None:
    reference = f"myfinance-awkward:{house.config.project.name}-foreign"
    architecture = await asyncio.to_thread(make_foreign_image, reference)
    try:
        said = await house.say(f"deploy {reference.partition(':')[2]}")
    finally:
        await docker("rmi", reference)

    await assert_refused(house, said, f"is for linux/{architecture}, this host is linux/")


@pytest.mark.parametrize(
    ("release", "sentence", "answer"),
    [
        ("hangs", "did not become healthy within 2 s: no answer within 0.5 s", "no answer"),
        ("redirects", "the health path redirects (HTTP 302); it must answer 200 itself", "302"),
        ("lost", "the health path answered HTTP 404 instead of 200", "there is nothing at /api/health"),
        ("impostor", "the health answer says it is v0.0.1, but this is release impostor", "v0.0.1"),
    ],
)
async def test_a_health_path_that_does_not_answer_as_it_should(
    house: House, release: str, sentence: str, answer: str
) -> None:
    said = await house.say(f"deploy {release}")

    await assert_refused(house, said, sentence)
    assert said.steps(StepFailed) == ["health"]
    error = said.outcome.error
    assert error is not None
    assert answer in (error.evidence.health_answer or "")
    assert f"{release} listens on 8080" in error.evidence.log_lines


async def test_a_container_that_exits_at_once(house: House) -> None:
    said = await house.say("deploy exits")

    await assert_refused(house, said, "exits (green) exits at once (exit code 3) instead of serving")
    error = said.outcome.error
    assert error is not None
    assert "fatal: the licence key of the reporting engine has expired" in error.evidence.log_lines


async def test_the_exit_code_is_told_also_while_the_engine_starts_it_anew(house: House) -> None:
    image = await house.world.docker.image("myfinance-awkward:exits")
    await house.world.stacks.create(Colour.GREEN, Release("exits", image.id), None, "a-run")
    state = await house.world.stacks.state(Colour.GREEN)
    scope = StepScope(Run("a-run", "deploy exits", ROOT, ignore), HEALTH)
    await house.world.stacks.start(Colour.GREEN)

    for _ in range(20):  # at any moment of its restarts
        with pytest.raises(Failed, match=r"exits at once \(exit code 3\)"):
            await prove_healthy(house.world, state, scope, 1)


# -- ports ---------------------------------------------------------------------------------------------------------------


async def test_the_port_of_the_idle_colour_is_taken(house: House) -> None:
    port = house.config.colours.green_port
    with taken(port):
        said = await house.say("deploy better")
        await assert_refused(house, said, f"Port {port}, where green listens on this host, is taken by another program")
    assert said.steps(StepFailed) == ["preflight"]

    assert (await house.say("deploy better")).ok


async def test_the_port_of_the_proxy_is_taken(house: House) -> None:
    await house.world.proxy_container.remove()
    with taken(house.config.proxy.port):
        said = await house.say("up", ROOT)
        assert said.outcome.exit_code == 1
        assert f"port {house.config.proxy.port} or {house.config.proxy.admin_port} is taken" in said.text
        assert "run `myfinance up`" in said.text

    assert (await house.say("up", ROOT)).ok
    assert await house.release() == "good"


async def test_two_problems_are_told_together(house: House) -> None:
    await edit_by_hand(house)
    with taken(house.config.colours.green_port):
        said = await house.say("deploy better")

    await assert_refused(house, said, "edited by hand", "is taken by another program", "myfinance up", "Free it")


# -- nginx ---------------------------------------------------------------------------------------------------------------


async def edit_by_hand(house: House, command: str = f"echo '# by hand' >> {LIVE_FILE}") -> None:
    """Somebody edits the configuration in the container."""
    await docker("exec", house.config.proxy_container, "sh", "-c", command)


async def test_nginx_is_stopped(house: House) -> None:
    await docker("stop", house.config.proxy_container)

    status = await house.status()
    assert status.live is None
    assert "The proxy does not answer" in str(status.problem)
    assert status.colours[Colour.BLUE].healthy is True

    said = await house.say("deploy better")
    assert said.outcome.exit_code == 1
    assert "Its container is exited: run `myfinance up`" in said.text
    assert not await house.exists(Colour.GREEN)
    assert (await house.say("rollback")).outcome.exit_code == 1

    mended = await house.say("up", ROOT)
    assert "started the proxy (it was exited)" in mended.text
    assert "Users are on good (blue)." in mended.text
    assert await house.release() == "good"


async def test_its_configuration_is_edited_by_hand(house: House) -> None:
    await edit_by_hand(house)

    assert "edited by hand" in str((await house.status()).problem)
    await assert_refused(house, await house.say("deploy better"), "edited by hand, and a switch would overwrite that")

    mended = await house.say("up", ROOT)
    assert mended.ok, mended.text
    assert f"the edited file is kept as {EDITED_COPY}" in mended.notes
    assert "# by hand" in await docker("exec", house.config.proxy_container, "cat", EDITED_COPY)
    assert (await house.say("deploy better")).ok


async def test_a_rollback_does_not_wait_for_an_edit_by_hand_and_keeps_a_copy_of_it(house: House) -> None:
    assert (await house.say("deploy better")).ok
    await edit_by_hand(house)

    said = await house.say("rollback")

    assert said.ok, said.text
    assert await house.release() == "good"
    assert "# by hand" in await docker("exec", house.config.proxy_container, "cat", EDITED_COPY)


async def test_somebody_runs_a_configuration_of_their_own_and_up_takes_users_back_where_they_were(house: House) -> None:
    own = "events {} http { server { listen 80; return 200 mine; } }"
    await edit_by_hand(house, f"echo '{own}' > {LIVE_FILE} && nginx -s reload -c {LIVE_FILE}")

    said = await house.say("deploy better")
    assert said.outcome.exit_code == 1
    assert "myfinance up" in said.text

    mended = await house.say("up", ROOT)
    assert mended.ok, mended.text
    assert await house.release() == "good"
    assert own in await docker("exec", house.config.proxy_container, "cat", EDITED_COPY)


async def test_its_container_and_its_volume_are_gone_and_up_takes_users_back_where_they_were(house: House) -> None:
    await docker("rm", "-f", house.config.proxy_container)
    await docker("volume", "rm", house.config.proxy_volume)

    mended = await house.say("up", ROOT)

    assert mended.ok, mended.text
    assert "Users are on good (blue)." in mended.text
    assert await house.release() == "good"


async def test_an_edit_that_keeps_nginx_from_starting_is_mended_by_up(house: House) -> None:
    await edit_by_hand(house, f"echo 'nonsense' >> {LIVE_FILE}")
    await docker("restart", house.config.proxy_container)

    assert "edited by hand" in str((await house.status()).problem) or "does not answer" in str(
        (await house.status()).problem
    )
    mended = await house.say("up", ROOT)

    assert mended.ok, mended.text
    assert await house.release() == "good"


async def test_nginx_that_does_not_take_the_switch_up_leaves_users_where_they_are_and_no_second_colour(
    place: Place, awkward: str, tmp_path: Path
) -> None:
    app, proxy = {"image": awkward}, {"switch_timeout_seconds": 2}
    async with moved_in(place, tmp_path / "state", app=app, proxy=proxy) as house:
        await house.furnish("good")
        master = int(await docker("inspect", "-f", "{{.State.Pid}}", house.config.proxy_container))
        os.kill(master, signal.SIGSTOP)  # its workers go on, but no reload happens
        try:
            said = await house.say("deploy better")
            await assert_refused(house, said, "nginx was told to reload but did not take the new configuration up")
            assert said.steps(StepFailed) == ["switch"]
        finally:
            os.kill(master, signal.SIGCONT)
        assert (await house.say("deploy better")).ok


async def test_a_release_that_hangs_once_users_are_sent_to_it_loses_none_of_their_requests(
    place: Place, awkward: str, tmp_path: Path
) -> None:
    app, proxy = {"image": awkward}, {"switch_timeout_seconds": 2}
    async with moved_in(place, tmp_path / "state", app=app, proxy=proxy) as house:
        await house.furnish("good")
        deploy = asyncio.create_task(house.say("deploy tires"))
        await house.wait_for_release("tires")
        users = [asyncio.create_task(_slow_requests_until(house, deploy, start)) for start in (0, 0.7, 1.4)]

        said = await deploy

        await assert_refused(house, said, "nginx took the new configuration up but did not get 3 answers from")
        assert said.steps(StepFailed) == ["switch"]
        answers = [answer for user in users for answer in await user]
        assert {answer.status for answer in answers} == {200}
        assert {answer.headers["x-release"] for answer in answers} == {"tires", "good"}


async def _slow_requests_until(house: House, end: asyncio.Task[Said], start: float) -> list[Answer]:
    await asyncio.sleep(start)
    answers = []
    while not end.done():
        answers.append(await house.get("/slow"))
    return [*answers, await house.get("/slow")]


# -- what is not ours ----------------------------------------------------------------------------------------------------


async def test_a_container_of_our_name_that_is_not_ours_is_never_touched(house: House) -> None:
    name, image = house.config.container(Colour.GREEN), house.config.database.worker_image
    # Without a restart policy of its own it would not come back: whoever stopped it would be seen.
    foreign = await docker("run", "-d", "--name", name, "--network", "none", "--entrypoint", "sleep", image, "600")
    try:
        for command in ("deploy better", "rollback", "switch green", "prune", "up", "recover"):
            said = await house.say(command, ROOT)
            assert said.ok or f"A container named {name} exists that this program did not make" in said.text, command
            assert await docker("inspect", "-f", "{{.Id}} {{.State.Running}}", name) == f"{foreign} true", command
            assert await house.release() == "good"
        assert "green" in (await house.say("deploy better")).text
        assert "sends users to blue" in (await house.say("deploy better")).text
    finally:
        await docker("rm", "-f", name)
