"""Which nginx the proxy has: one that is too old would lose requests at every switch."""

from __future__ import annotations

from typing import cast
from unittest.mock import AsyncMock, Mock

import pytest

from ops.config import Config
from ops.engine.docker import Docker
from ops.engine.proxy import Proxy
from ops.engine.proxy_container import ProxyContainer
from ops.errors import Failed


async def start(*said: str) -> None:
    """Start a proxy whose `nginx -v` says this, each time it is asked."""
    docker = Mock(start=AsyncMock(), execute=AsyncMock(side_effect=[(0, line) for line in said]))
    proxy = Mock(answers=AsyncMock(return_value=True))
    await ProxyContainer(cast(Docker, docker), Config(), cast(Proxy, proxy)).start()


async def test_one_that_is_new_enough_starts_also_when_its_answer_gets_lost_once() -> None:
    await start("", "nginx version: nginx/1.30.6\n")


async def test_one_that_is_too_old_is_named() -> None:
    with pytest.raises(Failed, match=r"holds nginx 1\.22\.1; 1\.28 or newer is needed"):
        await start("nginx version: nginx/1.22.1\n")


async def test_one_that_never_tells_is_not_said_to_be_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.engine.proxy_container._VERSION_SECONDS", 0.0)
    with pytest.raises(Failed, match="is not known: `nginx -v` told nothing"):
        await start("")
