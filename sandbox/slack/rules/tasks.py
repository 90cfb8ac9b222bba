"""Plans and task cards. https://docs.slack.dev/reference/block-kit/blocks/plan-block and …/task-card-block"""

from typing import Any

from sandbox.slack.rules.composition import ID
from sandbox.slack.rules.rich_text import single
from sandbox.slack.rules.shape import Check, Place, both, enum, listed, shape, text, typed

MAX_TASKS = 50
STATUSES = ("pending", "in_progress", "complete", "error")

_SOURCE = typed("url", {"url": text(), "text": text()})
_REQUIRED: dict[str, Check] = {"task_id": text(), "title": text(), "status": enum(*STATUSES)}
_OPTIONAL: dict[str, Check] = {"block_id": ID, "details": single, "output": single, "sources": listed(_SOURCE)}
_TASK_IN_PLAN = shape(_REQUIRED, {**_OPTIONAL, "type": enum("task_card")})


def _not_pending(place: Place, value: Any) -> None:
    """Only a plan can hold what has not begun."""
    if isinstance(value, dict) and value.get("status") == "pending":
        (place / "status").refuse("must be a valid enum value: a task outside a plan cannot be pending")


def _task_ids_differ(place: Place, value: Any) -> None:
    seen: set[str] = set()
    tasks = value.get("tasks") if isinstance(value, dict) else None
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        task_id = task.get("task_id") if isinstance(task, dict) else None
        if isinstance(task_id, str) and task_id in seen:
            (place / "tasks" / index / "task_id").refuse(f"duplicate task_id: {task_id}")
        seen.add(str(task_id))


TASK_CARD = both(typed("task_card", _REQUIRED, _OPTIONAL), _not_pending)
PLAN = both(
    typed("plan", {"title": text()}, {"block_id": ID, "tasks": listed(_TASK_IN_PLAN, most=MAX_TASKS, least=0)}),
    _task_ids_differ,
)
