"""`health`: both colours and the proxy, asked just now."""

from __future__ import annotations

from handlers.messages.blocks import Block, section, table
from handlers.messages.limits import Mrkdwn, clip, say
from handlers.messages.message import Message
from handlers.messages.words import coloured
from ops.model import HealthAnswer
from ops.results import Health


def health_message(health: Health) -> Message:
    """The whole answer."""
    headline = health_line(health)
    return Message.of(headline, section(say("*{}*", headline)), health_table(health))


def health_line(health: Health) -> Mrkdwn:
    """What users get, in one sentence."""
    if health.good and health.live is not None:
        return say("✅ Users get good answers from {}.", coloured(health.live))
    if health.live is None:
        return say("⚠️ Nothing is live: {}", health.proxy.problem or "the proxy sends users nowhere.")
    return say("❌ Users get bad answers from {}: {}", coloured(health.live), health.proxy.problem or str(health.proxy))


def health_table(health: Health) -> Block:
    """One line for users (through the proxy) and one for each colour on its own."""
    _, through, _ = _answer(health.proxy)
    rows = [("Users, through the proxy", "–", through, "–")]  # an answer seen by the look as a whole, not timed alone
    rows += [
        (coloured(colour) + (" (live)" if colour is health.live else ""), *_answer(answer))
        for colour, answer in health.colours.items()
    ]
    return table(("Asked", "Release", "Answer", "Took"), rows, right=(3,))


def _answer(answer: HealthAnswer | None) -> tuple[str, str, str]:
    if answer is None:
        return ("–", "does not run", "–")
    words = f"good, {answer}" if answer.good else (answer.problem or str(answer))
    return (answer.version or "–", clip(words, 100), f"{answer.seconds * 1000:.0f} ms")
