"""Slack's rules for messages and views, as pure functions: each returns what Slack would complain about."""

from sandbox.slack.rules.message import check_message
from sandbox.slack.rules.view import check_view

__all__ = ["check_message", "check_view"]
