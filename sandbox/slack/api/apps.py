"""apps.connections.open: the way into Socket Mode."""

from sandbox.slack import world
from sandbox.slack.api.args import Args
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform


async def connections_open(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/apps.connections.open - the address is good for one connection."""
    address = slack.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={slack.sockets.new_ticket()}&app_id={world.APP_ID}"}
