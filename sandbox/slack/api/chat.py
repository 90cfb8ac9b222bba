"""chat.*: posting, changing and taking back messages."""

from sandbox.slack import world
from sandbox.slack.api.args import Args
from sandbox.slack.delivery.payloads import message_object
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import JSON, Message
from sandbox.slack.platform import Platform
from sandbox.slack.rules.gate import require_message


async def post_message(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = _channel(slack, args)
    _require_may_post(slack, channel)
    text, blocks = _content(slack, args)
    message = slack.workspace.post(
        Message(
            ts=slack.workspace.new_ts(),
            channel=channel.id,
            text=text,
            blocks=blocks,
            user=world.BOT_USER_ID,
            bot_id=world.BOT_ID,
            thread_ts=args.optional("thread_ts"),
        )
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_object(message)}


async def post_ephemeral(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral - the bot must be a member, and so must the reader."""
    channel, user = _channel(slack, args), args.required("user")
    if world.BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(slack, args)
    message = slack.workspace.post(
        Message(
            ts=slack.workspace.new_ts(),
            channel=channel.id,
            text=text,
            blocks=blocks,
            user=world.BOT_USER_ID,
            bot_id=world.BOT_ID,
            thread_ts=args.optional("thread_ts"),
            ephemeral_to=user,
        )
    )
    return {"message_ts": message.ts}


async def update(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.update - without blocks, those it had are gone."""
    channel = _channel(slack, args)
    message = _own_message(slack, channel, args, "cant_update_message")
    text, blocks = _content(slack, args, update=True)
    # A message of blocks is never marked "(edited)" when an app changes it.
    slack.workspace.change(message, text=text, blocks=blocks, edited=not blocks)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message_object(message)}


async def delete(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    channel = _channel(slack, args)
    message = _own_message(slack, channel, args, "cant_delete_message")
    slack.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


async def get_permalink(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.getPermalink"""
    channel = _channel(slack, args)
    message = slack.workspace.find(channel.id, args.required("message_ts"))
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": slack.workspace.permalink(message)}


def _channel(slack: Platform, args: Args) -> world.Channel:
    channel = slack.workspace.channel(args.required("channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    return channel


def _require_may_post(slack: Platform, channel: world.Channel) -> None:
    if world.BOT_USER_ID not in channel.members and "chat:write.public" not in slack.granted_scopes:
        raise SlackError("not_in_channel")


def _own_message(slack: Platform, channel: world.Channel, args: Args, refusal: str) -> Message:
    message = slack.workspace.find(channel.id, args.required("ts"))
    if message is None or message.ephemeral_to or message.kind == "command":
        raise SlackError("message_not_found")  # ephemeral messages are out of reach: only response_url changes them
    if message.bot_id != world.BOT_ID:
        raise SlackError(refusal)
    return message


def _content(slack: Platform, args: Args, *, update: bool = False) -> tuple[str, list[JSON]]:
    payload: JSON = {"text": args.optional("text") or ""}
    if (blocks := args.listed("blocks")) is not None:
        payload["blocks"] = blocks
    if args.has("attachments"):
        raise SlackError("invalid_attachments", reason="the sandbox knows no attachments: use blocks")
    require_message(payload, slack.faults.refused_blocks, update=update)
    return payload["text"], payload.get("blocks", [])
