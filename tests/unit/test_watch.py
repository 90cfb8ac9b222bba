"""Which changes are worth telling: looks in, news out. Looks come ten seconds apart; a change counts after three."""

from __future__ import annotations

from dataclasses import replace

from bot.watch import Look, Watch
from handlers.messages.report import Change, Kind
from ops.model import Colour, HealthAnswer, Mode
from ops.results import Health

GOOD = HealthAnswer(200, "ok", None)
BAD = HealthAnswer(500, "boom", "HTTP 500")
BLUE, GREEN = Colour.BLUE, Colour.GREEN

WELL = Health(BLUE, {BLUE: GOOD, GREEN: GOOD}, GOOD, Mode.OPEN)
USERS_BAD = replace(WELL, proxy=BAD)
STANDBY_BAD = replace(WELL, colours={BLUE: GOOD, GREEN: BAD})
STANDBY_GONE = replace(WELL, colours={BLUE: GOOD, GREEN: None})
ON_GREEN = replace(WELL, live=GREEN)
CLOSED = replace(WELL, proxy=replace(BAD, status=503), mode=Mode.MAINTENANCE)
EMPTY = Health(None, {BLUE: None, GREEN: None}, BAD, None)


class Watched:
    """A conversation with the watch: see something so many times, hear what it tells."""

    def __init__(self, lasting: int = 3) -> None:
        self._watch = Watch(lasting)
        self._at = 0.0

    def sees(
        self, health: Health | None, times: int = 3, *, working: bool = False, runs: str = "r1", problem: str = "down"
    ) -> list[Kind]:
        return [change.kind for change in self.hears(health, times, working=working, runs=runs, problem=problem)]

    def hears(
        self, health: Health | None, times: int = 3, *, working: bool = False, runs: str = "r1", problem: str = "down"
    ) -> list[Change]:
        told: list[Change] = []
        for _ in range(times):
            self._at += 10
            told += self._watch.look(Look(self._at, health, problem, working, runs))
        return told


def test_a_healthy_world_is_nothing_to_tell() -> None:
    assert Watched().sees(WELL, 10) == []


def test_a_change_is_told_once_it_has_lasted() -> None:
    watch = Watched()
    watch.sees(WELL)
    assert watch.sees(USERS_BAD, 2) == []
    assert watch.sees(USERS_BAD, 1) == [Kind.USERS_BAD]
    assert watch.sees(USERS_BAD, 20) == [], "once is enough"


def test_a_flicker_is_not_told() -> None:
    watch = Watched()
    watch.sees(WELL)
    for _ in range(10):
        assert watch.sees(USERS_BAD, 2) == []
        assert watch.sees(WELL, 1) == []


def test_recovery_is_told_with_how_long_it_took() -> None:
    watch = Watched()
    watch.sees(WELL)
    watch.sees(USERS_BAD, 6)
    (change,) = watch.hears(WELL)
    assert change.kind is Kind.USERS_GOOD
    assert change.colour is BLUE
    assert change.seconds == 60


def test_a_bot_that_starts_in_the_middle_of_an_outage_says_so() -> None:
    assert Watched().sees(USERS_BAD) == [Kind.USERS_BAD]


def test_a_machine_where_nothing_was_ever_released_is_nothing_to_tell() -> None:
    assert Watched().sees(EMPTY, 10) == []


def test_an_engine_that_does_not_answer_is_told_and_so_is_its_return() -> None:
    watch = Watched()
    watch.sees(WELL)
    (change,) = watch.hears(None, problem="The Docker Engine does not answer.")
    assert (change.kind, change.detail) == (Kind.BLIND, "The Docker Engine does not answer.")
    assert watch.sees(WELL) == [Kind.USERS_GOOD]


def test_the_live_colour_changed_by_hand_is_told() -> None:
    watch = Watched()
    watch.sees(WELL)
    (change,) = watch.hears(ON_GREEN)
    assert (change.kind, change.before, change.colour) == (Kind.LIVE_BY_HAND, BLUE, GREEN)


