"""Slack's rules for messages and views, as pure functions: each returns what Slack would complain about."""
