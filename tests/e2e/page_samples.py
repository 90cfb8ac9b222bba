"""Blocks as a bot sends them, for the tests of the page."""

from typing import Any

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> JSON:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> JSON:
    return {"type": "section", "text": mrkdwn(text)}


def rich(text: str) -> JSON:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }


def button(label: str, **more: Any) -> JSON:
    return {"type": "button", "action_id": label.lower(), "value": f"v-{label.lower()}", "text": plain(label), **more}


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "block_id": "choices", "elements": list(elements)}


def option(value: str) -> JSON:
    return {"text": plain(value), "value": value}


def plan(**statuses: str) -> JSON:
    """`plan(Backup="complete", Health="in_progress")`; a task that runs or is done has something to unfold."""
    tasks = [{"task_id": title.lower(), "title": title, "status": status} for title, status in statuses.items()]
    for task in tasks:
        if task["status"] != "pending":
            task["output"] = rich(f"{task['title']}: 5 of 5")  # type: ignore[assignment]
    return {"type": "plan", "block_id": "run-1", "title": "Deploy v1.2.0 to green", "tasks": tasks}


def table() -> JSON:
    def raw(text: str) -> JSON:
        return {"type": "raw_text", "text": text}

    rows = [[raw("Release"), raw("Requests")], [rich("v1.2.0"), raw("12,345")], [raw("v1.1.0"), raw("982")]]
    return {"type": "table", "column_settings": [{"align": "left"}, {"align": "right"}], "rows": rows}


def chart(kind: str) -> JSON:
    points = [{"label": "Mon", "value": 512}, {"label": "Tue", "value": 640}]
    drawn: JSON = {"type": "pie", "segments": points}
    if kind != "pie":
        axis = {"categories": ["Mon", "Tue"], "x_label": "Day", "y_label": "MB"}
        drawn = {"type": kind, "series": [{"name": "Database", "data": points}], "axis_config": axis}
    return {"type": "data_visualization", "title": f"Growth as {kind}", "chart": drawn}


def field(block_id: str, label: str, element: JSON, **more: Any) -> JSON:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "it", **element},
        **more,
    }


FREEZE: JSON = {
    "type": "modal",
    "callback_id": "freeze",
    "title": plain("Freeze releases"),
    "submit": plain("Freeze"),
    "blocks": [
        {"type": "alert", "level": "warning", "text": mrkdwn("Nobody can deploy until you *unlock*.")},
        field("reason", "Reason", {"type": "plain_text_input"}, hint=plain("Everybody sees it")),
        field("note", "Note", {"type": "plain_text_input", "multiline": True}, optional=True),
        field(
            "colour",
            "Colour",
            {"type": "static_select", "options": [option("blue"), option("green")], "initial_option": option("blue")},
        ),
        field("scope", "Scope", {"type": "radio_buttons", "options": [option("deploys"), option("everything")]}),
        field("tell", "Tell", {"type": "checkboxes", "options": [option("channel"), option("on-call")]}, optional=True),
        field("until", "Until", {"type": "datepicker"}, optional=True),
    ],
}

FREEZE_REWORDED: JSON = {
    **FREEZE,
    "blocks": [
        {**block, "hint": plain("All of us see it")} if block.get("block_id") == "reason" else block
        for block in FREEZE["blocks"]
    ],
}

SURE: JSON = {
    "type": "modal",
    "callback_id": "sure",
    "title": plain("Really?"),
    "submit": plain("Yes"),
    "blocks": [section("A release of v1.2.0 is being prepared.")],
}

EVERY_BLOCK: list[list[JSON]] = [
    [
        {"type": "header", "text": plain("Releases :rocket:")},
        {
            "type": "section",
            "text": mrkdwn("*bold* _italic_ ~struck~ `code` <@U0OLGA> <#C0GENERAL> snake_case_name :no_such_emoji:"),
            "fields": [mrkdwn("*Live*\ngreen"), plain("Standby blue")],
            "accessory": {"type": "overflow", "action_id": "more", "options": [option("Logs"), option("Pin")]},
        },
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("run `r-7f3a`"), plain("by hand")]},
        {"type": "markdown", "text": "# Notes\n\n1. **one**\n2. two\n\n| a | b |\n|---|--:|\n| 1 | 2 |"},
        table(),
        {"type": "image", "image_url": "/files/F0NONE/no.png", "alt_text": "A drawing"},
        {"type": "card", "title": mrkdwn("Release *card*"), "body": mrkdwn("fits"), "actions": [button("Open")]},
    ],
    [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0VIC"}]},
                {"type": "rich_text_list", "style": "ordered", "elements": [rich("first")["elements"][0]]},
                {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [rich("inner")["elements"][0]]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "exit 1"}]},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "so they said"}]},
            ],
        },
        {"type": "task_card", "task_id": "t", "title": "A task alone", "status": "error", "output": rich("no answer")},
        chart("line"),
        chart("pie"),
    ],
    [chart("bar"), chart("area")],
]
