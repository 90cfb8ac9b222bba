"""What the bot cannot do without is named before anything starts."""

from __future__ import annotations

import pytest

from bot.preflight import require_settings
from ops.config import Slack
from ops.errors import ConfigError

FULL = {"bot_token": "xoxb-1", "app_token": "xapp-1", "signing_secret": "s", "channel": "C1"}


@pytest.mark.parametrize(
    ("mode", "missing", "named"),
    [
        ("socket", "bot_token", "SLACK_BOT_TOKEN"),
        ("socket", "app_token", "SLACK_APP_TOKEN"),
        ("socket", "channel", "MYFINANCE_SLACK__CHANNEL"),
        ("http", "signing_secret", "SLACK_SIGNING_SECRET"),
    ],
)
def test_a_missing_setting_is_named_with_its_key_and_variable(mode: str, missing: str, named: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        require_settings(Slack.model_validate({**FULL, "mode": mode, missing: " "}))
    assert named in refusal.value.next_step
    assert f"[slack] {missing}" in refusal.value.next_step


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as refusal:
        require_settings(Slack())
    assert refusal.value.what == "The bot has no bot token and no app token and no operations channel."


@pytest.mark.parametrize(("mode", "not_needed"), [("socket", "signing_secret"), ("http", "app_token")])
def test_each_mode_needs_only_its_own(mode: str, not_needed: str) -> None:
    require_settings(Slack.model_validate({**FULL, "mode": mode, not_needed: ""}))