def test_a_switch_made_by_a_run_is_the_runs_to_tell() -> None:
    watch = Watched()
    watch.sees(WELL)
    assert watch.sees(WELL, 2, working=True, runs="r2 running") == []
    assert watch.sees(ON_GREEN, 2, working=True, runs="r2 running") == []
    assert watch.sees(ON_GREEN, 10, runs="r2 done") == []


def test_a_run_that_came_and_went_between_two_looks_is_seen_by_the_record() -> None:
    watch = Watched()
    watch.sees(WELL, runs="r1 done")
    assert watch.sees(ON_GREEN, 10, runs="r2 done") == []


def test_a_run_that_lasts_until_just_before_a_look_is_not_taken_for_a_hand() -> None:
    watch = Watched()
    watch.sees(WELL, runs="r2 running")
    watch.sees(WELL, 1, working=True, runs="r2 running")
    assert watch.sees(ON_GREEN, 10, runs="r2 running") == []


def test_while_a_run_works_the_live_colour_is_its_to_tell_also_when_the_record_cannot_tell_of_runs() -> None:
    watch = Watched()
    watch.sees(WELL, runs="")
    assert watch.sees(ON_GREEN, 1, working=True, runs="") == []
    assert watch.sees(ON_GREEN, 10, runs="") == []


def test_a_watch_that_tells_at_once_still_leaves_a_run_its_switch() -> None:
    watch = Watched(lasting=1)
    watch.sees(WELL, 1, runs="")
    assert watch.sees(ON_GREEN, 1, working=True, runs="") == []


def test_two_troubles_do_not_add_up_to_one_that_lasted() -> None:
    watch = Watched()
    watch.sees(WELL)
    assert watch.sees(USERS_BAD, 2) == []
    assert watch.sees(None, 1) == []
    assert watch.sees(None, 2) == [Kind.BLIND]


def test_the_colour_a_run_works_on_may_be_bad_or_gone_without_a_word() -> None:
    watch = Watched()
    watch.sees(WELL)
    assert watch.sees(STANDBY_GONE, 5, working=True, runs="r2 running") == []
    assert watch.sees(STANDBY_BAD, 5, working=True, runs="r2 running") == []
    assert watch.sees(WELL, 5, runs="r2 done") == []


def test_users_who_get_bad_answers_are_told_of_even_while_a_run_works() -> None:
    watch = Watched()
    watch.sees(WELL)
    assert watch.sees(USERS_BAD, working=True, runs="r2 running") == [Kind.USERS_BAD]
    assert watch.sees(WELL, working=True, runs="r2 running") == [Kind.USERS_GOOD]


def test_maintenance_by_command_is_silent_and_so_is_its_end() -> None:
    watch = Watched()
    watch.sees(WELL, runs="r1 done")
    assert watch.sees(CLOSED, 10, runs="r2 done") == []
    assert watch.sees(WELL, 10, runs="r3 done") == []


def test_users_shut_out_by_hand_are_told_of() -> None:
    watch = Watched()
    watch.sees(WELL)
    assert watch.sees(CLOSED) == [Kind.USERS_CLOSED]
    assert watch.sees(WELL) == [Kind.USERS_GOOD]


def test_a_standby_that_dies_is_told_of_and_so_is_its_return() -> None:
    watch = Watched()
    watch.sees(WELL)
    (change,) = watch.hears(STANDBY_GONE)
    assert (change.kind, change.colour, change.detail) == (Kind.STANDBY_BAD, GREEN, "it does not run")
    assert watch.sees(WELL) == [Kind.STANDBY_GOOD]


def test_an_idle_colour_that_never_ran_is_nothing_to_tell() -> None:
    assert Watched().sees(STANDBY_GONE, 10) == []


def test_after_a_change_by_hand_the_other_colour_is_the_standby_and_starts_afresh() -> None:
    watch = Watched()
    watch.sees(WELL)
    watch.sees(ON_GREEN)
    assert watch.sees(replace(ON_GREEN, colours={BLUE: BAD, GREEN: GOOD})) == [Kind.STANDBY_BAD]


def test_with_one_look_to_last_a_change_is_told_at_once() -> None:
    watch = Watched(lasting=1)
    watch.sees(WELL, 1)
    assert watch.sees(USERS_BAD, 1) == [Kind.USERS_BAD]
