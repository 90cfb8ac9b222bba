"""files.*: the two-step upload. The bytes themselves arrive at the upload address in between."""

from sandbox.slack import world
from sandbox.slack.api.args import Args
from sandbox.slack.errors import SlackError, invalid
from sandbox.slack.messages import JSON, Message
from sandbox.slack.platform import Platform
from sandbox.slack.views import new_id
from sandbox.slack.workspace import File


async def get_upload_url(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/files.getUploadURLExternal"""
    name, length = args.required("filename"), args.integer("length")
    if length == 0:
        raise invalid("invalid_arguments", ["must be greater than 0: length"])
    file = File(id=new_id("F"), name=name, title=name, length=length)
    slack.workspace.files[file.id] = file
    return {"upload_url": f"{slack.base_url}/upload/{file.id}", "file_id": file.id}


async def complete_upload(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/files.completeUploadExternal - shares the files when a channel is named."""
    entries = args.listed("files")
    if not entries:
        raise invalid("invalid_arguments", ["missing required field: files"])
    files = [_uploaded(slack, entry) for entry in entries]
    channel = _channel(slack, args)
    for file, entry in zip(files, entries, strict=True):
        file.complete, file.title = True, str(entry.get("title") or file.name)
    if channel is not None:
        _share(slack, args, channel, files)
    return {"files": [file_object(slack, file) for file in files]}


def file_object(slack: Platform, file: File) -> JSON:
    """A file as answers and messages carry it."""
    address = f"{slack.base_url}/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "user": world.BOT_USER_ID,
        "mode": "hosted",
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
    }


def _uploaded(slack: Platform, entry: object) -> File:
    id_ = entry.get("id") if isinstance(entry, dict) else None
    file = slack.workspace.files.get(str(id_))
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    return file


def _channel(slack: Platform, args: Args) -> world.Channel | None:
    if not args.has("channel_id"):
        return None
    channel = slack.workspace.channels.get(args.required("channel_id"))
    if channel is None:
        raise SlackError("channel_not_found")
    if world.BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")  # chat:write.public does not cover files
    return channel


def _share(slack: Platform, args: Args, channel: world.Channel, files: list[File]) -> None:
    slack.workspace.post(
        Message(
            ts=slack.workspace.new_ts(),
            channel=channel.id,
            text=args.optional("initial_comment") or "",
            user=world.BOT_USER_ID,
            bot_id=world.BOT_ID,
            thread_ts=args.optional("thread_ts"),
            files=[file_object(slack, file) for file in files],
        )
    )
