"""The state of the workspace: channels, messages, modals, Home tabs and files."""

from dataclasses import dataclass

from sandbox.slack import world
from sandbox.slack.clock import Clock
from sandbox.slack.feed import Feed
from sandbox.slack.messages import JSON, Message
from sandbox.slack.stored import stored_blocks
from sandbox.slack.views import View, new_hash, new_id


@dataclass
class File:
    """An uploaded file; it is a file of the workspace once `complete`."""

    id: str
    name: str
    title: str
    length: int
    content: bytes | None = None
    complete: bool = False


class Workspace:
    """Who is where and what was said. It keeps state and tells the feed; it decides nothing about permissions."""

    def __init__(self, clock: Clock, feed: Feed, base_url: str) -> None:
        self.clock = clock
        self.feed = feed
        self.base_url = base_url
        self.people = {person.id: person for person in world.PEOPLE}
        self.user_groups = {group.id: group for group in world.USER_GROUPS}
        self.channels = world.channels()
        self.messages: dict[str, list[Message]] = {channel: [] for channel in self.channels}
        self.modals: dict[str, list[View]] = {person: [] for person in self.people}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self._last_ts = 0

    # -- channels ---------------------------------------------------------------------------------------------------

    def channel(self, name: str) -> world.Channel | None:
        """A channel by id or by name (`#general`); a person's id means their direct messages with the bot."""
        if name in self.people:
            return self._direct_messages(name)
        if name in self.channels:
            return self.channels[name]
        plain = name.removeprefix("#")
        return next((channel for channel in self.channels.values() if channel.name == plain), None)

    def _direct_messages(self, user: str) -> world.Channel:
        id_ = "D" + user.removeprefix("U")
        if id_ not in self.channels:
            self.channels[id_] = world.Channel(id_, "directmessage", "", {user, world.BOT_USER_ID})
            self.messages[id_] = []
        return self.channels[id_]

    # -- messages ---------------------------------------------------------------------------------------------------

    def new_ts(self) -> str:
        """A message timestamp in Slack's form; no two are the same, and they grow."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, message: Message) -> Message:
        """Add a message (its blocks get their ids) and tell who may see it."""
        message.blocks = stored_blocks(message.blocks)
        self.messages[message.channel].append(message)
        kind = "ephemeral" if message.ephemeral_to else "message"
        self._tell(kind, message)
        return message

    def change(self, message: Message, *, text: str, blocks: list[JSON], edited: bool) -> None:
        """Replace what a message says."""
        message.text, message.blocks, message.edited = text, stored_blocks(blocks), edited
        self._tell("message_changed", message)

    def delete(self, message: Message) -> None:
        """Take a message away."""
        self.messages[message.channel].remove(message)
        self._tell("message_deleted", message)

    def find(self, channel: str, ts: str) -> Message | None:
        """The message of a channel with this timestamp."""
        return next((message for message in self.messages.get(channel, []) if message.ts == ts), None)

    def permalink(self, message: Message) -> str:
        """The address of a message in the workspace."""
        return f"{self.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"

    def _tell(self, kind: str, message: Message) -> None:
        event = {"type": kind, "channel": message.channel, "ts": message.ts}
        self.feed.publish(event, only_for=message.ephemeral_to)

    # -- views ------------------------------------------------------------------------------------------------------

    def push_modal(self, user: str, body: JSON) -> View:
        """Open a modal on top of this person's stack."""
        stack = self.modals[user]
        id_ = new_id("V")
        view = View(
            id=id_,
            user=user,
            body={**body, "blocks": stored_blocks(body["blocks"])},
            hash=new_hash(self.clock.now()),
            root_id=stack[0].id if stack else id_,
            previous_id=stack[-1].id if stack else None,
        )
        stack.append(view)
        self.feed.publish({"type": "view_opened", "view_id": view.id}, only_for=user)
        return view

    def update_view(self, view: View, body: JSON) -> None:
        """Replace what a view shows; values of inputs that are still there are kept, as Slack keeps them."""
        view.body = {**body, "blocks": stored_blocks(body["blocks"])}
        view.hash = new_hash(self.clock.now())
        kept = {block["block_id"] for block in view.blocks}
        view.values = {block_id: values for block_id, values in view.values.items() if block_id in kept}
        kind = "home" if body["type"] == "home" else "view_updated"
        self.feed.publish({"type": kind, "view_id": view.id}, only_for=view.user)

    def publish_home(self, user: str, body: JSON) -> View:
        """Show a Home tab to a person; the view keeps its id from one publication to the next."""
        if user not in self.homes:
            id_ = new_id("V")
            self.homes[user] = View(id=id_, user=user, body={**body, "blocks": []}, hash="", root_id=id_)
        self.update_view(self.homes[user], body)
        return self.homes[user]

    def close_modal(self, view: View, *, all_of_them: bool = False) -> list[View]:
        """Close a modal (or the whole stack); what lay under it is shown again. Returns what was closed."""
        stack = self.modals[view.user]
        closed = list(stack) if all_of_them else [view]
        for gone in closed:
            stack.remove(gone)
            self.feed.publish({"type": "view_closed", "view_id": gone.id}, only_for=view.user)
        return closed

    def view(self, view_id: str) -> View | None:
        """An open modal or a published Home tab, by id."""
        every = [*self.homes.values(), *(view for stack in self.modals.values() for view in stack)]
        return next((view for view in every if view.id == view_id), None)

    def modal_by_external_id(self, external_id: str) -> View | None:
        """An open modal by the id the app gave it."""
        every = [view for stack in self.modals.values() for view in stack]
        return next((view for view in every if view.body.get("external_id") == external_id), None)
