"""Deploy, on a real engine and a real nginx."""

from __future__ import annotations

import json

from ops.engine import labels
from ops.events import StepDone, StepFailed
from ops.model import Colour
from tests.house import House


async def test_a_first_deploy_then_the_next_and_the_old_one_stands_by(house: House) -> None:
    await house.furnish()
    assert "Nothing is live" in (await house.world.live()).sentence

    first = await house.say("deploy v1.1.0")
    assert first.ok, first.text
    assert await house.release() == "v1.1.0"

    second = await house.say("deploy v1.2.0")
    assert second.ok, second.text
    assert "v1.2.0 (green) is live" in second.text
    assert "`rollback` takes users back to v1.1.0 (blue)" in second.text
    assert await house.release() == "v1.2.0"

    status = await house.status()
    assert status.live is Colour.GREEN
    assert status.colours[Colour.BLUE].role == "standby"
    assert status.rollback_to == "v1.1.0"
    assert status.database is not None
    assert status.database.journal_mode == "wal"

    again = await house.say("deploy v1.2.0")
    assert again.outcome.exit_code == 1
    assert "already live" in again.text
    assert await house.release() == "v1.2.0"


async def test_the_labels_are_the_ones_compose_and_we_read(house: House) -> None:
    await house.furnish("v1.1.0")
    said = await house.say("deploy v1.2.0")
    name = house.config.project.name

    by_project = {"com.docker.compose.project": f"{name}-green"}  # how `docker compose -p NAME-green ps` finds them
    assert await house.world.docker.containers(by_project) == [f"{name}-api-green"]

    container = await house.world.docker.container(f"{name}-api-green")
    assert container is not None
    old = await house.world.docker.image("myfinance-server:v1.1.0")
    new = await house.world.docker.image("myfinance-server:v1.2.0")
    written = ("com.docker.compose.", "io.myfinance.ops.")  # the others come with the image
    ours = {key: value for key, value in container.labels.items() if key.startswith(written)}
    assert len(ours.pop("com.docker.compose.config-hash")) == 64
    assert ours == {
        "com.docker.compose.project": f"{name}-green",
        "com.docker.compose.service": "api",
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.project.config_files": "",
        "com.docker.compose.project.working_dir": "",
        "com.docker.compose.version": "2",
        labels.PROJECT: name,
        labels.ROLE: "colour",
        labels.COLOUR: "green",
        labels.RELEASE: "v1.2.0",
        labels.IMAGE_ID: new.id,
        labels.DIGEST: "",
        labels.RUN: said.outcome.run_id,
        "io.myfinance.ops.previous.release": "v1.1.0",
        "io.myfinance.ops.previous.image-id": old.id,
        "io.myfinance.ops.previous.digest": "",
    }
    host = container.raw["HostConfig"]
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert "no-new-privileges" in host["SecurityOpt"]
    assert host["Memory"] == 512 * 1024 * 1024
    assert host["PidsLimit"] == house.config.app.pids
    assert host["PortBindings"]["8080/tcp"][0]["HostIp"] == "127.0.0.1"
    assert container.raw["Config"]["Healthcheck"]["Test"] == ["NONE"]


async def test_a_release_that_never_becomes_healthy_is_refused_and_users_never_notice(quick_house: House) -> None:
    house = quick_house
    await house.furnish("v1.1.0")

    said = await house.say("deploy v1.3.0")

    assert said.outcome.exit_code == 1
    assert said.steps(StepFailed) == ["health"]
    error = said.outcome.error
    assert error is not None
    assert "did not become healthy" in error.what
    assert error.live == "Users are on v1.1.0 (blue)."
    assert error.evidence.health_answer is not None
    assert "503" in error.evidence.health_answer
    assert any("exchange rate service" in line for line in error.evidence.log_lines)
    assert "20250407090000_AddAccountNickname" in error.evidence.migrations  # stays in the shared database
    assert not await house.exists(Colour.GREEN)
    assert await house.release() == "v1.1.0"


async def test_hold_stops_before_the_switch_and_switch_goes_on(house: House) -> None:
    await house.furnish("v1.1.0")

    held = await house.say("deploy v1.2.0 --hold")
    assert held.ok, held.text
    assert "waits on green" in held.text
    assert await house.release() == "v1.1.0"
    status = await house.status()
    assert status.colours[Colour.GREEN].role == "held"

    said = await house.say("switch")
    assert said.ok, said.text
    assert said.steps(StepDone) == ["find", "health", "smoke", "switch", "soak", "drain"]
    assert await house.release() == "v1.2.0"

    twice = await house.say("switch green")
    assert twice.outcome.exit_code == 1
    assert "is live already" in twice.text

    assert (await house.say("rollback")).ok
    assert (await house.status()).colours[Colour.GREEN].role == "former"  # it waits no more: users have left it


async def test_status_has_what_other_programs_rely_on(house: House) -> None:
    await house.furnish()
    await house.say("deploy v1.1.0")

    told = json.loads(json.dumps((await house.status()).as_json()))

    assert told["live"] == "blue"
    assert told["colours"]["blue"]["version"] == "v1.1.0"
    assert told["colours"]["blue"]["state"] == "running"
    assert told["colours"]["blue"]["healthy"] is True
    assert told["colours"]["green"] == {**told["colours"]["green"], "version": None, "state": "absent", "healthy": None}
    assert told["database"]["path"] == "/data/myfinance.db"
    assert told["database"]["bytes"] > 0
    assert told["database"]["journal_mode"] == "wal"
    assert told["last_backup"] is None
    assert told["lock"] is None
    assert told["operation"] is None
