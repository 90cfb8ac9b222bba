"""Who may do what. Nobody may change anything until someone is named in the configuration."""

from __future__ import annotations

from typing import Protocol

import structlog

from ops.commands import Command
from ops.config import Access as Rules
from ops.errors import Refused
from ops.model import Actor, Door, Role

log = structlog.get_logger(__name__)


class GroupMembers(Protocol):
    """Who is in a user group."""

    async def members(self, group_id: str) -> frozenset[str]:
        """User ids of a group."""
        ...


class Access:
    """The roles of one configuration."""

    def __init__(self, rules: Rules, groups: GroupMembers | None = None) -> None:
        self._rules = rules
        self._groups = groups

    async def role_of(self, actor: Actor) -> Role:
        """The highest role an actor has. A group that cannot be looked up grants nothing."""
        if actor.door is Door.TERMINAL:
            return self._rules.terminal
        if actor.door in (Door.SCHEDULE, Door.RECOVERY):
            return Role.OPERATOR
        rules = self._rules
        named = ((Role.ADMIN, rules.admins), (Role.OPERATOR, rules.operators), (Role.VIEWER, rules.viewers))
        for role, entries in named:
            if actor.id in entries or await self._in_a_group(actor.id, entries):
                return role
        return rules.everyone

    async def _in_a_group(self, user: str, entries: tuple[str, ...]) -> bool:
        for group in (entry for entry in entries if entry.startswith("S")):
            if self._groups is None:
                continue
            try:
                if user in await self._groups.members(group):
                    return True
            except Exception:
                log.exception("a user group could not be looked up, so it grants nothing", group=group)
        return False

    def check(self, actor: Actor, role: Role, command: Command) -> None:
        """Raises Refused when this role may not run this command, or not from this door."""
        if actor.door not in command.doors:
            raise Refused(
                f"`{command.name}` can only be run in a terminal.", f"On the host: `myfinance {command.name}`."
            )
        if role.covers(command.role):
            return
        raise Refused(
            f"`{command.name}` needs the role {command.role}, and {actor} has the role {role}.", self._advice(actor)
        )

    def _advice(self, actor: Actor) -> str:
        if actor.door is Door.TERMINAL:
            return 'Set `terminal = "operator"` under [access] in the configuration file (not in the environment).'
        if not (self._rules.admins or self._rules.operators):
            return "Nobody has been named yet: set `admins` and `operators` under [access] in the configuration file."
        return f"Ask an admin to name {actor.id} under [access] in the configuration file."
