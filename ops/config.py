"""Every setting, once: its type, its default and its rule. `myfinance.toml` shows them with comments; bot/settings.py reads them.

All names, ports and numbers here are production's (DESIGN section 1). The demo and the tests run with a project name, ports and
labels of their own, and everything this program touches carries the label of its project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from ops.model import Colour, Role

Seconds = Annotated[float, Field(ge=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
# A Docker object's name (engine: [a-zA-Z0-9][a-zA-Z0-9_.-]+); also safe inside nginx's configuration, where it is written.
DockerName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,100}$")]
# A path that is written into nginx's configuration and asked over HTTP: no spaces, quotes, braces or semicolons.
UrlPath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9_.~/?=&%+,:@-]*$")]


class Section(BaseModel):
    """A table of the configuration file: unknown keys are errors, values never change, nothing lasts for ever (`inf`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Project(Section):
    """Whose containers these are. Two projects on one engine never touch each other's."""

    name: DockerName = "myfinance"
    network: DockerName = "myfinance-network"
    state_dir: Path = Path("state")  # ledger, operation lock; shared by every process that runs commands


class Engine(Section):
    """How to reach the Docker Engine (its address is Docker's own business: DOCKER_HOST) and the containers."""

    reach: Literal["ports", "network"] = "ports"  # network: this process is itself a container on the project's network
    timeout_seconds: Seconds = 30


class SmokeRequest(Section):
    """One request a release must answer as expected before it may go live."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: UrlPath
    body: str | None = None
    content_type: str = "application/json"
    expect: Annotated[int, Field(ge=100, le=599)] = 200


class App(Section):
    """The application that is released. Nothing in ops knows more about it than this."""

    image: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._/:-]*$")] = "myfinance-server"
    port: Port = 8080  # where it listens inside its container
    health_path: UrlPath = "/api/health"
    version_key: str = "version"  # the health answer's JSON key that must equal the release; "" = do not compare
    environment: dict[str, str] = {"ConnectionStrings__DefaultConnection": "Data Source=/data/myfinance.db"}
    data_path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_./-]*$")] = "/data"  # where the volume is mounted
    command: tuple[str, ...] = ()  # instead of the image's own
    memory: Annotated[str, Field(pattern=r"^[0-9]+[bkmg]$")] = "512m"
    pids: Annotated[int, Field(ge=16)] = 512
    stop_seconds: Annotated[int, Field(ge=1)] = 10  # from SIGTERM to SIGKILL
    docker_healthcheck: tuple[
        str, ...
    ] = ()  # argument list run in the container; empty = none (many images have no curl)
    smoke: tuple[SmokeRequest, ...] = ()


class Colours(Section):
    """Where each colour can be looked at on its own, on the host's loopback."""

    bind: str = "127.0.0.1"
    blue_port: Port = 5001
    green_port: Port = 5002

    def port(self, colour: Colour) -> int:
        """The host port of a colour."""
        return self.blue_port if colour is Colour.BLUE else self.green_port


class Database(Section):
    """The one shared database."""

    volume: DockerName = "shared_api_data"
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = "myfinance.db"
    worker_image: str = "myfinance-ops:dev"  # the bot's own image: the database worker runs in it


class Proxy(Section):
    """nginx, in front of both colours.

    `admin_port` answers on loopback only and tells which colour is live. `keepalive_min_timeout_seconds` keeps clients' idle
    connections open over a reload (measured: without it a reload broke 627 requests of 9,000, with it none).
    """

    image: str = "myfinance-nginx:latest"
    bind: str = "0.0.0.0"  # noqa: S104 - users come from everywhere
    port: Port = 80
    admin_port: Port = 8081
    keepalive_min_timeout_seconds: Annotated[int, Field(ge=1)] = 5
    longest_request_seconds: Annotated[int, Field(ge=1)] = 30
    shutdown_timeout_seconds: Annotated[int, Field(ge=1)] = 45
    max_body: Annotated[str, Field(pattern=r"^[0-9]+[kmg]$")] = "10m"
    retry_after_seconds: Annotated[int, Field(ge=1)] = 10
    switch_timeout_seconds: Seconds = 10  # from the reload signal to the new colour's answers
    quiesce_limit_seconds: Seconds = 300  # the longest time writers may be held

    @model_validator(mode="after")
    def _old_workers_outlive_their_requests(self) -> Self:
        needed = self.keepalive_min_timeout_seconds + self.longest_request_seconds
        if self.shutdown_timeout_seconds <= needed:
            raise ValueError(
                f"shutdown_timeout_seconds ({self.shutdown_timeout_seconds}) must be longer than "
                f"keepalive_min_timeout_seconds + longest_request_seconds ({needed}), or nginx cuts requests off"
            )
        return self


class Deploy(Section):
    """How a new release proves itself before users see it."""

    health_successes: Annotated[int, Field(ge=1)] = 3  # good answers in a row
    health_interval_seconds: Annotated[float, Field(gt=0)] = 0.5
    health_timeout_seconds: Annotated[float, Field(gt=0)] = 5  # for one answer
    health_deadline_seconds: Annotated[float, Field(gt=0)] = 60  # for all of them together
    standby: Literal["running", "stopped"] = "running"
    free_disk_mb: Annotated[int, Field(ge=0)] = 1024  # refused below this on the engine's disk


class Soak(Section):
    """How long, and against which thresholds, the new live colour is watched after the switch.

    It is switched back when, within `window_seconds`, at least `min_errors` answers were 5xx and they are at least
    `max_error_percent` of all; or when `unhealthy_in_a_row` health answers in a row are bad.
    """

    seconds: Seconds = 60
    window_seconds: Annotated[float, Field(gt=0)] = 10
    min_errors: Annotated[int, Field(ge=2)] = 5
    max_error_percent: Annotated[float, Field(gt=0, le=100)] = 5
    unhealthy_in_a_row: Annotated[int, Field(ge=2)] = 3


class Backups(Section):
    """Where the database's backups are, which of them stay, and when somebody must be told."""

    # A folder on the engine's host, or `volume:NAME` for a Docker volume. A relative folder is beside the configuration file.
    dir: Annotated[str, Field(pattern=r"^(volume:[a-zA-Z0-9][a-zA-Z0-9_.-]{1,100}|([A-Za-z]:)?[^:]+)$")] = "backups"
    compress: bool = False  # zstd; a packed backup is unpacked to be verified and restored
    keep_last: Annotated[int, Field(ge=1)] = 10
    keep_daily: Annotated[int, Field(ge=0)] = 0
    keep_weekly: Annotated[int, Field(ge=0)] = 0
    keep_monthly: Annotated[int, Field(ge=0)] = 0
    keep_safety: Annotated[int, Field(ge=1)] = 5  # those that a restore takes before it writes over the database
    deadline_seconds: Annotated[float, Field(gt=0)] = 600  # for one copy
    mirror: str = ""  # a second place, as fsspec writes it: /mnt/other, sftp://host/path, s3://bucket/path; "" = none
    mirror_options: dict[str, SecretStr] = {}  # what fsspec needs to get in there
    max_age_hours: Annotated[float, Field(gt=0)] = 26  # an alert when no verified backup is younger
    min_free_mb: Annotated[int, Field(ge=0)] = 1024  # an alert when the backups' or the database's disk has less

    @property
    def volume(self) -> str | None:
        """The Docker volume the backups are in; None when they are in a folder of the engine's host."""
        return self.dir.removeprefix("volume:") if self.dir.startswith("volume:") else None


class Jobs(Section):
    """What the bot does with the database by the clock: crontab lines in `timezone`; "" = never."""

    timezone: str = "UTC"
    backup: str = "0 2 * * *"  # a backup, and the daily summary
    verify: str = "0 4 * * 0"  # every kept backup is read whole
    drill: str = "0 5 1 * *"  # the newest backup is restored beside the world and the application started on it
    care: str = "0 6 1 * *"  # the growth chart, and whether a VACUUM is worth it


class Registry(Section):
    """A registry whose tags `releases` lists beside the local ones. Empty: local only."""

    url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+(:\d+)?)?$")] = ""
    username: str = ""
    password: SecretStr = SecretStr("")


