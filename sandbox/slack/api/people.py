"""users.*, usergroups.*, conversations.* and auth.test: who and what there is."""

from sandbox.slack import world
from sandbox.slack.api.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import JSON
from sandbox.slack.platform import Platform


async def auth_test(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/auth.test"""
    return {
        "url": f"{slack.base_url}/",
        "team": world.TEAM_NAME,
        "user": slack.manifest.bot_name.lower().replace(" ", "_"),
        "team_id": world.TEAM_ID,
        "user_id": world.BOT_USER_ID,
        "bot_id": world.BOT_ID,
        "is_enterprise_install": False,
    }


async def users_info(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/users.info"""
    user = args.required("user")
    if user == world.BOT_USER_ID:
        return {"user": _user(user, "myfinance_ops", slack.manifest.bot_name, "", is_admin=False, is_bot=True)}
    if (person := slack.workspace.people.get(user)) is None:
        raise SlackError("user_not_found")
    return {"user": _user(user, person.name, person.real_name, person.title, is_admin=person.is_admin, is_bot=False)}


def _user(id_: str, name: str, real_name: str, title: str, *, is_admin: bool, is_bot: bool) -> JSON:
    profile = {
        "title": title,
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": name,
        "display_name_normalized": name,
        "team": world.TEAM_ID,
    }
    return {
        "id": id_,
        "team_id": world.TEAM_ID,
        "name": name,
        "deleted": False,
        "real_name": real_name,
        "tz": "Europe/London",
        "tz_label": "Greenwich Mean Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": is_admin,
        "is_owner": False,
        "is_bot": is_bot,
        "is_app_user": False,
    }


async def conversations_info(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/conversations.info - ids only, names are not looked up."""
    channel = slack.workspace.channels.get(args.required("channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    return {"channel": _channel(channel)}


async def conversations_list(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/conversations.list - one page, there are few."""
    public = [channel for channel in slack.workspace.channels.values() if channel.id.startswith("C")]
    return {"channels": [_channel(channel) for channel in public], "response_metadata": {"next_cursor": ""}}


def _channel(channel: world.Channel) -> JSON:
    is_im = channel.id.startswith("D")
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not is_im,
        "is_group": False,
        "is_im": is_im,
        "is_private": is_im,
        "is_archived": False,
        "is_member": world.BOT_USER_ID in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


async def usergroups_list(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/usergroups.list"""
    _require_paid_plan(slack)
    include_users = args.flag("include_users")
    groups = []
    for group in slack.workspace.user_groups.values():
        entry: JSON = {
            "id": group.id,
            "team_id": world.TEAM_ID,
            "is_usergroup": True,
            "name": group.name,
            "handle": group.handle,
            "date_delete": 0,
            "user_count": len(group.users),
        }
        groups.append({**entry, "users": list(group.users)} if include_users else entry)
    return {"usergroups": groups}


async def usergroups_users_list(slack: Platform, args: Args) -> JSON:
    """https://docs.slack.dev/reference/methods/usergroups.users.list"""
    _require_paid_plan(slack)
    if (group := slack.workspace.user_groups.get(args.required("usergroup"))) is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _require_paid_plan(slack: Platform) -> None:
    if not slack.options.user_groups:
        raise SlackError("plan_upgrade_required")
