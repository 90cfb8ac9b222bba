"""Every message the bot can send, ordinary and extreme, one JSON file each: `python -m handlers.messages.gallery build/messages`.

Each file holds {surface, text, blocks, fallback_blocks}, and `view` where the surface is modal or home and not message. For
people to look at, and for a test that holds all of them against Slack's rules.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from handlers.messages import alert, backups, confirm, daily, home, modals, notices, recovery, report
from handlers.messages import gallery_backups as backup_samples
from handlers.messages import gallery_content as samples
from handlers.messages.error import error_message
from handlers.messages.fallback import plainly
from handlers.messages.gallery_content import EXTREME, NOW, ORDINARY, RUN_ID, Content
from handlers.messages.message import Message, View
from handlers.messages.progress import RunButtons, run_message
from handlers.messages.run_view import RunView, after, begun
from handlers.messages.show import BUTTONS, Asked, result_message
from ops.errors import ConfigError, EngineDown, Failed, ProxyDown, Refused, Stopped, UsageError
from ops.events import Note, RunFinished, RunStarted
from ops.model import Colour
from ops.results import Backups, Changed, Disk, Outcome, Preview, Releases, Result, Whoami

Entry = dict[str, Any]
_SLASH = "/myfinance"
_ERRORS = (UsageError, ConfigError, Refused, Failed, EngineDown, ProxyDown, Stopped)


def gallery() -> Iterator[tuple[str, Entry]]:
    """(name, entry) of every message, with ordinary and with extreme content."""
    for content in (ORDINARY, EXTREME):
        for name, message in _messages(content):
            yield (
                f"{name}.{content.name}",
                {
                    "surface": "message",
                    "text": message.text,
                    "blocks": list(message.blocks),
                    "fallback_blocks": list(message.fallback_blocks),
                },
            )
        for name, view in _views(content):
            yield (
                f"{name}.{content.name}",
                {
                    "surface": view.body["type"],
                    "text": "",
                    "blocks": view.body["blocks"],
                    "fallback_blocks": plainly(view.body["blocks"]),
                    "view": view.body,
                },
            )


def _messages(content: Content) -> Iterator[tuple[str, Message]]:
    asked = Asked(f"deploy {content.version}", content.person, _SLASH)
    for name, result in _results(content).items():
        yield f"result-{name}", result_message(result, asked, dict.fromkeys(BUTTONS.get(type(result), {}), "b-1"))
    for kind in _ERRORS:
        error = kind(content.sentence, content.sentence, evidence=content.evidence)
        error.live = content.sentence
        yield f"error-{kind.__name__.lower()}", error_message(error, asked.command)
    yield from _run(content)
    yield from _notices(content)
    yield from _reports(content)
    yield from _jobs(content)
    yield from _alerts(content)


def _run(content: Content) -> Iterator[tuple[str, Message]]:
    """Each state of a run's message, from its first step to each of its ends."""
    buttons = RunButtons(cancel="b-2", roll_back="b-3")
    view: RunView | None = None
    for number, event in enumerate(samples.run_events(content)):
        view = begun(event) if isinstance(event, RunStarted) else after(_known(view), event)
        yield f"run-{number:02}-{type(event).__name__.lower()}", run_message(view, buttons)
    for name, events in samples.run_ends(content).items():
        ended = _known(view)
        for end in events:
            ended = after(ended, end)
        yield f"run-end-{name}", run_message(ended, buttons)
    for name, result in backup_samples.results(content).items():
        if isinstance(result, Changed):
            ended = after(_known(view), samples.run_ends(content)["done"][-1])
            yield f"run-end-of-{name}", run_message(ended, buttons, result)


def _notices(content: Content) -> Iterator[tuple[str, Message]]:
    command = f"deploy {content.version}"
    yield "notice-follow", notices.follow_here(command, "C0OPS", "https://example.slack.com/archives/C0OPS/p1")
    yield "notice-follow-without-link", notices.follow_here(command, "C0OPS", None)
    yield "notice-channel-lost", notices.channel_lost(command, "C0OPS", content.sentence)
    yield "notice-stopping", notices.stopping()
    yield "notice-button-gone", notices.button_gone()
    yield "notice-button-stale", notices.button_stale(command, _SLASH)
    yield "notice-not-allowed", notices.not_allowed("viewer", command)
    yield "notice-unexpected", notices.unexpected(command, "1a2b3c4d")
    for name, events in samples.run_ends(content).items():
        end = events[-1]
        assert isinstance(end, RunFinished)
        yield f"notice-ended-{name}", notices.ended("U0OLGA", f"Deploy {content.version}", end)


