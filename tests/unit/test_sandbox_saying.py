"""What people type arrives as Slack sends it: raw in commands, escaped in messages."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sandbox.slack import SlackSandbox
from sandbox.slack.clock import Clock
from sandbox.slack.manifest import Manifest
from sandbox.slack.sandbox import MANIFEST


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        yield slack


async def received(slack: SlackSandbox, typed: str) -> str:
    """The `text` of the payload that a typed command became."""
    await slack.say("U0OLGA", "C0OPS", typed)
    return str(slack.deliveries("command")[-1].payload["text"])


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("/myfinance", ""),
        ("/myfinance deploy v1.2.0", "deploy v1.2.0"),
        ("/myfinance  two  spaces ", " two  spaces "),
        ("/myfinance deploy “v1.2.0” — now", "deploy “v1.2.0” — now"),
        ("/myfinance lock @vic in #general & <b> http://example.org", "lock @vic in #general & <b> http://example.org"),
        ("/myfinance\ndeploy", "deploy"),
    ],
)
async def test_a_command_arrives_as_it_was_typed(slack: SlackSandbox, typed: str, text: str) -> None:
    assert await received(slack, typed) == text


async def test_a_command_that_asks_for_escaping_gets_references() -> None:
    manifest = Manifest.load(MANIFEST)
    escaping = replace(manifest, commands=(replace(manifest.commands[0], should_escape=True),))
    async with SlackSandbox(manifest=escaping) as slack:
        text = await received(slack, "/myfinance tell @vic and @nobody in #general & <b> http://example.org")
    assert text == (
        "tell <@U0VIC|vic> and @nobody in <#C0GENERAL|general> &amp; &lt;b&gt; <http://example.org>"
    )  # fmt: skip


async def test_a_message_is_escaped_and_reaches_no_command(slack: SlackSandbox) -> None:
    outcome = await slack.say("U0VIC", "C0OPS", "is <prod> up, @olga?")
    (message,) = slack.messages("C0OPS")
    assert (outcome.ok, outcome.ts) == (True, message.ts)
    assert message.text == "is &lt;prod&gt; up, <@U0OLGA|olga>?"
    assert message.user == "U0VIC"
    assert slack.deliveries() == []


class StoppedClock(Clock):
    """Time that does not pass."""

    def now(self) -> float:
        return 1_700_000_000.25


async def test_timestamps_grow_and_never_repeat_even_within_one_instant() -> None:
    async with SlackSandbox(clock=StoppedClock()) as slack:
        for number in range(50):
            await slack.say("U0VIC", "C0RANDOM", str(number))
        stamps = [message.ts for message in slack.messages("C0RANDOM")]
    assert stamps == sorted(set(stamps), key=float)
    assert all(len(stamp.partition(".")[2]) == 6 for stamp in stamps)


async def test_waiting_in_vain_shows_what_there_was_to_see(slack: SlackSandbox) -> None:
    await slack.say("U0VIC", "C0RANDOM", "nothing to see")
    with pytest.raises(TimeoutError, match="nothing to see"):
        await slack.wait_for(lambda ws: ws.messages("C0RANDOM")[1], timeout=0.05)
