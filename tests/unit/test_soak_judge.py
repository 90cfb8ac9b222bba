"""The soak's judge: what is bad enough to leave a release."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ops.config import Soak
from ops.engine.traffic import UserAnswer, parse_line
from ops.runbooks.soak import Judge

RULES = Soak(window_seconds=10, min_errors=5, max_error_percent=5, unhealthy_in_a_row=3)


def told(*statuses: int, at: float = 100.0) -> Judge:
    judge = Judge(RULES)
    judge.answers([UserAnswer(at, status, 0.01) for status in statuses], now=at)
    return judge


def test_one_stray_error_is_no_reason() -> None:
    assert told(500).verdict() is None
    assert told(*[200] * 20, 500).verdict() is None


def test_four_errors_are_no_reason_and_five_are() -> None:
    assert told(*[500] * 4).verdict() is None
    assert "5 of 5 answers" in (told(*[500] * 5).verdict() or "")


def test_five_errors_among_many_good_answers_are_no_reason() -> None:
    assert told(*[200] * 200, *[500] * 5).verdict() is None


def test_errors_older_than_the_window_are_forgotten() -> None:
    judge = told(*[500] * 4)
    judge.answers([UserAnswer(111.0, 500, 0.01)], now=111.0)
    assert judge.verdict() is None


def test_four_hundreds_are_the_users_own_errors() -> None:
    assert told(*[404] * 50).verdict() is None


def test_three_bad_health_answers_in_a_row_are_a_reason_and_a_good_one_between_starts_anew() -> None:
    judge = Judge(RULES)
    for problem in ("no answer", "no answer", None, "no answer", "HTTP 503"):
        judge.health(problem)
    assert judge.verdict() is None
    judge.health("HTTP 503")
    assert judge.verdict() == "3 health checks in a row failed: HTTP 503"


@given(good=st.integers(0, 400), bad=st.integers(0, 60))
def test_it_leaves_exactly_when_both_thresholds_are_crossed(good: int, bad: int) -> None:
    verdict = told(*[200] * good, *[500] * bad).verdict()
    crossed = bad >= 5 and bad * 100 >= 5 * (good + bad)
    assert (verdict is not None) == crossed


def test_a_line_counts_only_for_the_colour_it_came_from() -> None:
    line = b'{"at":1700000000.123,"client":"10.0.0.1","method":"GET","uri":"/x","status":500,"upstream":"10.0.0.2:8080","seconds":0.004}'
    assert parse_line(line, "10.0.0.2:8080") == UserAnswer(1700000000.123, 500, 0.004)
    assert parse_line(line, "10.0.0.3:8080") is None
    assert parse_line(b"2026/01/01 [error] something", "10.0.0.2:8080") is None
    assert parse_line(line[:50], "10.0.0.2:8080") is None
