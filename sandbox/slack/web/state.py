"""What one person sees of the workspace, as the page reads it."""

from sandbox.slack import world
from sandbox.slack.messages import JSON, Message
from sandbox.slack.platform import Platform


def state(slack: Platform, user: str) -> JSON:
    """Everything this person may see: `ephemerals`, `views` and `home` are theirs alone."""
    workspace = slack.workspace
    visible = [channel for channel in workspace.channels.values() if _shown(slack, channel, user)]
    return {
        "team": {"id": world.TEAM_ID, "name": world.TEAM_NAME, "domain": world.TEAM_DOMAIN},
        "bot": {"id": world.BOT_USER_ID, "bot_id": world.BOT_ID, "name": slack.manifest.bot_name},
        "command": _command(slack),
        "commands": [vars(command) for command in slack.manifest.commands],
        "users": [vars(person) for person in workspace.people.values()],
        "channels": [_channel(slack, channel) for channel in visible],
        "messages": {channel.id: _messages(slack, channel.id, None) for channel in visible},
        "ephemerals": {channel.id: _messages(slack, channel.id, user) for channel in visible},
        "views": [view.to_json() for view in workspace.modals.get(user, [])],
        "home": workspace.homes[user].to_json() if user in workspace.homes else None,
        "files": {file.id: {"name": file.name, "title": file.title} for file in workspace.files.values()},
        "sockets": slack.sockets.count,
    }


def _shown(slack: Platform, channel: world.Channel, user: str) -> bool:
    """Public channels always; direct messages to their one person, once something was said in them."""
    if not channel.id.startswith("D"):
        return True
    return user in channel.members and bool(slack.workspace.messages[channel.id])


def _command(slack: Platform) -> JSON | None:
    if not slack.manifest.commands:
        return None
    first = slack.manifest.commands[0]
    return {"command": first.command, "usage_hint": first.usage_hint, "description": first.description}


def _channel(slack: Platform, channel: world.Channel) -> JSON:
    is_im = channel.id.startswith("D")
    return {
        "id": channel.id,
        "name": slack.manifest.bot_name if is_im else channel.name,
        "topic": channel.topic,
        "members": sorted(channel.members),
        "is_im": is_im,
    }


def _messages(slack: Platform, channel: str, reader: str | None) -> list[JSON]:
    return [
        message_json(slack, message) for message in slack.workspace.messages[channel] if message.ephemeral_to == reader
    ]


def message_json(slack: Platform, message: Message) -> JSON:
    """One message as the page draws it."""
    if message.kind == "command":
        return {"type": "command", "ts": message.ts, "user": message.user, "text": message.text}
    shown: JSON = {
        "type": "message",
        "ts": message.ts,
        "channel": message.channel,
        "text": message.text,
        "blocks": message.blocks,
        "edited": message.edited,
        "ephemeral": message.ephemeral_to is not None,
        "permalink": slack.workspace.permalink(message),
    }
    shown |= {"bot_id": message.bot_id} if message.bot_id else {"user": message.user}
    if message.thread_ts is not None:
        shown["thread_ts"] = message.thread_ts
    if message.files:
        shown["files"] = message.files
    return shown
