"""Where the demo lives: its folder, its ports, its configuration. One demo of a name at a time."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.engine import Images
from sandbox.engine.errors import WorldError
from sandbox.slack import SlackSandbox

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "C0OPS"
COLOUR_PORTS, ADMIN_PORT = (5101, 5102), 8091
LOOK_AHEAD = 200  # how many ports after the wanted one are tried


@dataclass(frozen=True)
class Options:
    """What the command line says. Each of the `users` sends one request a second; `soak_seconds` follow each switch."""

    project: str = "myfinance-demo"
    page_port: int = 3000
    port: int = 8080
    users: int = 5
    soak_seconds: float = 20.0
    keep: bool = False

    @property
    def folder(self) -> Path:
        """Configuration, state and log; anew at each start."""
        return ROOT / "build" / "demo" / self.project


@dataclass(frozen=True)
class Ports:
    """All of them on loopback."""

    page: int
    proxy: int
    admin: int
    blue: int
    green: int


def free_ports(options: Options) -> Ports:
    """The usual ports, and for one that is taken the next free one. Raises WorldError when there is none near it."""
    chosen: list[int] = []
    for wanted in (options.page_port, options.port, ADMIN_PORT, *COLOUR_PORTS):
        near = range(wanted, min(wanted + LOOK_AHEAD, 65536))
        found = next((port for port in near if port not in chosen and _is_free(port)), None)
        if found is None:
            raise WorldError(f"Every port from {near.start} to {near.stop - 1} is taken on this machine.")
        chosen.append(found)
    return Ports(*chosen)


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@contextmanager
def alone(options: Options) -> Iterator[None]:
    """Hold the demo's name. Raises WorldError when another demo has it: each start removes what carries the name."""
    options.folder.mkdir(parents=True, exist_ok=True)
    with (options.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorldError(
                f"A demo named {options.project} runs already. End it, or start another one with --project NAME."
            ) from None
        yield


def write_configuration(options: Options, images: Images, ports: Ports, slack: SlackSandbox) -> Path:
    """An empty state and the settings: like production's, with names and ports of their own, and quick enough to watch."""
    for of_another_demo in ("state", "backups"):
        shutil.rmtree(options.folder / of_another_demo, ignore_errors=True)
    name, path = options.project, options.folder / "myfinance.toml"
    settings: dict[str, dict[str, Any]] = {
        "project": {"name": name, "network": f"{name}-network", "state_dir": "state"},
        "app": {"smoke": [{"path": "/api/accounts"}, {"path": "/api/transactions?limit=1"}]},
        "database": {"volume": f"{name}-data", "worker_image": images.ops},
        "colours": {"blue_port": ports.blue, "green_port": ports.green},
        "proxy": {"image": images.nginx, "bind": "127.0.0.1", "port": ports.proxy, "admin_port": ports.admin},
        "deploy": {"free_disk_mb": 100, "health_deadline_seconds": 15},
        "soak": {"seconds": options.soak_seconds},
        "prune": {"keep_images": 100},  # the sample's images belong to every demo and test on this engine
        "access": {"admins": ["U0ADA"], "operators": ["U0OLGA"], "viewers": ["U0VIC"], "terminal": "operator"},
        "slack": {
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "channel": CHANNEL,
            "api_url": slack.api_url,
        },
        "logs": {"format": "text"},
    }
    tables = ("\n".join([f"[{key}]", *_lines(values)]) for key, values in settings.items())
    path.write_text("\n\n".join(tables) + "\n")
    path.chmod(0o600)
    return path


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in values.items()]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(_lines(value))} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)  # TOML writes texts, numbers and booleans as JSON does
