"""Short-lived permissions: trigger ids (3 seconds, one use) and response URLs (30 minutes, five uses)."""

import secrets
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


@dataclass
class Trigger:
    """The right to open one modal for the person who just did something; `view` is the modal they did it in."""

    user: str
    expires_at: float
    view: str | None
    used: bool = False


@dataclass
class ResponseUrl:
    """The right to answer a command or a click; `source` is what `replace_original` replaces."""

    channel: str
    user: str
    expires_at: float
    source: Message | None
    uses: int = 0


class Tickets:
    """Issues and redeems tickets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._response_urls: dict[str, ResponseUrl] = {}
        self._born_expired = {"trigger_id": 0, "response_url": 0}

    def new_trigger(self, user: str, view: str | None = None) -> str:
        """A trigger id for something `user` did (in the modal `view`)."""
        id_ = f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        self._triggers[id_] = Trigger(user, self._deadline("trigger_id", TRIGGER_SECONDS), view)
        return id_

    def use_trigger(self, id_: str) -> Trigger:
        """Redeem a trigger id. Raises SlackError when it is unknown, was used or is older than three seconds."""
        trigger = self._triggers.get(id_)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() >= trigger.expires_at:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, channel: str, user: str, source: Message | None = None) -> str:
        """The id of a response URL for something `user` did in `channel`."""
        id_ = secrets.token_urlsafe(18)
        self._response_urls[id_] = ResponseUrl(
            channel, user, self._deadline("response_url", RESPONSE_URL_SECONDS), source
        )
        return id_

    def response_url(self, id_: str) -> ResponseUrl:
        """A response URL that can still be used. Raises SlackError otherwise; a use is counted by the caller."""
        ticket = self._response_urls.get(id_)
        if ticket is None:
            raise SlackError("invalid_url")
        if self._clock.now() >= ticket.expires_at:
            raise SlackError("expired_url")
        if ticket.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        return ticket

    def expire(self, what: str, next_ones: int = 0) -> None:
        """Expire every `trigger_id` or `response_url` handed out so far, and the `next_ones` to come."""
        every: dict[str, Trigger] | dict[str, ResponseUrl]
        every = self._triggers if what == "trigger_id" else self._response_urls
        for ticket in every.values():
            ticket.expires_at = self._clock.now()
        self._born_expired[what] = next_ones

    def _deadline(self, what: str, seconds: float) -> float:
        if self._born_expired[what]:
            self._born_expired[what] -= 1
            return self._clock.now()
        return self._clock.now() + seconds
