"""The short notes to one person about what they have just asked for."""

from __future__ import annotations

from handlers.messages.blocks import section
from handlers.messages.limits import Mrkdwn, code, say
from handlers.messages.message import Message
from handlers.messages.words import duration
from ops.events import RunFinished


def _note(text: Mrkdwn) -> Message:
    return Message.of(text, section(text))


def follow_here(command: str, channel: str, link: str | None) -> Message:
    """Where the run asked for elsewhere can be watched."""
    place = Mrkdwn(f"<{link}|here>") if link else say("in {}", Mrkdwn(f"<#{channel}>"))
    return _note(say("⏳ {} has begun. Follow it {}.", code(command), place))


def channel_lost(command: str, channel: str, problem: str) -> Message:
    """The run goes on although the operations channel cannot be posted to."""
    return _note(
        say(
            "⚠️ {} runs, but the operations channel {} cannot be posted to ({}). Its result will be told here. "
            "Invite the bot to the channel, or set {} in the configuration.",
            code(command),
            code(channel),
            code(problem),
            code("[slack] channel"),
        )
    )


def stopping() -> Message:
    """The bot was told to end and takes no more commands."""
    return _note(
        say("⏹️ The bot is shutting down and takes no more commands. Nothing was started; ask again in a minute.")
    )


def button_gone() -> Message:
    """The record no longer knows what this button was for."""
    return _note(say("This button no longer works. Nothing was started; type the command instead."))


def button_stale(newer: str, slash: str) -> Message:
    """Something else was released since this button was shown: it would do something else than it says."""
    return _note(
        say(
            "⛔ {} has run since this message, so its button no longer does what it says. Nothing was started. "
            "Look at {}, then type {} if that is what you want.",
            code(newer),
            code(f"{slash} status"),
            code(f"{slash} rollback"),
        )
    )


def not_allowed(role: str, command: str) -> Message:
    """The role does not cover what the button would do."""
    return _note(say("⛔ Your role here is {}; {} needs more. Nothing was started.", role, code(command)))


def unexpected(command: str, reference: str) -> Message:
    """A mistake of ours: the log has the rest under this reference."""
    return _note(
        say(
            "❌ {} met an unexpected error (reference {}). What users get is told by {}; the bot's log has the details.",
            code(command),
            code(reference),
            code("status"),
        )
    )


def ended(user_id: str, title: str, end: RunFinished) -> Message:
    """In the run's thread, calling who started it: an update of a message notifies nobody."""
    return _note(
        say(
            "{} *{}* – {} after {}. {}",
            Mrkdwn(f"<@{user_id}>"),
            title,
            end.outcome,
            duration(end.seconds),
            end.live,
        )
    )
