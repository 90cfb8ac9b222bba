"""Everything one workspace is made of, wired together once."""

from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.delivery.courier import Courier
from sandbox.slack.delivery.events import Events
from sandbox.slack.delivery.sockets import Sockets
from sandbox.slack.feed import Feed
from sandbox.slack.journal import Journal
from sandbox.slack.manifest import Manifest
from sandbox.slack.misbehaviour import Misbehaviour
from sandbox.slack.tickets import Tickets
from sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class Options:
    """What differs from one Slack workspace to another."""

    request_url: str | None = None
    """Deliver payloads here by signed HTTP instead of over sockets."""
    user_groups: bool = True
    """User groups need a paid plan; without one their methods answer `plan_upgrade_required`."""
    optional_scopes: bool = True
    """Did the person who installed the app grant the manifest's optional scopes?"""


@dataclass(frozen=True)
class Platform:
    """The parts of a running workspace. Nothing in it is shared with another workspace."""

    options: Options
    manifest: Manifest
    clock: Clock
    feed: Feed
    workspace: Workspace
    tickets: Tickets
    journal: Journal
    faults: Misbehaviour
    sockets: Sockets
    courier: Courier
    events: Events
    base_url: str

    @classmethod
    def build(cls, manifest: Manifest, base_url: str, clock: Clock, options: Options) -> "Platform":
        """A fresh workspace whose addresses begin with `base_url` (no slash at the end)."""
        feed, faults = Feed(), Misbehaviour()
        journal = Journal(clock, feed)
        sockets = Sockets(clock, feed, faults, enabled=manifest.socket_mode)
        courier = Courier(
            clock=clock,
            manifest=manifest,
            journal=journal,
            faults=faults,
            sockets=sockets,
            request_url=options.request_url,
        )
        return cls(
            options=options,
            manifest=manifest,
            clock=clock,
            feed=feed,
            workspace=Workspace(clock, feed, base_url),
            tickets=Tickets(clock),
            journal=journal,
            faults=faults,
            sockets=sockets,
            courier=courier,
            events=Events(clock, courier),
            base_url=base_url,
        )

    @property
    def granted_scopes(self) -> tuple[str, ...]:
        """The scopes of the bot's token."""
        optional = self.manifest.optional_scopes if self.options.optional_scopes else ()
        return (*self.manifest.scopes, *optional)

    def response_url(self, ticket: str) -> str:
        """The address of a response URL ticket."""
        return f"{self.base_url}/response/{ticket}"

    async def close(self) -> None:
        """Stop deliveries and end every connection."""
        await self.events.close()
        await self.courier.close()
        await self.sockets.close()
