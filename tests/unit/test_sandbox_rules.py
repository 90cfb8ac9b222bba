"""Slack's rules: what is just allowed passes, one more is refused, with Slack's words and the place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.rules import check_message, check_view
from sandbox.slack.rules.blocks import BLOCKS

JSON = dict[str, Any]


def plain(length: int) -> JSON:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> JSON:
    return {"type": "mrkdwn", "text": "x" * length}


def button(number: int = 0, **more: Any) -> JSON:
    return {"type": "button", "action_id": f"b{number}", "text": plain(4), **more}


def option(number: int = 0, text: int = 4, value: int = 0) -> JSON:
    return {"text": plain(text), "value": str(number).rjust(value, "v")}


def menu(options: list[JSON], **more: Any) -> JSON:
    return {"type": "static_select", "action_id": "menu", "options": options, **more}


def actions(*elements: JSON, **more: Any) -> JSON:
    return {"type": "actions", "elements": list(elements), **more}


def confirm(title: int = 4, text: int = 4, yes: int = 3, no: int = 2) -> JSON:
    return {"title": plain(title), "text": mrkdwn(text), "confirm": plain(yes), "deny": plain(no)}


def rich(text: str = "x", elements: int = 1) -> JSON:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section] * elements}


def task(number: int = 0, status: str = "complete", **more: Any) -> JSON:
    return {"type": "task_card", "task_id": f"t{number}", "title": "Build", "status": status, **more}


def plan(tasks: int) -> JSON:
    return {"type": "plan", "title": "Deploy", "tasks": [task(number, "pending") for number in range(tasks)]}


def table(rows: int = 2, columns: int = 2, cell: str = "x", **more: Any) -> JSON:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell}] * columns] * rows, **more}


def bars(series: int = 1, points: int = 2, name: int = 3, label: int = 2, **axes: Any) -> JSON:
    categories = [str(point).rjust(label, "c") for point in range(points)]
    data = [{"label": category, "value": 1} for category in categories]
    all_series = [{"name": str(number).rjust(name, "s"), "data": data} for number in range(series)]
    chart = {"type": "bar", "series": all_series, "axis_config": {"categories": categories, **axes}}
    return {"type": "data_visualization", "title": "Size", "chart": chart}


def pie(segments: int = 1, value: float = 1) -> JSON:
    parts = [{"label": f"part {number}", "value": value} for number in range(segments)]
    return {"type": "data_visualization", "title": "Size", "chart": {"type": "pie", "segments": parts}}


def card(**fields: Any) -> JSON:
    return {"type": "card", **fields}


def container(children: int = 1, **more: Any) -> JSON:
    return {"type": "container", "title": plain(4), "child_blocks": [{"type": "divider"}] * children, **more}


def problems(*blocks: JSON) -> list[str]:
    return check_message({"text": "hello", "blocks": list(blocks)})


# Each line: a builder of one block by a number, the last number that passes, and the place of the complaint about the next.
LIMITS: list[tuple[str, Callable[[int], JSON], int, str]] = [
    ("section text", lambda n: {"type": "section", "text": mrkdwn(n)}, 3000, "/text/text"),
    ("section fields", lambda n: {"type": "section", "fields": [mrkdwn(1)] * n}, 10, "/fields"),
    ("section field text", lambda n: {"type": "section", "fields": [mrkdwn(n)]}, 2000, "/fields/0/text"),
    ("header text", lambda n: {"type": "header", "text": plain(n)}, 150, "/text/text"),
    ("context elements", lambda n: {"type": "context", "elements": [mrkdwn(1)] * n}, 10, "/elements"),
    ("context text", lambda n: {"type": "context", "elements": [mrkdwn(n)]}, 2000, "/elements/0/text"),
    ("actions elements", lambda n: actions(*(button(i) for i in range(n))), 25, "/elements"),
    ("button text", lambda n: actions(button(text=plain(n))), 75, "/elements/0/text/text"),
    ("button value", lambda n: actions(button(value="x" * n)), 2000, "/elements/0/value"),
    ("button url", lambda n: actions(button(url="x" * n)), 3000, "/elements/0/url"),
    ("action id", lambda n: actions({**button(), "action_id": "x" * n}), 255, "/elements/0/action_id"),
    ("block id", lambda n: {"type": "divider", "block_id": "x" * n}, 255, "/block_id"),
    ("confirm title", lambda n: actions(button(confirm=confirm(title=n))), 100, "/elements/0/confirm/title/text"),
    ("confirm text", lambda n: actions(button(confirm=confirm(text=n))), 300, "/elements/0/confirm/text/text"),
    ("confirm yes", lambda n: actions(button(confirm=confirm(yes=n))), 30, "/elements/0/confirm/confirm/text"),
    ("confirm no", lambda n: actions(button(confirm=confirm(no=n))), 30, "/elements/0/confirm/deny/text"),
    ("options", lambda n: actions(menu([option(i) for i in range(n)])), 100, "/elements/0/options"),
    ("option text", lambda n: actions(menu([option(text=n)])), 75, "/elements/0/options/0/text/text"),
    ("option value", lambda n: actions(menu([option(value=n)])), 150, "/elements/0/options/0/value"),
    ("placeholder", lambda n: actions(menu([option()], placeholder=plain(n))), 150, "/elements/0/placeholder/text"),
    (
        "overflow options",
        lambda n: actions({"type": "overflow", "action_id": "o", "options": [option(i) for i in range(n)]}),
        5,
        "/elements/0/options",
    ),
    ("markdown text", lambda n: {"type": "markdown", "text": "x" * n}, 12_000, "/text"),
    ("plan tasks", plan, 50, "/tasks"),
    ("task details elements", lambda n: task(details=rich(elements=n)), 1, "/details/elements"),
    ("table rows", lambda n: table(rows=n), 100, "/rows"),
    ("table columns", lambda n: table(columns=n), 20, "/rows/0"),
    ("table column settings", lambda n: table(column_settings=[None] * n), 20, "/column_settings"),
    ("table characters", lambda n: table(rows=1, columns=1, cell="x" * n), 10_000, "/rows"),
    ("chart title", lambda n: {**bars(), "title": "x" * n}, 50, "/title"),
    ("chart series", lambda n: bars(series=n), 6, "/chart/series"),
    ("chart points", lambda n: bars(points=n), 20, "/chart/series/0/data"),
    ("chart series name", lambda n: bars(name=n), 20, "/chart/series/0/name"),
    ("chart category", lambda n: bars(label=n), 20, "/chart/axis_config/categories/0"),
    ("chart axis label", lambda n: bars(x_label="x" * n), 50, "/chart/axis_config/x_label"),
    ("pie segments", pie, 6, "/chart/segments"),
    ("card title", lambda n: card(title=plain(n)), 150, "/title/text"),
    ("card body", lambda n: card(body=plain(n)), 200, "/body/text"),
    ("card actions", lambda n: card(title=plain(1), actions=[button(i) for i in range(n)]), 3, "/actions"),
    ("carousel cards", lambda n: {"type": "carousel", "elements": [card(title=plain(1))] * n}, 10, "/elements"),
    ("container blocks", container, 10, "/child_blocks"),
    ("container title", lambda n: container(title=plain(n)), 150, "/title/text"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "limit", "place"), [line[1:] for line in LIMITS], ids=[line[0] for line in LIMITS])
def test_a_limit_is_reached_but_not_passed(build: Callable[[int], JSON], limit: int, place: str) -> None:
    assert problems(build(limit)) == []
    assert any(f"[json-pointer:/blocks/0{place}]" in problem for problem in problems(build(limit + 1)))


def test_the_complaint_is_worded_as_slack_words_it() -> None:
    assert problems({"type": "section", "text": mrkdwn(3001)}) == [
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert problems(*[{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


BROKEN: list[tuple[str, JSON, str]] = [
    ("unknown type", {"type": "banner"}, "unsupported type: banner [json-pointer:/blocks/0/type]"),
    ("no type", {"text": plain(1)}, "missing required field: type [json-pointer:/blocks/0]"),
    ("unknown key", {"type": "divider", "colour": "blue"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
    ("disabled button", actions(button(disabled=True)), "invalid additional property: disabled"),
    ("empty text", {"type": "section", "text": mrkdwn(0)}, "must be more than 0 characters"),
    ("mrkdwn header", {"type": "header", "text": mrkdwn(4)}, "must be a valid enum value [json-pointer:/blocks/0/text/type]"),
    ("emoji in mrkdwn", {"type": "section", "text": {**mrkdwn(4), "emoji": True}}, "invalid additional property: emoji"),
    ("empty section", {"type": "section"}, "must define either `text` or `fields`"),
    ("empty actions", actions(), "no less than 1 items allowed"),
    ("bad style", actions(button(style="success")), "must be a valid enum value"),
    ("text input in actions", actions({"type": "plain_text_input"}), "unsupported type: plain_text_input"),
    ("no options", actions({"type": "static_select", "action_id": "m"}), "must define exactly one of `options`"),
    ("foreign initial option", actions(menu([option(1)], initial_option=option(2))), "must match one of the options"),
    ("completed task", task(status="completed"), "must be a valid enum value [json-pointer:/blocks/0/status]"),
    ("pending task outside a plan", task(status="pending"), "a task outside a plan cannot be pending"),
    ("plain details", task(details="text"), "must provide an object [json-pointer:/blocks/0/details]"),
    ("same task twice", {"type": "plan", "title": "x", "tasks": [task(1), task(1)]}, "duplicate task_id: t1"),
    ("empty cell", table(cell=""), "must be more than 0 characters"),
    ("mrkdwn cell", {"type": "table", "rows": [[mrkdwn(1)]]}, "unsupported type: mrkdwn"),
    ("zero segment", pie(value=0), "must be greater than 0"),
    ("point missing", {**bars(), "chart": {**bars()["chart"], "axis_config": {"categories": ["a"]}}}, "exactly one point"),
    ("unknown chart", {**bars(), "chart": {"type": "donut"}}, "unsupported type: donut"),
    ("nothing in a card", card(subtitle=plain(1)), "must define either"),
    ("container in a container", container(child_blocks=[container()]), "unsupported type: container"),
    ("two sources of an image", {"type": "image", "alt_text": "x"}, "exactly one of `image_url`, `slack_file`"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "complaint"), [line[1:] for line in BROKEN], ids=[line[0] for line in BROKEN])
def test_a_broken_block_is_refused(block: JSON, complaint: str) -> None:
    assert any(complaint in problem for problem in problems(block)), problems(block)


def test_a_block_id_stands_once_in_a_message_and_an_action_id_once_in_a_block() -> None:
    assert problems({"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "b"}) == []
    assert problems({"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}) == [
        "duplicate block_id: a [json-pointer:/blocks/1/block_id]"
    ]
    assert problems(actions(button(1)), actions(button(1))) == []
    assert problems(actions(button(1), button(1))) == [
        "duplicate action_id: b1 [json-pointer:/blocks/0/elements/1/action_id]"
    ]


def test_some_blocks_are_counted_over_the_whole_message() -> None:
    assert problems(table()) == []
    assert problems(table(), table()) == ["only_one_table_allowed [json-pointer:/blocks]"]
    assert problems(bars(), pie()) == []
    assert len(problems(bars(), pie(), pie())) == 1
    assert problems(plan(2), plan(2)) == []
    assert len(problems(plan(2), task())) == 1
    markdown = {"type": "markdown", "text": "x" * 6001}
    assert any("12001 characters together" in problem for problem in problems(markdown, markdown))


def test_a_message_has_a_text_or_blocks_and_neither_is_endless() -> None:
    assert check_message({"text": ""}) == ["no_text"]
    assert check_message({"text": "x" * 40_000}) == []
    assert check_message({"text": "x" * 40_001})[0].startswith("msg_too_long")
    assert check_message({"text": "x" * 4_000}, update=True) == []
    assert check_message({"text": "x" * 4_001}, update=True)[0].startswith("msg_too_long")
    assert problems(*[{"type": "section", "text": mrkdwn(3000)}] * 4) == []
    assert problems(*[{"type": "section", "text": mrkdwn(3000)}] * 5)[0].startswith("msg_blocks_too_long")


ONE_OF_EACH: dict[str, JSON] = {
    "actions": actions(button()),
    "alert": {"type": "alert", "text": plain(4), "level": "warning"},
    "card": card(title=plain(4)),
    "carousel": {"type": "carousel", "elements": [card(title=plain(4))]},
    "container": container(),
    "context": {"type": "context", "elements": [mrkdwn(4)]},
    "data_visualization": bars(),
    "divider": {"type": "divider"},
    "header": {"type": "header", "text": plain(4)},
    "image": {"type": "image", "alt_text": "a cat", "image_url": "https://example.org/cat.png"},
    "input": {"type": "input", "label": plain(4), "element": {"type": "plain_text_input", "action_id": "t"}},
    "markdown": {"type": "markdown", "text": "**bold**"},
    "plan": plan(1),
    "rich_text": rich(),
    "section": {"type": "section", "text": mrkdwn(4)},
    "table": table(),
    "task_card": task(),
}


def test_there_is_an_example_of_every_block_type() -> None:
    assert ONE_OF_EACH.keys() == BLOCKS.keys()


@pytest.mark.parametrize("type_", sorted(ONE_OF_EACH))
def test_each_block_stands_only_where_slack_shows_it(type_: str) -> None:
    block = ONE_OF_EACH[type_]
    only_messages = {"container", "markdown", "plan", "table", "task_card"}
    accepted = {
        "message": problems(block) == [],
        "modal": check_view(modal(block)) == [],
        "home": check_view({"type": "home", "blocks": [block]}) == [],
    }
    assert accepted == {
        "message": type_ != "alert",
        "modal": type_ not in only_messages | {"carousel", "data_visualization"},
        "home": type_ not in only_messages | {"alert"},
    }


def modal(*blocks: JSON, **more: Any) -> JSON:
    return {"type": "modal", "title": plain(6), "submit": plain(2), "blocks": list(blocks), **more}


def test_a_view_has_limits_of_its_own() -> None:
    divider = {"type": "divider"}
    for good, bad in (
        (modal(*[divider] * 100), modal(*[divider] * 101)),
        (modal(title=plain(24)), modal(title=plain(25))),
        (modal(submit=plain(24)), modal(submit=plain(25))),
        (modal(close=plain(24)), modal(close=plain(25))),
        (modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001)),
        (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
        (modal(external_id="x" * 255), modal(external_id="x" * 256)),
        ({"type": "home", "blocks": [divider] * 100}, {"type": "home", "blocks": [divider] * 101}),
    ):
        assert check_view(good) == []
        assert check_view(bad) != []
    assert check_view({"type": "modal", "blocks": []}) == ["missing required field: title [json-pointer:/view]"]
    without_submit = {key: value for key, value in modal(ONE_OF_EACH["input"]).items() if key != "submit"}
    assert check_view(without_submit) == ["missing required field: submit [json-pointer:/view]"]
    alert = {"type": "alert", "text": plain(200)}
    assert check_view(modal(alert)) == []
    assert check_view(modal({**alert, "text": plain(201)})) != []
    heavy = [{"type": "section", "block_id": f"s{n}", "text": mrkdwn(3000)} for n in range(90)]
    assert any(problem.startswith("view_too_large") for problem in check_view(modal(*heavy)))


# Whatever arrives, the rules answer; they never break.
_words = st.sampled_from(
    [
        "type",
        "text",
        "elements",
        "options",
        "option_groups",
        "blocks",
        "rows",
        "chart",
        "series",
        "tasks",
        "child_blocks",
    ]
)
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(sorted(BLOCKS))
)
_json = st.recursive(
    _leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_words, inner, max_size=4)),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(_json, max_size=4), _json))
def test_nonsense_is_answered_not_choked_on(nonsense: Any) -> None:
    assert isinstance(check_message({"text": "hello", "blocks": nonsense}), list)
    assert isinstance(check_view({"type": "modal", "blocks": nonsense}), list)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(ONE_OF_EACH)), st.data())
def test_damage_to_a_good_block_is_answered_too(type_: str, data: st.DataObject) -> None:
    block = json.loads(json.dumps(ONE_OF_EACH[type_]))
    target = data.draw(st.sampled_from(list(_objects(block))))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_json)
    assert isinstance(problems(block), list)


def _objects(value: Any) -> list[JSON]:
    if isinstance(value, list):
        return [found for item in value for found in _objects(item)]
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in _objects(inner))]
    return []
