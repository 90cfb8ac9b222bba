"""A person types a line: a message, or a slash command."""

import html
import re
from collections.abc import Callable

from sandbox.slack import responses, world
from sandbox.slack.acts.outcome import Outcome
from sandbox.slack.delivery.ack import Ack
from sandbox.slack.delivery.payloads import slash_command
from sandbox.slack.errors import PersonError, SlackError
from sandbox.slack.manifest import SlashCommand
from sandbox.slack.messages import Message
from sandbox.slack.platform import Platform


async def say(slack: Platform, user: str, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
    """Type `text` and press Enter. Raises PersonError when this person cannot type there."""
    place = _place(slack, user, channel)
    if not text.strip():
        raise PersonError("there is nothing to send")
    if text.startswith("/"):
        return await _command(slack, user, place, text, thread_ts)
    escaped = mention(slack, html.escape(text, quote=False))
    message = Message(slack.workspace.new_ts(), place.id, escaped, user=user, thread_ts=thread_ts)
    return Outcome(ok=True, ts=slack.workspace.post(message).ts)


def _place(slack: Platform, user: str, channel: str) -> world.Channel:
    if user not in slack.workspace.people:
        raise PersonError(f"nobody here is called {user!r}")
    place = slack.workspace.channels.get(channel)
    if place is None:
        raise PersonError(f"there is no channel {channel!r}")
    if user not in place.members:
        raise PersonError(f"{user} is not a member of {channel}")
    return place


async def _command(slack: Platform, user: str, place: world.Channel, typed: str, thread_ts: str | None) -> Outcome:
    word, _, text = re.sub(r"\s", " ", typed, count=1).partition(" ")
    command = slack.manifest.command(word)
    if command is None:
        return Outcome(ok=False, error=f"{word} is not a valid command")
    if thread_ts is not None:
        return Outcome(ok=False, error=f"{word} is not supported in threads. Sorry!")
    slack.workspace.post(
        Message(slack.workspace.new_ts(), place.id, typed, user=user, kind="command", ephemeral_to=user)
    )
    trigger_id, response_url = slack.tickets.new_trigger(user), slack.tickets.new_response_url(place.id, user)
    payload = slash_command(
        slack.workspace,
        user=user,
        channel=place,
        command=command.command,
        text=_as_sent(slack, command, text),
        trigger_id=trigger_id,
        response_url=slack.response_url(response_url),
    )
    ack = _show(slack, response_url, await slack.courier.deliver("command", payload))
    if not ack.ok:
        _slackbot(slack, user, place, f'{word} failed with the error "{ack.error}"')
    slack.feed.publish({"type": "command", "ok": ack.ok, "error": ack.error, "text": typed}, only_for=user)
    return Outcome(ok=ack.ok, error=ack.error, ack_ms=ack.ms, trigger_id=trigger_id)


def _as_sent(slack: Platform, command: SlashCommand, text: str) -> str:
    """What the app receives: the very text, unless the manifest asks for escaping (`should_escape`)."""
    return mention(slack, _link(html.escape(text, quote=False))) if command.should_escape else text


def _show(slack: Platform, response_url: str, ack: Ack) -> Ack:
    """Show what the ack carried; an ack that Slack cannot show fails the command."""
    if not ack.ok or not ack.payload:
        return ack
    try:
        responses.respond(slack, slack.tickets.response_url(response_url), ack.payload)
    except SlackError as refusal:
        return Ack(error=refusal.error, ms=ack.ms, payload=ack.payload)
    return ack


def _slackbot(slack: Platform, user: str, place: world.Channel, text: str) -> None:
    slack.workspace.post(Message(slack.workspace.new_ts(), place.id, text, user=world.SLACKBOT_ID, ephemeral_to=user))


def mention(slack: Platform, text: str) -> str:
    """`@vic` and `#general` as Slack's references: `<@U0VIC|vic>`, `<#C0GENERAL|general>`."""
    people = {person.name: person.id for person in slack.workspace.people.values()}
    channels = {channel.name: channel.id for channel in slack.workspace.channels.values()}
    text = re.sub(r"(?<!\w)@([\w-]+)", _reference("@", people), text)
    return re.sub(r"(?<!\w)#([\w-]+)", _reference("#", channels), text)


def _reference(sign: str, ids: dict[str, str]) -> Callable[[re.Match[str]], str]:
    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        return f"<{sign}{ids[name]}|{name}>" if name in ids else match[0]

    return replaced


def _link(text: str) -> str:
    return re.sub(r"https?://[^\s<>|]+", lambda match: f"<{match[0]}>", text)
