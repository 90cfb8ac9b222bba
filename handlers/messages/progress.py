"""The one message of a run: a plan that fills with ticks, and at its end what happened, what is live and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.models.blocks import ButtonElement

from handlers.messages import limits
from handlers.messages.blocks import Block, actions, button, confirm, context, plan, section, task
from handlers.messages.details import details
from handlers.messages.evidence import evidence_blocks
from handlers.messages.limits import Mrkdwn, code, escape, join, say
from handlers.messages.message import Message
from handlers.messages.run_view import RunView
from handlers.messages.words import duration, moment
from ops.events import RunFinished
from ops.results import Result

# Slack hands these back with a click; handlers/buttons.py listens for them.
CANCEL = "run.cancel"
ROLL_BACK = "run.rollback"

_MARKS = {"done": "✅", "failed": "❌", "stopped": "⏹️", "interrupted": "⚠️", "refused": "⛔"}
_LONG = 600
_NOTES = 5


@dataclass(frozen=True)
class RunButtons:
    """The opaque ids behind the buttons; None where a run has no such button (or the record could not keep it)."""

    cancel: str | None = None
    roll_back: str | None = None


def run_message(view: RunView, buttons: RunButtons = RunButtons(), result: Result | None = None) -> Message:
    """The message of a run at this moment; `result` is what it answered, once it has."""
    blocks = _blocks(view, buttons, _plan(view), result)
    if limits.size(blocks) > limits.MESSAGE:  # the evidence below matters more than what good steps found
        blocks = _blocks(view, buttons, _plan(view, details_of=("in_progress", "error")), result)
    return Message.of(Mrkdwn(_top(view)[0].replace("*", "")), *blocks)


def _blocks(view: RunView, buttons: RunButtons, steps: list[Block], result: Result | None) -> list[Block]:
    return [
        *(section(part) for part in _top(view)),
        *steps,
        *details(result),
        *_notes(view),
        *(evidence_blocks(view.finished.evidence) if view.finished else []),
        context(say("{} · {} · run {}", view.actor, moment(view.started), code(view.run_id))),
        *_buttons(view, buttons),
    ]


def _top(view: RunView) -> list[Mrkdwn]:
    return [_working(view)] if view.finished is None else _ending(view, view.finished)


def _working(view: RunView) -> Mrkdwn:
    """The line outside the plan that always names the current step: a folded plan does not show it."""
    if view.current is None:
        return say("⏳ *{}* – {} of {} steps done", view.title, view.done, len(view.steps))
    number, step = view.current
    line = say("⏳ *{}* – step {} of {}: {}", view.title, number, len(view.steps), step.title)
    return say("{}\n{}", line, step.note) if step.note else line


def _ending(view: RunView, end: RunFinished) -> list[Mrkdwn]:
    mark = _MARKS.get(end.outcome, "❌")
    top = say("{} *{}* – {} after {}", mark, view.title, end.outcome, duration(end.seconds))
    rest = [
        escape(end.summary, _LONG),
        say("*Live now:* {}", escape(end.live, _LONG)) if end.live not in ("", end.summary) else escape(""),
        say("*Next:* {}", escape(end.next_step, _LONG)) if end.next_step else escape(""),
    ]
    return [top, joined] if (joined := join(rest)) else [top]


def _plan(view: RunView, details_of: tuple[str, ...] = ("in_progress", "complete", "error")) -> list[Block]:
    tasks = [
        task(step.name, step.title, step.status, step.note if step.status in details_of else "") for step in view.steps
    ]
    return [plan(f"plan-{view.run_id}", view.title, tasks)] if tasks else []


def _notes(view: RunView) -> list[Block]:
    lines = [say("{} {}", "⚠️" if note.level == "warning" else "ℹ️", escape(note.text)) for note in view.notes[-_NOTES:]]
    return [section(join(lines))] if lines else []


def _buttons(view: RunView, buttons: RunButtons) -> list[Block]:
    shown: ButtonElement | None = None
    if view.finished is not None:
        if view.finished.can_roll_back and buttons.roll_back:
            shown = _roll_back(buttons.roll_back)
    elif view.switch_begun:
        shown = _roll_back(buttons.roll_back) if buttons.roll_back else None
    elif buttons.cancel:
        shown = button("Cancel", CANCEL, buttons.cancel)
    return [actions(shown)] if shown else []


def _roll_back(button_id: str) -> ButtonElement:
    question = confirm(
        "Roll back?",
        say("Users go back to the release that was live before. The data stays as it is now."),
        "Roll back",
        "Keep it",
        style="danger",
    )
    return button("Roll back", ROLL_BACK, button_id, style="danger", confirm=question)
