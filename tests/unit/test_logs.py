"""The program's own log: whole lines, and never a secret in one."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import configure
from ops.config import Logs

SECRET = 'pa"ss\\wörd'


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def logging_to(settings: Logs) -> io.StringIO:
    stream = io.StringIO()
    configure(settings, [SECRET, ""], stream)
    return stream


def test_our_lines_and_the_libraries_are_json_alike() -> None:
    stream = logging_to(Logs())
    structlog.get_logger("ours").info("deployed", run="run-1", lines=("a", "b"))
    logging.getLogger("theirs").warning("lost %s of %s", 1, 3)
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert ours["event"] == "deployed"
    assert ours["run"] == "run-1"
    assert ours["level"] == "info"
    assert theirs["event"] == "lost 1 of 3"
    assert theirs["logger"] == "theirs"


@pytest.mark.parametrize("shape", ["json", "text"])
def test_the_level_is_the_least_that_is_written(shape: str) -> None:
    stream = logging_to(Logs.model_validate({"level": "warning", "format": shape}))
    log = structlog.get_logger("ours")
    log.info("not this")
    log.warning("but this")
    assert "not this" not in stream.getvalue()
    assert "but this" in stream.getvalue()


@pytest.mark.parametrize("shape", ["json", "text"])
def test_a_secret_is_masked_wherever_it_turns_up(shape: str) -> None:
    stream = logging_to(Logs.model_validate({"format": shape}))
    log = structlog.get_logger("ours")
    log.info(f"in the message {SECRET}", value=SECRET, nested={"a": [SECRET]}, token="xoxb-1234567-abcdef")
    logging.getLogger("theirs").warning("a token %s", "xapp-1-A123-456-abcdef")
    try:
        raise ValueError(f"refused {SECRET}")
    except ValueError:
        log.exception("in a traceback")
    text = stream.getvalue()
    assert "in a traceback" in text
    for part in (SECRET, json.dumps(SECRET)[1:-1], "xoxb-1234567", "xapp-1-A123", "ss\\\\\\\\w"):
        assert part not in text
    assert "***" in text
