"""Which backups stay: rules that hold for any directory, tried on thousands of them, and the plain cases on real files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ops.database.model import Decision, Entry, Facts, Manifest, Pin, RetainRequest, Why
from ops.database.retention import plan
from tests.database_files import Worker, flip_bit

_FACTS = Facts({}, "", (), 0, 0, 4096, 1, "wal", 0, False)
_START = datetime(2026, 1, 1, 2, tzinfo=UTC)
RULES = RetainRequest(keep_last=10, keep_daily=0, keep_weekly=0, keep_monthly=0, keep_safety=5)


def entry(
    sequence: int,
    taken: datetime = _START,
    why: Why = Why.SCHEDULE,
    run_id: str = "",
    pinned: bool = False,
    ok: bool = True,
) -> Entry:
    """One backup, as the list has it."""
    name = f"myfinance-{sequence}"
    manifest = Manifest(
        name, sequence, "p", "myfinance.db", taken.isoformat(), why, "", run_id, None, None, None, _FACTS, 1, 1, False,
        "", "3", None, 0.1, "1",
    )  # fmt: skip
    pin = Pin("Olga", "", "") if pinned else None
    return Entry(name, manifest, 1, pin, None if ok else "It is 3 bytes, and was 9 when it was taken.")


def names(decisions: Sequence[Decision]) -> set[str]:
    return {one.name for one in decisions}


entries_of = st.lists(
    st.builds(
        lambda days, why, run, pinned, ok: (days, why, run, pinned, ok),
        st.integers(-40, 400),  # the clock may jump either way
        st.sampled_from(Why),
        st.sampled_from(["run-1", "run-2", "run-3"]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=40,
).map(
    lambda rows: [
        entry(number, _START + timedelta(days=days), why, run, pinned, ok)
        for number, (days, why, run, pinned, ok) in enumerate(rows)
    ]
)
rules_of = st.builds(
    RetainRequest,
    keep_last=st.integers(0, 12),
    keep_daily=st.integers(0, 8),
    keep_weekly=st.integers(0, 8),
    keep_monthly=st.integers(0, 8),
    keep_safety=st.integers(0, 6),
    protected_runs=st.sampled_from([(), ("run-2",)]),
    bad=st.sampled_from([(), ("myfinance-3", "myfinance-7", "myfinance-11")]),
)


@settings(max_examples=1500, deadline=None)
@given(entries_of, rules_of)
def test_whatever_is_there_what_must_stay_stays_and_each_has_its_reason(
    found: list[Entry], rules: RetainRequest
) -> None:
    unproven = [Entry("myfinance-x", None, 5, None, "It has no manifest.")]
    kept, removed = plan([*reversed(found), *unproven], rules)
    good = [one for one in found if one.problem is None and one.name not in rules.bad]
    ordinary = [one for one in good if one.manifest and one.manifest.why is not Why.SAFETY]
    safety = [one for one in good if one not in ordinary]

    assert names(kept) | names(removed) == {one.name for one in found} | {"myfinance-x"}
    assert not names(kept) & names(removed)
    assert all(one.reason for one in [*kept, *removed])

    gone = names(removed)
    assert gone <= {one.name for one in good}, "what is damaged or unproven is evidence"
    assert "myfinance-x" not in gone
    assert not gone & {one.name for one in good[-1:]}, "the newest good one"
    assert not gone & {one.name for one in found if one.pin}
    assert not gone & {one.name for one in found if one.manifest and one.manifest.run_id in rules.protected_runs}
    last = ordinary[-rules.keep_last :] if rules.keep_last else []
    assert not gone & {one.name for one in last}
    # And it does remove: of those nothing protects, only so many stay.
    free = [
        one for one in safety if not one.pin and _manifest(one).run_id not in rules.protected_runs and one != good[-1]
    ]
    kept_free = [one for one in free if one.name not in gone]
    assert len(kept_free) <= rules.keep_safety
    most = rules.keep_last + rules.keep_daily + rules.keep_weekly + rules.keep_monthly
    free = [
        one for one in ordinary if not one.pin and _manifest(one).run_id not in rules.protected_runs and one != good[-1]
    ]
    assert len([one for one in free if one.name not in gone]) <= most


@given(entries_of, rules_of)
def test_the_plan_made_twice_removes_nothing_more(found: list[Entry], rules: RetainRequest) -> None:
    _, removed = plan(found, rules)
    left = [one for one in found if one.name not in names(removed)]
    assert plan(left, rules)[1] == ()


@given(entries_of, rules_of)
def test_the_order_of_the_list_and_touched_files_change_nothing(found: list[Entry], rules: RetainRequest) -> None:
    assert names(plan(found, rules)[1]) == names(plan(list(reversed(found)), rules)[1])


def _manifest(one: Entry) -> Manifest:
    assert one.manifest is not None
    return one.manifest


def test_the_last_ten_stay_and_safety_backups_do_not_count() -> None:
    found = [entry(number, why=Why.SAFETY if number % 2 else Why.DEPLOY) for number in range(40)]
    kept, _ = plan(found, RULES)
    assert names(kept) == {f"myfinance-{n}" for n in [*range(20, 40, 2), *range(31, 40, 2)]}


def test_a_year_of_nights_leaves_days_weeks_and_months() -> None:
    found = [entry(day, _START + timedelta(days=day)) for day in range(365)]
    kept, removed = plan(found, RetainRequest(3, 7, 4, 12, 0))
    reasons = {one.name: one.reason for one in kept}
    assert len(removed) == 365 - len(kept)
    assert [reasons[f"myfinance-{day}"] for day in (364, 363, 361)] == [
        "the newest good one",
        "one of the last 3",
        "the newest of its day",
    ]
    months = {_START + timedelta(days=int(name.removeprefix("myfinance-"))) for name in reasons}
    assert {moment.month for moment in months} == set(range(1, 13))


def test_a_bad_one_does_not_push_a_good_one_out() -> None:
    found = [entry(number, ok=number % 2 == 0) for number in range(8)]
    kept, removed = plan(found, RetainRequest(4, 0, 0, 0, 0))
    assert removed == ()
    assert len(kept) == 8


def test_on_disk_it_removes_what_it_says_and_only_that(worker: Worker) -> None:
    made = [worker.backup().made.name for _ in range(5)]
    worker.say("pin", name=made[0], pinned=True, by="Olga", reason="the audit")
    rules = {"keep_last": 2, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_safety": 1}
    looked = worker.say("retain", dry_run=True, **rules).result
    assert [one["name"] for one in worker.listed()] == made[::-1]
    done = worker.say("retain", **rules).result
    assert looked == done
    assert {one["name"] for one in done["removed"]} == {made[1], made[2]}
    assert [one["name"] for one in worker.listed()] == [made[4], made[3], made[0]]
    assert worker.listed()[2]["pin"]["reason"] == "the audit"
    worker.say("pin", name=made[0], pinned=False, by="Olga")
    assert worker.say("retain", **rules).result["removed"][0]["name"] == made[0]


def test_the_newest_good_one_stays_while_newer_ones_are_damaged(worker: Worker) -> None:
    first, second, third = (worker.backup().made.name for _ in range(3))
    flip_bit(worker.stored(third), 5000)
    with worker.stored(second).open("ab") as file:
        file.write(b"more")
    rules = {"keep_last": 1, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_safety": 1}
    bad = [name for name, problem in worker.problems().items() if problem]
    assert bad == sorted([second, third])
    done = worker.say("retain", bad=bad, **rules).result
    assert done["removed"] == []
    assert worker.problems(first) == {first: None}
