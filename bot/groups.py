"""Who is in a Slack user group: asked once every few minutes. User groups need a paid plan; lists of user ids work without."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 300.0
_KEPT_AFTER_FAILURE_SECONDS = 30.0  # usergroups.users.list is a Tier 2 method: about twenty calls a minute


@dataclass(frozen=True)
class _Known:
    members: frozenset[str]
    until: float


class SlackGroups:
    """Members of user groups, from Slack. A lookup that fails answers nobody: it never grants anything."""

    def __init__(self, client: AsyncWebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def members(self, group_id: str) -> frozenset[str]:
        """The user ids in this group (`S…`); nobody when Slack does not tell."""
        known = self._known.get(group_id)
        if known is None or known.until <= self._clock():
            known = self._known[group_id] = await self._ask(group_id)
        return known.members

    async def _ask(self, group_id: str) -> _Known:
        try:
            answer = await self._client.usergroups_users_list(usergroup=group_id)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            # `plan_upgrade_required` on a free plan: list the user ids in [access] instead.
            log.warning("a user group cannot be looked up, so it grants nothing", group=group_id, error=str(error))
            return _Known(frozenset(), self._clock() + _KEPT_AFTER_FAILURE_SECONDS)
        return _Known(frozenset(answer.get("users") or ()), self._clock() + _KEPT_SECONDS)
