"""What a person sees in a terminal: the steps of a run as it goes, then its end. Elsewhere (a log file, cron) plain lines."""

from __future__ import annotations

import time
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bot import render
from bot.render_words import BAD, DIM, GOOD, WARN, plain
from handlers.messages.run_view import RunView, StepView, after, begun
from handlers.messages.words import duration
from ops.errors import OpsError
from ops.events import Event, Note, RunFinished, RunStarted, StepDone, StepFailed, StepStarted
from ops.results import Outcome

_WIDE = 200  # columns where nobody looks through a window: a log file


def console(stream: TextIO) -> Console:
    """A console that takes text as it is: no markup, no emoji codes, no colours found by itself."""
    width = None if stream.isatty() else _WIDE
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width, soft_wrap=not stream.isatty())


class Terminal:
    """A sink of events and the writer of the end, on `out` (results) and `err` (errors)."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = console(out), console(err)
        self._steps: _LiveSteps | _PlainSteps = _LiveSteps(self._out) if out.isatty() else _PlainSteps(self._out)

    async def sink(self, event: Event) -> None:
        """One event."""
        self._steps.show(event)

    def outcome(self, outcome: Outcome) -> None:
        """The end: what a command answered, or why it could not."""
        self.close()
        if outcome.error is not None:
            self.error(outcome.error)
        elif outcome.result is not None:
            self._out.print(render.result(outcome.result))

    def show(self, table: RenderableType) -> None:
        """Anything rich can draw."""
        self._out.print(table)

    def error(self, problem: OpsError) -> None:
        """What happened, what is live, what to do next."""
        self.close()
        self._err.print(render.error(problem))

    def stopping(self) -> None:
        """The person pressed Ctrl-C, and must not think that nothing happened."""
        self._err.print("Asked to stop; waiting until that is safe …")

    def close(self) -> None:
        """Leave the display as it stands."""
        self._steps.close()


class _PlainSteps:
    """One line as a step begins, one as it ends."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._titles: dict[str, str] = {}

    def show(self, event: Event) -> None:
        match event:
            case RunStarted(title=title, plan=plan, run_id=run_id):
                self._titles = {step.name: step.title for step in plan}
                self._say(f"{title} (run {run_id})")
            case StepStarted(step=name):
                self._say(f"  {self._titles.get(name, name)} …")
            case StepDone(detail=detail, seconds=seconds):
                self._say(f"    done in {duration(seconds)}" + (f": {detail}" if detail else ""))
            case StepFailed(problem=problem, seconds=seconds):
                self._say(f"    failed after {duration(seconds)}: {problem}")
            case Note(text=text, level=level):
                self._say(f"  {'! ' if level == 'warning' else ''}{text}")

    def close(self) -> None:
        """Nothing is open."""

    def _say(self, line: str) -> None:
        self._out.print(Text(plain(line)))


class _LiveSteps:
    """The list of steps, drawn anew as they go; the current one is named and timed."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._view: RunView | None = None
        self._live: Live | None = None
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._spinner = Spinner("dots", style=WARN)

    def show(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._view = begun(event)
            self._live = Live(console=self._out, get_renderable=self._draw, refresh_per_second=8)
            self._live.start()
        elif self._view is not None:
            self._view = after(self._view, event)
            self._clock(event)
        if isinstance(event, Note):
            self._out.print(
                Text(f"! {plain(event.text)}", style=WARN) if event.level == "warning" else plain(event.text)
            )
        if isinstance(event, RunFinished):
            self.close()

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _clock(self, event: Event) -> None:
        if isinstance(event, StepStarted):
            self._began[event.step] = time.monotonic()
        elif isinstance(event, StepDone | StepFailed):
            self._took[event.step] = event.seconds

    def _draw(self) -> RenderableType:
        view = self._view
        assert view is not None
        rows = Table.grid(padding=(0, 1))
        for step in view.steps:
            rows.add_row(*self._row(step))
        return Group(Text(plain(view.title), style="bold"), rows)

    def _row(self, step: StepView) -> tuple[RenderableType, ...]:
        marks: dict[str, Any] = {
            "pending": Text("·", style=DIM),
            "in_progress": self._spinner,
            "complete": Text("✓", style=GOOD),
            "error": Text("✗", style=BAD),
        }
        style = {"pending": DIM, "in_progress": "bold", "error": BAD}.get(step.status, "")
        note_style = BAD if step.status == "error" else DIM
        seconds = self._seconds(step)
        took = Text(duration(seconds) if seconds is not None else "", style=DIM)
        return marks[step.status], Text(step.title, style=style), took, Text(plain(step.note), style=note_style)

    def _seconds(self, step: StepView) -> float | None:
        if step.status == "in_progress" and step.name in self._began:
            return time.monotonic() - self._began[step.name]
        return self._took.get(step.name)
