"""Every message the bot can send, held against Slack's rules by the strict sandbox, with ordinary and with extreme content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.messages.gallery import gallery, main
from ops.results import Result
from sandbox.slack.rules import check_message, check_view

ENTRIES = dict(gallery())
MESSAGES = {name: entry for name, entry in ENTRIES.items() if entry["surface"] == "message"}
VIEWS = {name: entry for name, entry in ENTRIES.items() if entry["surface"] != "message"}
RICH = {"plan", "table", "header", "rich_text", "task_card", "divider"}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("form", ["blocks", "fallback_blocks"])
def test_slack_takes_every_message_in_each_form(name: str, form: str) -> None:
    entry = MESSAGES[name]
    assert check_message({"text": entry["text"], "blocks": entry[form]}, update=True) == []


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("form", ["blocks", "fallback_blocks"])
def test_slack_takes_every_view_in_each_form(name: str, form: str) -> None:
    entry = VIEWS[name]
    assert check_view({**entry["view"], "blocks": entry[form]}) == []


@pytest.mark.parametrize("name", MESSAGES)
def test_the_fallback_needs_no_block_a_workspace_could_lack(name: str) -> None:
    assert {block["type"] for block in MESSAGES[name]["fallback_blocks"]} <= {"section", "context", "actions"}


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.endswith(".extreme")])
def test_nobody_is_pinged_and_no_link_forged_whatever_a_name_or_a_log_line_says(name: str) -> None:
    for text in _marked_up(ENTRIES[name]):
        assert "<!channel>" not in text
        assert "<@U0ADA>" not in text
        assert "<https://evil" not in text


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.endswith(".extreme")])
def test_no_control_character_reaches_slack(name: str) -> None:
    assert not {"\x00", "\x1b", "\u202e"} & set("".join(_strings(ENTRIES[name])))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_fallback_and_the_text_say_what_the_blocks_say(name: str) -> None:
    """Every label of the rich form is in the plain one; the text may be cut, but begins with its sentence."""
    entry = MESSAGES[name]
    plain = json.dumps(entry["fallback_blocks"], ensure_ascii=False)
    for block in entry["blocks"]:
        if block["type"] == "plan":
            assert all(task["title"][:20].replace('"', '\\"') in _unescaped(plain) for task in block["tasks"])
        if block["type"] == "data_visualization":
            categories = block["chart"]["axis_config"]["categories"]
            assert all(words in plain for words in (block["title"], *categories))
        if block["type"] == "table" and name.endswith("ordinary"):
            assert all(cell["text"] in _unescaped(plain) for row in block["rows"] for cell in row)
    assert entry["text"].strip()
    assert len(entry["text"]) <= 4_000


def test_a_failed_run_keeps_its_evidence_even_when_everything_is_long() -> None:
    words = json.dumps(MESSAGES["run-end-failed.extreme"]["blocks"], ensure_ascii=False)
    assert "log line" in words
    assert "Last health answer" in words
    assert "Migrations that now stand" in words
    assert "did not fit" not in words


def test_the_gallery_covers_each_result_and_each_error() -> None:
    """A new result type without a builder fails here, not at three in the morning."""
    from handlers.messages import gallery_backups, gallery_content
    from ops import errors, results

    evening = gallery_content.ORDINARY
    answers = [*gallery_content.results(evening).values(), *gallery_backups.results(evening).values()]
    shown = {type(result) for result in answers}
    assert shown == set(_all_kinds_of(results.Result))
    named = {name.removeprefix("error-").split(".")[0] for name in MESSAGES if name.startswith("error-")}
    families = {
        cls.__name__.lower()
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, errors.OpsError)
    }
    assert named == families - {"opserror"}


def test_make_messages_writes_one_file_each(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    written = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert written.keys() == ENTRIES.keys()
    assert all({"surface", "text", "blocks", "fallback_blocks"} <= entry.keys() for entry in written.values())


def _all_kinds_of(kind: type[Result]) -> Iterator[type[Result]]:
    for below in kind.__subclasses__():
        yield below
        yield from _all_kinds_of(below)


def _marked_up(value: Any) -> list[str]:
    """Every text that Slack reads as markup: mrkdwn objects and the message's own `text`."""
    if isinstance(value, list):
        return [text for item in value for text in _marked_up(item)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") == "mrkdwn" or "surface" in value else []
    return own + [text for item in value.values() for text in _marked_up(item)]


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def _unescaped(plain: str) -> str:
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
