"""The cast of the sandbox: one workspace, four people, three channels, one app. The ids never change."""

from dataclasses import dataclass, field

TEAM_ID = "T0SANDBOX"
TEAM_DOMAIN = "myfinance-sandbox"
TEAM_NAME = "MyFinance Sandbox"
APP_ID = "A0MYFINANCE"
BOT_USER_ID = "U0BOT"
BOT_ID = "B0BOT"
SLACKBOT_ID = "USLACKBOT"
BOT_TOKEN = "xoxb-sandbox-bot"  # noqa: S105 - opens nothing but this sandbox
APP_TOKEN = "xapp-sandbox-app"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - the deprecated `token` field of every payload


@dataclass(frozen=True)
class Person:
    """Somebody who can type in the workspace."""

    id: str
    name: str
    real_name: str
    colour: str
    title: str
    is_admin: bool = False


@dataclass
class Channel:
    """A public channel and who is in it (user ids, the bot's among them where it is a member)."""

    id: str
    name: str
    topic: str
    members: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class UserGroup:
    """A user group such as @oncall."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


PEOPLE = (
    Person("U0ADA", "ada", "Ada Admin", "#7b2cbf", "Head of platform", is_admin=True),
    Person("U0OLGA", "olga", "Olga Operator", "#1d7874", "On-call engineer"),
    Person("U0VIC", "vic", "Vic Viewer", "#b5651d", "Support"),
    Person("U0NEW", "nina", "Nina New", "#33658a", "Joined today"),
)
USER_GROUPS = (UserGroup("S0ONCALL", "oncall", "On call", ("U0OLGA",)),)


def channels() -> dict[str, Channel]:
    """The channels of a fresh workspace, by id. The bot is a member of the operations channel only."""
    everybody = {person.id for person in PEOPLE}
    return {
        "C0OPS": Channel("C0OPS", "myfinance-ops", "Releases of the MyFinance API", {*everybody, BOT_USER_ID}),
        "C0GENERAL": Channel("C0GENERAL", "general", "Company-wide announcements", set(everybody)),
        "C0RANDOM": Channel("C0RANDOM", "random", "Cats and coffee", set(everybody)),
    }
