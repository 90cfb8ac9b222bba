"""The labels on our containers: which project, colour, release, image and run, and what a rollback goes back to.

They are the truth about what a colour carries: the ledger may be lost, the containers tell the same. The first group is written
as Docker Compose writes it, so that `docker compose -p myfinance-blue ps` lists a colour like any stack.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ops.config import Config
from ops.model import Colour, Release

_OURS = "io.myfinance.ops"
PROJECT = f"{_OURS}.project"
ROLE = f"{_OURS}.role"  # colour | proxy | network | volume | worker
COLOUR = f"{_OURS}.colour"
RELEASE = f"{_OURS}.release"
IMAGE_ID = f"{_OURS}.image-id"
DIGEST = f"{_OURS}.digest"
RUN = f"{_OURS}.run"
CONFIG = f"{_OURS}.config"  # hash of the settings a container was made with
_PREVIOUS = f"{_OURS}.previous"


def owned(config: Config, role: str) -> dict[str, str]:
    """The labels of everything this project creates; what lacks them is never touched."""
    return {PROJECT: config.project.name, ROLE: role}


def compose(project: str, service: str, settings: Any) -> dict[str, str]:
    """The labels by which Docker Compose v2 recognises a container of its own."""
    return {
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": fingerprint(settings),
        "com.docker.compose.project.config_files": "",
        "com.docker.compose.project.working_dir": "",
        "com.docker.compose.version": "2",
    }


def fingerprint(settings: Any) -> str:
    """SHA-256 over the settings as sorted JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


def of_colour(
    config: Config, colour: Colour, release: Release, previous: Release | None, run_id: str
) -> dict[str, str]:
    """Every label of a colour's container."""
    labels = {
        **compose(f"{config.project.name}-{colour}", "api", config.app.model_dump(mode="json")),
        **owned(config, "colour"),
        COLOUR: colour.value,
        RUN: run_id,
        **_release("", release),
    }
    return {**labels, **_release(_PREVIOUS, previous)} if previous else labels


def _release(prefix: str, release: Release) -> dict[str, str]:
    keys = [f"{prefix}.{word}" for word in ("release", "image-id", "digest")] if prefix else [RELEASE, IMAGE_ID, DIGEST]
    values = (release.version, release.image_id, release.digest or "")
    return dict(zip(keys, values, strict=True))


def release(labels: Mapping[str, str]) -> Release | None:
    """The release a container carries."""
    if RELEASE not in labels:
        return None
    return Release(labels[RELEASE], labels.get(IMAGE_ID, ""), labels.get(DIGEST) or None)


def previous(labels: Mapping[str, str]) -> Release | None:
    """The release that was live when this container was started: what a rollback goes back to."""
    version = labels.get(f"{_PREVIOUS}.release")
    if not version:
        return None
    return Release(version, labels.get(f"{_PREVIOUS}.image-id", ""), labels.get(f"{_PREVIOUS}.digest") or None)
