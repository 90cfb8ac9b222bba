"""Which backups stay. A reason is named for each that goes, and for each that stays; what is not ours is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ops.database.claims import alone, remove, unknown_files, unwritable
from ops.database.listing import entries
from ops.database.model import Decision, Entry, Manifest, Retained, RetainRequest, Why
from ops.database.places import Places
from ops.database.progress import Progress


def run(request: RetainRequest, places: Places, progress: Progress) -> Retained:
    """Remove what the rules no longer keep, and say why for each.

    Raises:
        Failed: the directory cannot be written.
    """
    try:
        with alone(places):  # no pin between the decision and the removal
            kept, removed = plan(entries(places), request)
            if not request.dry_run:
                for decision in reversed(removed):  # oldest first: a kill leaves no gap in what is kept
                    remove(places, decision.name)
    except OSError as error:
        raise unwritable(error) from error
    return Retained(removed, kept, unknown_files(places))


def plan(found: Iterable[Entry], rules: RetainRequest) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """What is kept and what is removed, each with its reason; newest first. Only good backups are counted, in the order of
    their manifests. What cannot be believed (a bad file, a manifest that was changed) is never removed: it is evidence."""
    reasons: dict[str, str] = {}
    ordered = list(found)
    good = [one for one in ordered if one.manifest is not None and one.problem is None and one.name not in rules.bad]
    good.sort(key=_sequence, reverse=True)
    ordinary = [one for one in good if _manifest(one).why is not Why.SAFETY]
    safety = [one for one in good if _manifest(one).why is Why.SAFETY]

    def keep(chosen: Iterable[Entry], reason: str) -> None:
        for one in chosen:
            reasons.setdefault(one.name, reason)

    keep((one for one in ordered if one not in good), "it is not good, so it is left for a person to look at")
    keep((one for one in ordered if one.pin), "pinned")
    keep(good[:1], "the newest good one")
    keep(
        (one for one in good if _manifest(one).run_id in rules.protected_runs),
        "taken before a release that is live or stands by",
    )
    keep(ordinary[: rules.keep_last], f"one of the last {rules.keep_last}")
    keep(safety[: rules.keep_safety], f"one of the last {rules.keep_safety} safety backups")
    keep(_newest_of_each(ordinary, lambda at: f"{at:%Y-%m-%d}", rules.keep_daily), "the newest of its day")
    keep(_newest_of_each(ordinary, lambda at: f"{at:%G-W%V}", rules.keep_weekly), "the newest of its week")
    keep(_newest_of_each(ordinary, lambda at: f"{at:%Y-%m}", rules.keep_monthly), "the newest of its month")
    removed = tuple(Decision(one.name, _why_not(one, rules)) for one in good if one.name not in reasons)
    return tuple(Decision(one.name, reasons[one.name]) for one in ordered if one.name in reasons), removed


def _newest_of_each(good: list[Entry], period: Callable[[datetime], str], count: int) -> list[Entry]:
    chosen: dict[str, Entry] = {}
    for one in good:
        chosen.setdefault(period(datetime.fromisoformat(_manifest(one).taken_at)), one)
    return list(chosen.values())[:count]


def _why_not(one: Entry, rules: RetainRequest) -> str:
    if _manifest(one).why is Why.SAFETY:
        return f"older than the last {rules.keep_safety} safety backups"
    return f"older than the last {rules.keep_last}, and no rule keeps it"


def _manifest(one: Entry) -> Manifest:
    assert one.manifest is not None
    return one.manifest


def _sequence(one: Entry) -> int:
    return _manifest(one).sequence
