"""What the app's manifest allows: the commands, scopes and events that exist in the sandbox."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class SlashCommand:
    """One entry of `features.slash_commands`."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool
    url: str | None


@dataclass(frozen=True)
class Manifest:
    """The parts of a Slack app manifest that change how the workspace behaves."""

    bot_name: str
    commands: tuple[SlashCommand, ...]
    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    bot_events: tuple[str, ...]
    home_tab: bool
    interactivity: bool
    interactivity_url: str | None
    events_url: str | None
    socket_mode: bool

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """Read a manifest file. Raises OSError when it cannot be read, ValueError when it is no manifest."""
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or "display_information" not in content:
            raise ValueError(f"{path} is not a Slack app manifest: it has no display_information")
        return cls.from_dict(content)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Manifest":
        """Read a parsed manifest; absent sections mean what Slack takes them to mean (nothing enabled)."""
        name = content["display_information"]["name"]
        features, settings = content.get("features", {}), content.get("settings", {})
        scopes = content.get("oauth_config", {}).get("scopes", {})
        events, interactivity = settings.get("event_subscriptions", {}), settings.get("interactivity", {})
        return cls(
            bot_name=features.get("bot_user", {}).get("display_name", name),
            commands=tuple(_command(entry) for entry in features.get("slash_commands", ())),
            scopes=tuple(scopes.get("bot", ())),
            optional_scopes=tuple(scopes.get("bot_optional", ())),
            bot_events=tuple(events.get("bot_events", ())),
            home_tab=features.get("app_home", {}).get("home_tab_enabled", False),
            interactivity=interactivity.get("is_enabled", False),
            interactivity_url=interactivity.get("request_url"),
            events_url=events.get("request_url"),
            socket_mode=settings.get("socket_mode_enabled", False),
        )

    def command(self, word: str) -> SlashCommand | None:
        """The declared command with this word (`/myfinance`), or None."""
        return next((command for command in self.commands if command.command == word), None)


def _command(entry: dict[str, Any]) -> SlashCommand:
    return SlashCommand(
        command=entry["command"],
        description=entry["description"],
        usage_hint=entry.get("usage_hint", ""),
        should_escape=entry.get("should_escape", False),
        url=entry.get("url"),
    )
