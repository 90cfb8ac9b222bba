"""The blocks our messages are made of. Each is built here and nowhere else, clipped to what Slack takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    PlanBlock,
    RawTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    RichTextSectionElement,
    SectionBlock,
    StaticSelectElement,
    TableBlock,
    TableBlockColumnSettings,
    TaskCardBlock,
)
from slack_sdk.models.blocks.block_elements import CheckboxesElement

from handlers.messages import limits
from handlers.messages.limits import Mrkdwn, clean, clip, fit, unmarked

Block = dict[str, Any]


def header(text: object) -> Block:
    """A large line of plain text."""
    return HeaderBlock(text=clip(clean(text), limits.HEADER)).to_dict()


def section(text: Mrkdwn) -> Block:
    """A paragraph."""
    return SectionBlock(text=_mrkdwn(text or Mrkdwn(" "), limits.SECTION)).to_dict()


def fields(*texts: Mrkdwn) -> Block:
    """Short facts in two columns."""
    return SectionBlock(fields=[_mrkdwn(text, limits.FIELD) for text in texts[: limits.FIELDS]]).to_dict()


def context(*texts: Mrkdwn) -> Block:
    """Small print."""
    elements = [_mrkdwn(text, limits.CONTEXT) for text in texts[: limits.CONTEXT_ELEMENTS]]
    return ContextBlock(elements=elements).to_dict()


def divider() -> Block:
    """A line."""
    return DividerBlock().to_dict()


def preformatted(text: str) -> Block:
    """Text as a machine wrote it, already bounded by `limits.tail`; it is taken literally, so nothing in it is markup."""
    literal = RichTextElementParts.Text(text=clean(text) or " ")
    return RichTextBlock(elements=[RichTextPreformattedElement(elements=[literal])]).to_dict()


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
) -> Block:
    """Rows under headings, as many as Slack takes (`len(block["rows"]) - 1` tells); columns in `right` are set to the right, those
    in `whole` are never broken into lines."""
    columns = [
        TableBlockColumnSettings(align="right" if number in right else "left", is_wrapped=number not in whole)
        for number in range(len(headings))
    ]
    cells: list[list[dict[str, Any]]] = []
    room = limits.TABLE
    for values in [headings, *rows][: limits.TABLE_ROWS]:
        row = [RawTextObject(text=clip(unmarked(clean(value)), limits.CELL) or "–").to_dict() for value in values]
        room -= limits.size(row)
        if room < 0:
            break
        cells.append(row)
    return TableBlock(rows=cells, column_settings=columns).to_dict()


def task(task_id: str, title: str, status: str, details: str = "") -> Block:
    """One line of a plan; `status` is pending, in_progress, complete or error."""
    card = TaskCardBlock(
        task_id=task_id,
        title=clip(clean(title), limits.TASK_TITLE),
        status=status,
        details=_sentence(clip(unmarked(clean(details)), limits.TASK_DETAILS)) if details else None,
    )
    return card.to_dict()


def plan(block_id: str, title: str, tasks: Sequence[Block]) -> Block:
    """The steps of a run. `block_id` stays the same for the whole run: with a new one Slack folds the plan up at each update."""
    shown = list(tasks[: limits.TASKS])
    return PlanBlock(block_id=block_id, title=clip(clean(title), limits.TASK_TITLE), tasks=shown).to_dict()


def chart(
    title: str, categories: Sequence[str], series: Mapping[str, Sequence[float]], *, kind: str, x: str, y: str
) -> Block:
    """Slack's native chart: `kind` is line, bar or area; each series (name → values) has one value for every category; `x` and
    `y` name the axes. Of more categories than Slack takes, some are left out evenly; the first and the last always stay.

    A plain dict: the SDK has no class for this block yet. A workspace that has no charts gets the figures as words.
    """
    shown = _evenly(len(categories), limits.CHART_POINTS)
    labels = _unlike([clip(clean(categories[index]), limits.CHART_LABEL) or "–" for index in shown])
    drawn = [
        {
            "name": clip(clean(name), limits.CHART_LABEL),
            "data": [{"label": label, "value": values[index]} for label, index in zip(labels, shown, strict=True)],
        }
        for name, values in list(series.items())[: limits.CHART_SERIES]
    ]
    axes = {"x_label": clip(x, limits.CHART_AXIS), "y_label": clip(y, limits.CHART_AXIS), "categories": labels}
    body = {"type": kind, "series": drawn, "axis_config": axes}
    return {"type": "data_visualization", "title": clip(clean(title), limits.CHART_TITLE), "chart": body}


def _evenly(count: int, most: int) -> list[int]:
    """At most `most` of the numbers 0 … count - 1, evenly spread, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]


def _unlike(labels: list[str]) -> list[str]:
    """The labels, those that stood before with a number behind them: Slack refuses two categories of one name."""
    told: list[str] = []
    for label in labels:
        numbered, count = label, 1
        while numbered in told:
            count += 1
            numbered = f"{label[: limits.CHART_LABEL - 5]} ({count})"
        told.append(numbered)
    return told


def button(
    label: str, action_id: str, value: str, *, style: str | None = None, confirm: ConfirmObject | None = None
) -> ButtonElement:
    """A button; `value` is an opaque id, `style` None, `primary` or `danger`."""
    return ButtonElement(
        text=PlainTextObject(text=clip(label, limits.BUTTON), emoji=True),
        action_id=action_id,
        value=value,
        style=style,
        confirm=confirm,
    )


def confirm(title: str, text: Mrkdwn, yes: str, no: str, *, style: str | None = None) -> ConfirmObject:
    """The question Slack asks before it delivers a click."""
    return ConfirmObject(
        title=clip(title, limits.CONFIRM_TITLE),
        text=_mrkdwn(text, limits.CONFIRM_TEXT),
        confirm=clip(yes, limits.CONFIRM_BUTTON),
        deny=clip(no, limits.CONFIRM_BUTTON),
        style=style,
    )


def actions(*buttons: ButtonElement) -> Block:
    """A row of buttons."""
    return ActionsBlock(elements=list(buttons[: limits.ACTIONS])).to_dict()


def choice(block_id: str, label: str, options: Sequence[tuple[str, str]], *, hint: str) -> Block:
    """An input to pick one of (value, text) from; a value Slack has no room for is left out, never cut."""
    shown = [
        Option(value=value, text=PlainTextObject(text=clip(clean(text), limits.OPTION)))
        for value, text in options
        if len(value) <= limits.OPTION_VALUE
    ]
    element = StaticSelectElement(action_id=block_id, options=shown[: limits.OPTIONS])
    return InputBlock(block_id=block_id, label=label, hint=hint, element=element).to_dict()


def line(block_id: str, label: str, *, hint: str, optional: bool = False) -> Block:
    """An input for one line of text."""
    element = PlainTextInputElement(action_id=block_id, max_length=limits.VALUE)
    return InputBlock(block_id=block_id, label=label, hint=hint, element=element, optional=optional).to_dict()


def tick(block_id: str, label: str, value: str, text: str) -> Block:
    """One box to tick."""
    option = Option(value=value, text=PlainTextObject(text=clip(text, limits.OPTION)))
    element = CheckboxesElement(action_id=block_id, options=[option])
    return InputBlock(block_id=block_id, label=label, element=element, optional=True).to_dict()


def _mrkdwn(text: Mrkdwn, limit: int) -> MarkdownTextObject:
    return MarkdownTextObject(text=fit(text, limit))


def _sentence(text: str) -> RichTextBlock:
    return RichTextBlock(elements=[RichTextSectionElement(elements=[RichTextElementParts.Text(text=text)])])
