"""A health answer as an engineer reads it in a failed run."""

from __future__ import annotations

from ops.model import HealthAnswer


def test_a_long_answer_keeps_its_beginning_and_the_reason_at_its_end() -> None:
    body = '{"status": "unhealthy", "migrations": [' + '"20250106090000_InitialCreate", ' * 40 + '"reason": "no rates"}'
    shown = str(HealthAnswer(503, body, "HTTP 503"))
    assert shown.startswith('HTTP 503: {"status": "unhealthy"')
    assert shown.endswith('"reason": "no rates"}')
    assert len(shown) < 500  # what a message shows of it


def test_an_answer_without_a_body_is_its_status_and_none_at_all_its_problem() -> None:
    assert str(HealthAnswer(200, "", None)) == "HTTP 200"
    assert str(HealthAnswer(None, "", "no answer within 5 s")) == "no answer within 5 s"
