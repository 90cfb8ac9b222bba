"""A run as its message shows it: what its events told so far, and nothing else. Pure: event in, next view out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ops.events import (
    Event,
    Note,
    RunFinished,
    RunStarted,
    StepDone,
    StepFailed,
    StepProgress,
    StepStarted,
    SwitchBegun,
)


@dataclass(frozen=True)
class StepView:
    """One step; `status` is in the words of Slack's task cards: pending, in_progress, complete, error."""

    name: str
    title: str
    status: str = "pending"
    note: str = ""


@dataclass(frozen=True)
class RunView:
    """A run so far. `started` is seconds since the epoch."""

    run_id: str
    command: str
    actor: str
    title: str
    started: float
    steps: tuple[StepView, ...] = ()
    notes: tuple[Note, ...] = ()
    switch_begun: bool = False
    finished: RunFinished | None = None

    @property
    def current(self) -> tuple[int, StepView] | None:
        """The step that goes on now and its number, from 1."""
        running = [(number, step) for number, step in enumerate(self.steps, 1) if step.status == "in_progress"]
        return running[-1] if running else None

    @property
    def done(self) -> int:
        """How many steps have reached their goal."""
        return sum(step.status == "complete" for step in self.steps)


def begun(event: RunStarted) -> RunView:
    """The view of a run that has just started."""
    steps = tuple(StepView(step.name, step.title) for step in event.plan)
    return RunView(event.run_id, event.command, event.actor, event.title, event.at, steps)


def after(view: RunView, event: Event) -> RunView:
    """The view after one more event."""
    match event:
        case StepStarted(step=name):
            return _step(view, name, "in_progress", "")
        case StepProgress(step=name, note=note, percent=percent):
            return _step(view, name, "in_progress", note if percent is None else f"{percent:.0f} %: {note}")
        case StepDone(step=name, detail=detail):
            return _step(view, name, "complete", detail)
        case StepFailed(step=name, problem=problem):
            return _step(view, name, "error", problem)
        case Note():
            return replace(view, notes=(*view.notes, event))
        case SwitchBegun():
            return replace(view, switch_begun=True)
        case RunFinished():
            return replace(view, finished=event)
        case _:
            return view


def _step(view: RunView, name: str, status: str, note: str) -> RunView:
    """A step that is not in the plan (a run that has to undo something) is added at its end."""
    if not any(step.name == name for step in view.steps):
        view = replace(view, steps=(*view.steps, StepView(name, name.replace("_", " ").replace("-", " ").capitalize())))
    changed = (replace(step, status=status, note=note) if step.name == name else step for step in view.steps)
    return replace(view, steps=tuple(changed))
