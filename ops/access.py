"""Who may do what. Nobody may change anything until someone is named."""

from __future__ import annotations

from typing import Protocol

import structlog

from ops import config
from ops.commands import Command
from ops.errors import Refused
from ops.model import Actor, Door, Role

log = structlog.get_logger(__name__)

_GROUP = "S"  # Slack: ids of user groups begin with S, ids of people with U or W


class GroupMembers(Protocol):
    """Who is in a user group. Needs a paid plan, so lists of user ids are enough on their own."""

    async def members(self, group_id: str) -> frozenset[str]:
        """User ids of the members."""
        ...


class Access:
    """The `[access]` settings, applied."""

    def __init__(self, settings: config.Access, groups: GroupMembers | None = None) -> None:
        self._settings = settings
        self._groups = groups

    async def role_of(self, actor: Actor) -> Role:
        """The highest role the actor has now. The schedule and the recovery act for the one who configured them."""
        match actor.door:
            case Door.TERMINAL:
                return self._settings.terminal
            case Door.SCHEDULE | Door.RECOVERY:
                return Role.OPERATOR
            case Door.SLACK:
                for role, named in self._named():
                    if await self._is_one_of(actor.id, named):
                        return role
                return self._settings.everyone

    def refuse(self, command: Command, needed: Role, actor: Actor, role: Role) -> Refused:
        """Why the actor may not run the command, which needs a role with its arguments, and who can change that."""
        what = f"`{command.name}` needs the role {needed}, and {actor} has the role {role}."
        if actor.door is Door.TERMINAL:
            how = f'Set terminal = "{needed}" under [access] in the configuration file; the environment cannot set it.'
        elif not any(named for _, named in self._named()):
            what = f"`{command.name}` needs the role {needed}, and nobody is named in [access] yet."
            how = (
                f"Add your Slack user id ({actor.id}) to operators or admins under [access] in the configuration file."
            )
        else:
            how = f"Ask an administrator to add your Slack user id ({actor.id}) to [access] in the configuration file."
        return Refused(what, how)

    def _named(self) -> tuple[tuple[Role, tuple[str, ...]], ...]:
        """The lists, highest role first."""
        settings = self._settings
        return (
            (Role.ADMIN, settings.admins),
            (Role.OPERATOR, settings.operators),
            (Role.VIEWER, settings.viewers),
        )

    async def _is_one_of(self, user_id: str, named: tuple[str, ...]) -> bool:
        if user_id in named:
            return True
        for group_id in (entry for entry in named if entry.startswith(_GROUP)):
            if user_id in await self._members(group_id):
                return True
        return False

    async def _members(self, group_id: str) -> frozenset[str]:
        if self._groups is None:
            return frozenset()
        try:
            return await self._groups.members(group_id)
        except Exception:  # whatever it was: a look-up that fails grants nothing
            log.exception("the members of a user group are not known, so nobody has a role by it", group=group_id)
            return frozenset()
