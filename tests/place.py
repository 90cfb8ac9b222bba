"""Where tests live on the engine: a project's name and ports. Making its network and its proxy takes longer than most tests, so
test after test moves into the same place."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.engine import labels
from sandbox.engine import Images

OLGA_ID, VIC_ID, ADA_ID = "U0OLGA", "U0VIC", "U0ADA"
_PROCESSES = 6  # of tests, side by side: `make test`
_FIRST_PORT, _PORTS_EACH = 20_000, 2_000  # for each of them, all below the ephemeral range


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody has right now, below the range from which outgoing connections get theirs: a port that
    is used only later (the idle colour's) must not be taken by a passing client meanwhile."""
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    found: list[int] = []
    while len(found) < count:
        port = _FIRST_PORT + mine * _PORTS_EACH + secrets.randbelow(_PORTS_EACH)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


@dataclass(frozen=True)
class Place:
    """What all who live here have in common."""

    images: Images
    name: str
    ports: tuple[int, ...]

    def settings(self, state_dir: Path, **sections: dict[str, Any]) -> dict[str, Any]:
        """A configuration for one who moves in, quick enough for tests; `sections` are laid over it."""
        name, images = self.name, self.images
        blue, green, proxy, admin = self.ports
        base: dict[str, dict[str, Any]] = {
            "project": {"name": name, "network": f"{name}-network", "state_dir": str(state_dir)},
            "database": {"volume": f"{name}-data", "worker_image": images.ops},
            "colours": {"blue_port": blue, "green_port": green},
            "proxy": {
                "image": images.nginx,
                "bind": "127.0.0.1",
                "port": proxy,
                "admin_port": admin,
                "keepalive_min_timeout_seconds": 3,
                "longest_request_seconds": 10,
                "shutdown_timeout_seconds": 14,
            },
            "deploy": {
                "free_disk_mb": 10,
                "health_successes": 2,
                "health_interval_seconds": 0.1,
                "health_deadline_seconds": 20,
            },
            "soak": {"seconds": 0.5},
            "backups": {"dir": str(state_dir.parent / "backups"), "min_free_mb": 1},
            "prune": {"keep_images": 100},  # the sample's images belong to everybody on this engine
            "access": {"operators": [OLGA_ID], "admins": [ADA_ID], "viewers": [VIC_ID], "terminal": "operator"},
        }
        for section, values in sections.items():
            base.setdefault(section, {}).update(values)
        return base


@contextmanager
def a_place(images: Images) -> Iterator[Place]:
    """A place; whatever was made there is removed at the end, by its label."""
    place = Place(images, f"mftest-{secrets.token_hex(3)}", tuple(free_ports(4)))
    try:
        yield place
    finally:
        tear_down(place.name)


def tear_down(project: str) -> None:
    """Remove every container, volume and network of a project, by its label."""
    label = f"label={labels.PROJECT}={project}"
    for listing, removal in (
        (["docker", "ps", "-aq", "--filter", label], ["docker", "rm", "-f"]),
        (["docker", "volume", "ls", "-q", "--filter", label], ["docker", "volume", "rm", "-f"]),
        (["docker", "network", "ls", "-q", "--filter", label], ["docker", "network", "rm"]),
    ):
        ids = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
        if ids:
            subprocess.run([*removal, *ids], capture_output=True, check=False)
