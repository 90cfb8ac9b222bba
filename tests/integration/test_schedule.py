"""The clock's jobs in a real world: a person runs each by hand, and the record and the terminal tell how it went."""

from __future__ import annotations

from ops.results import BackupDone, CareDone, Disk, DrillDone, Growth, Schedule, VerifyDone
from tests.house import House


async def test_every_job_runs_in_a_real_world_and_leaves_its_result(house: House) -> None:
    await house.furnish("v1.1.0", anew=True)

    done = {job: await house.say(f"schedule run {job}") for job in ("backup", "verify", "drill", "care")}

    assert {job: said.text for job, said in done.items() if not said.ok} == {}
    kinds = {"backup": BackupDone, "verify": VerifyDone, "drill": DrillDone, "care": CareDone}
    assert {job: type(said.outcome.result) for job, said in done.items()} == kinds
    care = done["care"].outcome.result
    assert isinstance(care, CareDone)
    assert not care.worthwhile, "a small database is not worth a stall"
    assert care.growth.points
    assert care.vacuum.bytes_before > 0

    schedule = (await house.say("schedule")).outcome.result
    assert isinstance(schedule, Schedule)
    jobs = {job.name: job for job in schedule.jobs}
    assert all(jobs[name].ok for name in kinds)
    assert jobs["backup"].detail.startswith("Backup myfinance-")
    assert isinstance((await house.say("disk")).outcome.result, Disk)
    assert isinstance((await house.say("growth")).outcome.result, Growth)


async def test_a_job_that_fails_is_kept_as_failed(house: House) -> None:
    await house.furnish()

    said = await house.say("schedule run backup")  # nothing was ever deployed: there is no database
    assert not said.ok
    schedule = (await house.say("schedule")).outcome.result
    assert isinstance(schedule, Schedule)
    kept = next(job for job in schedule.jobs if job.name == "backup")
    assert kept.ok is False
    assert said.outcome.error is not None
    assert kept.detail == said.outcome.error.what
