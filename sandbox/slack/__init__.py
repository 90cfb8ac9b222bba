"""A local Slack workspace: strict where Slack is strict, and able to misbehave."""

from sandbox.slack.acts.outcome import Outcome
from sandbox.slack.errors import PersonError
from sandbox.slack.messages import Message
from sandbox.slack.platform import Options
from sandbox.slack.sandbox import SlackSandbox

__all__ = ["Message", "Options", "Outcome", "PersonError", "SlackSandbox"]
