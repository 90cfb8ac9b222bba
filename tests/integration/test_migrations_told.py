"""A deploy that does not go through leaves its migrations in the shared database: a person is told, once."""

from __future__ import annotations

from ops.events import RunFinished
from tests.house import House

ADDED = "20250407090000_AddAccountNickname"


async def test_a_failed_deploy_names_its_migrations_in_its_evidence_alone(quick_house: House) -> None:
    house = quick_house
    await house.furnish("v1.1.0", anew=True)

    said = await house.say("deploy v1.3.0")

    assert said.outcome.error is not None
    end = next(event for event in said.events if isinstance(event, RunFinished))
    assert ADDED in end.evidence.migrations
    assert ADDED not in said.notes + said.text


async def test_a_stopped_deploy_which_has_no_evidence_names_them_in_a_note(unhurried_house: House) -> None:
    house = unhurried_house
    await house.furnish("v1.1.0", anew=True)

    deploy = await house.begin("deploy v1.2.0", until="smoke")
    assert (await house.say("cancel")).ok
    said = await deploy

    assert not said.ok
    assert "v1.2.0 had already applied to the shared database stays: 1 migration (" in said.notes