def _reports(content: Content) -> Iterator[tuple[str, Message]]:
    health, status = samples.health(content), samples.status(content)
    for kind in report.Kind:
        change = report.Change(kind, content.sentence, Colour.BLUE, Colour.GREEN, 130.0)
        yield f"report-{kind}", report.change_message([change], health)
    changes = [report.Change(kind, content.sentence, Colour.BLUE) for kind in report.Kind]
    yield "report-everything", report.change_message(changes, None)
    down = EngineDown(content.sentence, content.sentence)
    yield "report-scheduled", report.scheduled_message(status, health)
    yield "report-scheduled-engine-down", report.scheduled_message(down, down)
    notes = [event for event in samples.run_events(content) if isinstance(event, Note)]
    made = samples.results(content)["changed"]
    yield "recovery-done", recovery.recovery_message(Outcome(RUN_ID, made), notes)
    yield "recovery-failed", recovery.recovery_message(Outcome(RUN_ID, error=down), notes)
    yield (
        "recovery-interrupted-run",
        recovery.interrupted_message(f"deploy {content.version}", RUN_ID, content.sentence),
    )


def _jobs(content: Content) -> Iterator[tuple[str, Message]]:
    """What the clock's jobs tell."""
    ids: dict[str, str | None] = {backups.PIN: "b-4", backups.VERIFY: "b-5"}
    results = backup_samples.results(content)
    listing, room = results["backups"], results["disk-full"]
    assert isinstance(listing, Backups)
    assert isinstance(room, Disk)
    failed = Outcome(RUN_ID, error=Failed(content.sentence, content.sentence))
    last = samples.status(content).last_backup
    full = daily.Around(NOW, last, listing, backup_samples.disk(content), backup_samples.schedule(content))
    alarmed = daily.Around(NOW, None, listing, room, backup_samples.schedule(content))
    yield "daily", daily.daily_message(Outcome(RUN_ID, backup_samples.backup_done(content)), full, ids)
    yield "daily-with-warnings", daily.daily_message(Outcome(RUN_ID, backup_samples.backup_done(content)), alarmed, ids)
    yield "daily-alone", daily.daily_message(Outcome(RUN_ID, results["backup-first"]), daily.Around(NOW))
    yield "daily-failed", daily.daily_message(failed, full, {backups.VERIFY: "b-5"})
    yield "daily-failed-alone", daily.daily_message(failed, daily.Around(NOW))
    for job, name in (("verify", "verify"), ("drill", "drill"), ("care", "care"), ("care", "care-nothing-to-win")):
        yield f"job-{name}", daily.job_message(job, Outcome(RUN_ID, results[name]))
        yield f"job-{name}-failed", daily.job_message(job, failed)


def _alerts(content: Content) -> Iterator[tuple[str, Message]]:
    ids: dict[str, str | None] = {backups.BACK_UP: "b-6", backups.VERIFY: "b-7"}
    problem = alert.Problem("disk", content.sentence, content.sentence)
    tellings = [alert.Telling(how, problem, NOW - timedelta(hours=30)) for how in alert.How]
    for telling in tellings:
        yield f"alert-{telling.how}", alert.alert_message([telling], NOW, ids)
    yield "alert-many", alert.alert_message(tellings * 10, NOW, ids)


def _views(content: Content) -> Iterator[tuple[str, View]]:
    status, whoami, history = samples.status(content), samples.whoami(content), samples.history(content)
    nobody = samples.results(content)["whoami-nobody"]
    assert isinstance(nobody, Whoami)
    down = EngineDown(content.sentence, content.sentence)
    yield "home", home.home_view(whoami, status, history, _SLASH)
    yield "home-engine-down", home.home_view(whoami, down, None, _SLASH)
    yield "home-nobody", home.home_view(nobody, None, None, _SLASH)
    yield "modal-loading", modals.loading("Roll back")
    yield "modal-working", modals.working("Roll back")
    yield "modal-deploy", modals.deploy_modal(samples.releases(content))
    yield "modal-deploy-nothing", modals.deploy_modal(Releases(()))
    yield "modal-rollback", modals.rollback_modal(status)
    for name, result in backup_samples.results(content).items():
        if isinstance(result, Preview):
            yield f"modal-confirm-{name}", confirm.confirm_modal(result, result.command.split()[0], "b-8")
    yield "modal-rollback-nothing", modals.rollback_modal(samples.nothing_live(content))
    for name, message in (*_notices(content), ("error", error_message(down, "releases"))):
        yield f"modal-told-{name}", modals.told("Deploy", message)


def _results(content: Content) -> dict[str, Result]:
    return {**samples.results(content), **backup_samples.results(content)}


def _known(view: RunView | None) -> RunView:
    assert view is not None
    return view


def write(folder: Path) -> int:
    """Write every message into `folder`; returns how many. What else is in the folder stays."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, entry in gallery():
        (folder / f"{name}.json").write_text(json.dumps(entry, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        count += 1
    return count


def main(arguments: list[str]) -> int:
    """`FOLDER` is the one argument."""
    if len(arguments) != 1:
        print("usage: python -m handlers.messages.gallery FOLDER", file=sys.stderr)
        return 2
    print(f"{write(Path(arguments[0]))} messages are in {arguments[0]}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
