"""manifest.yml is what Slack accepts, and asks for no more than the bot uses.

The schema here holds the rules of Slack's manifest schema (slackapi/manifest-schema) for the sections we have.
"""

import ast
import copy
import inspect
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.api.methods import METHODS
from sandbox.slack.manifest import Manifest
from sandbox.slack.sandbox import MANIFEST as PATH

JSON = dict[str, Any]


def _object(required: list[str] | None = None, **properties: JSON) -> JSON:
    return {"type": "object", "required": required or [], "properties": properties, "additionalProperties": False}


def _text(least: int, most: int, **more: str) -> JSON:
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def _texts(most: int, length: int, **more: bool) -> JSON:
    return {"type": "array", "maxItems": most, "items": _text(1, length), **more}


_YES_NO = {"type": "boolean"}
_URL = {"type": "string", "pattern": r"^https?:\/\/", "maxLength": 3500}
_COMMAND = _object(
    ["command", "description"],
    command=_text(2, 32, pattern=r"^\/"),
    url={**_URL, "maxLength": 3000},
    description=_text(1, 2000),
    usage_hint=_text(1, 1000),
    should_escape=_YES_NO,
)
SCHEMA = _object(
    ["display_information"],
    _metadata=_object(
        schema_version={"type": "integer"},
        min_version={"type": "integer"},
        major_version={"type": "integer"},
        minor_version={"type": "integer"},
    ),
    display_information=_object(
        ["name"],
        name=_text(1, 35),
        description=_text(1, 140),
        background_color=_text(4, 7, pattern="^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"),
        long_description=_text(175, 4000),
    ),
    features=_object(
        app_home=_object(
            home_tab_enabled=_YES_NO, messages_tab_enabled=_YES_NO, messages_tab_read_only_enabled=_YES_NO
        ),
        bot_user=_object(["display_name"], display_name=_text(1, 80), always_online=_YES_NO),
        slash_commands={"type": "array", "minItems": 1, "maxItems": 50, "items": _COMMAND},
    ),
    oauth_config=_object(
        scopes=_object(
            user=_texts(255, 50), bot=_texts(255, 50), user_optional=_texts(255, 50), bot_optional=_texts(255, 50)
        )
    ),
    settings=_object(
        event_subscriptions=_object(request_url=_URL, bot_events=_texts(100, 50, uniqueItems=True)),
        interactivity=_object(["is_enabled"], is_enabled=_YES_NO, request_url=_URL, message_menu_options_url=_URL),
        org_deploy_enabled=_YES_NO,
        socket_mode_enabled=_YES_NO,
        token_rotation_enabled=_YES_NO,
    ),
)


@pytest.fixture
def content() -> JSON:
    loaded: JSON = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return loaded


def test_slack_accepts_the_manifest(content: JSON) -> None:
    jsonschema.validate(content, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("display_information", "name"), "x" * 36),
        (("display_information", "description"), "x" * 141),
        (("display_information", "background_color"), "navy"),
        (("features", "bot_user", "display_name"), "x" * 81),
        (("features", "slash_commands", 0, "command"), "myfinance"),
        (("features", "slash_commands", 0, "usage_hint"), "x" * 1001),
        (("features", "slash_commands", 0, "hint"), "unknown key"),
        (("settings", "interactivity"), {}),
        (("settings", "sockets"), True),
        (("settings", "socket_mode_enabled"), "yes"),
        (("oauth_config", "scopes", "bot"), "chat:write"),
    ],
)
def test_the_schema_sees_a_mistake(content: JSON, path: tuple[str | int, ...], value: Any) -> None:
    broken = copy.deepcopy(content)
    target: Any = broken
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_the_app_lives_in_socket_mode_with_one_command() -> None:
    manifest = Manifest.load(PATH)
    assert manifest.socket_mode
    assert manifest.interactivity
    assert [command.command for command in manifest.commands] == ["/myfinance"]
    assert not manifest.commands[0].should_escape, "what was typed arrives as it was typed"


def test_the_home_tab_and_its_event_go_together() -> None:
    manifest = Manifest.load(PATH)
    assert manifest.home_tab
    assert manifest.bot_events == ("app_home_opened",)


# What each Web API method we call asks of a bot token, as its page at https://docs.slack.dev/reference/methods says.
NEEDED: dict[str, set[str]] = {
    "apps_connections_open": set(),  # takes the app-level token
    "auth_test": set(),
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write", "chat:write.public"},  # public: the operations channel, also as no member of it
    "chat_update": {"chat:write"},
    "conversations_info": {"channels:read", "groups:read"},  # groups: of a private channel
    "usergroups_users_list": {"usergroups:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}


def _methods_called() -> set[str]:
    """The Web API methods that the program calls, by their names in the SDK."""
    known = {name for name, _ in inspect.getmembers(AsyncWebClient, inspect.iscoroutinefunction) if name[0] != "_"}
    files = [file for package in ("bot", "handlers") for file in (PATH.parent / package).rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)} & known


def test_the_scopes_are_what_the_methods_we_call_need_and_no_more() -> None:
    manifest = Manifest.load(PATH)
    assert _methods_called() == set(NEEDED), "look up what a new method needs; forget one that is no longer called"
    needed = {"commands"}.union(*NEEDED.values())
    assert sorted([*manifest.scopes, *manifest.optional_scopes]) == sorted(needed)
    assert manifest.optional_scopes == ("usergroups:read",), "user groups need a paid plan: nothing may depend on them"


def test_the_sandbox_asks_for_no_other_scopes() -> None:
    asked = {name.replace(".", "_"): method.scope for name, method in METHODS.items()}
    for name, scopes in NEEDED.items():
        assert asked[name] in scopes or (asked[name] is None and not scopes), name


def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("features: {}", encoding="utf-8")
    with pytest.raises(ValueError, match="no display_information"):
        Manifest.load(path)
