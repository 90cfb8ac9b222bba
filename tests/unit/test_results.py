"""What holds the operation lock, and whether `cancel` is a way out: one decision, for the command and for what it is told by."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ops.model import Actor, Door
from ops.results import Holder


@pytest.mark.parametrize(
    ("command", "switch_begun", "cancellable"),
    [
        ("deploy v1.2.0", False, True),
        ("deploy v1.2.0", True, False),
        ("restore latest", False, False),
        ("vacuum", False, False),
    ],
)
def test_only_a_deploy_before_its_switch_can_be_cancelled(command: str, switch_begun: bool, cancellable: bool) -> None:
    olga = Actor("U0OLGA", "Olga", Door.SLACK)
    holder = Holder("r1", command, olga, datetime.now(UTC), switch_begun=switch_begun)
    assert holder.cancellable is cancellable
