"""The bot as a process: what it does before it takes the first command."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from bot import serve as module
from bot.settings import Loaded
from ops.config import Config


async def test_a_full_collection_while_the_bot_serves_does_not_look_through_all_that_was_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left: list[int] = []

    class Serving:
        def __init__(self, *_: object, **__: object) -> None: ...

        async def run(self, _: object) -> None:
            left.append(len(gc.get_objects()))

    monkeypatch.setattr(module, "Bot", Serving)
    slack = {"bot_token": "xoxb-1", "app_token": "xapp-1", "channel": "C0OPS"}
    config = Config.model_validate({"project": {"state_dir": str(tmp_path)}, "slack": slack})
    try:
        assert await module.serve(Loaded(config, None, {})) == 0
    finally:
        gc.unfreeze()
    assert left[0] < len(gc.get_objects()) / 10
