"""Answers to a command or a click: in its ack, or later through its response URL."""

from sandbox.slack import world
from sandbox.slack.errors import SlackError, invalid
from sandbox.slack.messages import JSON, Message
from sandbox.slack.platform import Platform
from sandbox.slack.rules.gate import require_message
from sandbox.slack.tickets import ResponseUrl

_KEYS = {
    "text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "mrkdwn",
    "unfurl_links", "unfurl_media", "metadata",
}  # fmt: skip


def respond(slack: Platform, ticket: ResponseUrl, answer: JSON) -> Message | None:
    """Show an answer where its ticket belongs: to its person only, unless it says `in_channel`.

    Membership does not matter here: whoever was asked may answer. Raises SlackError when Slack would refuse."""
    _require_known(answer)
    original = ticket.source if ticket.source in slack.workspace.messages[ticket.channel] else None
    if answer.get("delete_original"):
        if original is None:
            raise SlackError("message_not_found")
        slack.workspace.delete(original)
        return None
    require_message(answer, slack.faults.refused_blocks)
    if answer.get("replace_original") and original is not None:
        blocks = answer.get("blocks") or []
        slack.workspace.change(original, text=answer.get("text", ""), blocks=blocks, edited=False)
        return original
    ticket.source = _post(slack, ticket, answer)
    return ticket.source


def redeem(slack: Platform, id_: str, answer: JSON) -> None:
    """Answer through a response URL: five times within thirty minutes. Raises SlackError."""
    ticket = slack.tickets.response_url(id_)
    respond(slack, ticket, answer)
    ticket.uses += 1


def _require_known(answer: JSON) -> None:
    problems = [f"no such field: {key}" for key in answer if key not in _KEYS]
    if answer.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
        problems.append("must be ephemeral or in_channel: response_type")
    if problems:
        raise invalid("invalid_arguments", problems)


def _post(slack: Platform, ticket: ResponseUrl, answer: JSON) -> Message:
    in_channel = answer.get("response_type") == "in_channel"
    return slack.workspace.post(
        Message(
            ts=slack.workspace.new_ts(),
            channel=ticket.channel,
            text=answer.get("text", ""),
            blocks=answer.get("blocks") or [],
            user=world.BOT_USER_ID,
            bot_id=world.BOT_ID,
            thread_ts=answer.get("thread_ts"),
            ephemeral_to=None if in_channel else ticket.user,
        )
    )
