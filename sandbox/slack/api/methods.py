"""The table of Web API methods: who may call each, and with which scope."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from sandbox.slack.api import apps, chat, files, people, views
from sandbox.slack.api.args import Args
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform

Handler = Callable[[Platform, Args], Awaitable[JSON]]


@dataclass(frozen=True)
class Method:
    """One method: what it does, the scope the manifest must name, the kind of token that may call it."""

    handler: Handler
    scope: str | None = None
    token: Literal["bot", "app"] = "bot"  # noqa: S105 - a kind, not a token


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "apps.connections.open": Method(apps.connections_open, token="app"),  # noqa: S106 - a kind, not a token
        "auth.test": Method(people.auth_test),
        "chat.delete": Method(chat.delete, "chat:write"),
        "chat.getPermalink": Method(chat.get_permalink),
        "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
        "chat.postMessage": Method(chat.post_message, "chat:write"),
        "chat.update": Method(chat.update, "chat:write"),
        "conversations.info": Method(people.conversations_info, "channels:read"),
        "conversations.list": Method(people.conversations_list, "channels:read"),
        "files.completeUploadExternal": Method(files.complete_upload, "files:write"),
        "files.getUploadURLExternal": Method(files.get_upload_url, "files:write"),
        "usergroups.list": Method(people.usergroups_list, "usergroups:read"),
        "usergroups.users.list": Method(people.usergroups_users_list, "usergroups:read"),
        "users.info": Method(people.users_info, "users:read"),
        "views.open": Method(views.open_view),
        "views.publish": Method(views.publish_view),
        "views.push": Method(views.push_view),
        "views.update": Method(views.update_view),
    }
)