class Prune(Section):
    """What `prune` keeps besides the live release and the standby."""

    keep_images: Annotated[int, Field(ge=1)] = 5


class Access(Section):
    """Who may do what. Nobody may change anything until someone is named.

    Entries are Slack user ids (`U…`) or user group ids (`S…`). `terminal` is the role of whoever runs this program in a
    terminal; it is read from the configuration file only, never from the environment.
    """

    admins: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    everyone: Literal[Role.NOBODY, Role.VIEWER] = Role.VIEWER
    terminal: Role = Role.VIEWER


class Locks(Section):
    """How one command gives way to another."""

    takeover_seconds: Seconds = 5  # a holder that does not give way in this time is fenced off


class Slack(Section):
    """The Slack app. The usual SLACK_* variables work too."""

    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    channel: str = ""  # id of the operations channel: runs, reports and alerts are posted there
    mode: Literal["socket", "http"] = "socket"
    command: Annotated[str, Field(pattern=r"^/[a-z0-9_-]{1,31}$")] = "/myfinance"
    sockets: Annotated[int, Field(ge=1, le=10)] = 2  # Slack allows ten connections an app
    http_bind: str = "127.0.0.1"
    http_port: Port = 3001
    api_url: str = "https://slack.com/api/"


class Reports(Section):
    """Health reports in the operations channel."""

    watch_seconds: Annotated[float, Field(gt=0)] = 10  # how often health is looked at
    lasting: Annotated[int, Field(ge=1)] = 3  # looks in a row before a change counts (hysteresis)
    cron: str = "0 9 * * *"  # the scheduled health report, in `timezone`
    timezone: str = "UTC"


class Logs(Section):
    """The bot's own log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Config(Section):
    """The whole configuration."""

    project: Project = Project()
    engine: Engine = Engine()
    app: App = App()
    colours: Colours = Colours()
    database: Database = Database()
    proxy: Proxy = Proxy()
    deploy: Deploy = Deploy()
    soak: Soak = Soak()
    backups: Backups = Backups()
    jobs: Jobs = Jobs()
    registry: Registry = Registry()
    prune: Prune = Prune()
    access: Access = Access()
    locks: Locks = Locks()
    slack: Slack = Slack()
    reports: Reports = Reports()
    logs: Logs = Logs()

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        ports = [self.colours.blue_port, self.colours.green_port, self.proxy.port, self.proxy.admin_port]
        if len(set(ports)) != len(ports):
            raise ValueError("colours.blue_port, colours.green_port, proxy.port and proxy.admin_port must all differ")
        return self

    def container(self, colour: Colour) -> str:
        """The container name of a colour: `myfinance-api-blue`."""
        return f"{self.project.name}-api-{colour}"

    @property
    def proxy_container(self) -> str:
        """The proxy's container name: `myfinance-nginx-proxy`."""
        return f"{self.project.name}-nginx-proxy"

    @property
    def proxy_volume(self) -> str:
        """The volume that holds nginx's configuration: `myfinance-nginx-conf`."""
        return f"{self.project.name}-nginx-conf"
