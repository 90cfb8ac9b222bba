"""The Events API: an event is sent again when it was not acknowledged, at once, after a minute and after five."""

from typing import Any

from sandbox.slack import world
from sandbox.slack.clock import Clock
from sandbox.slack.delivery.ack import Ack
from sandbox.slack.delivery.courier import Courier
from sandbox.slack.tasks import Tasks
from sandbox.slack.views import new_id

JSON = dict[str, Any]
RETRY_SECONDS = (0.0, 60.0, 300.0)
"""How long Slack waits before each of its three further attempts."""
_REASONS = {
    "operation_timeout": "timeout",
    "dispatch_failed": "connection_failed",
    "http_client_error": "http_error",
    "http_service_error": "http_error",
}


class Events:
    """Sends events in the background; nobody waits for them."""

    def __init__(self, clock: Clock, courier: Courier) -> None:
        self._clock = clock
        self._courier = courier
        self._tasks = Tasks()

    def publish(self, event: JSON) -> str:
        """Send an event to the app and keep at it. Returns the event id, which every attempt carries."""
        event_id = new_id("Ev")
        self._tasks.spawn(self._persist(self._callback(event_id, event)))
        return event_id

    async def _persist(self, payload: JSON) -> None:
        ack = await self._courier.deliver("event", payload)
        for attempt, pause in enumerate(RETRY_SECONDS, start=1):
            if ack.ok:
                return
            await self._clock.sleep(pause)
            ack = await self._courier.deliver("event", payload, (attempt, _reason(ack)))

    def _callback(self, event_id: str, event: JSON) -> JSON:
        authorization = {
            "enterprise_id": None,
            "team_id": world.TEAM_ID,
            "user_id": world.BOT_USER_ID,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": world.VERIFICATION_TOKEN,
            "team_id": world.TEAM_ID,
            "api_app_id": world.APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self._clock.now()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": f"4-{event_id}",
        }

    async def close(self) -> None:
        """Give up on whatever was not acknowledged yet."""
        await self._tasks.close()


def _reason(ack: Ack) -> str:
    return _REASONS.get(ack.error or "", "unknown_error")
