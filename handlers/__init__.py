"""Slack in, Slack out: one file a feature, each with `register(app, deps)`. Handlers parse, ask ops, and show the answer."""
