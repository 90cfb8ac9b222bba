"""The tags of a registry, over its HTTP API v2 (OCI distribution specification, "Listing Tags")."""

from __future__ import annotations

import asyncio
from typing import Any

import requests

from ops.config import Config
from ops.errors import Failed

_SECONDS = 10
_MOST_PAGES = 20


async def tags(config: Config) -> tuple[str, ...]:
    """Every tag of the application's image in the configured registry, as it lists them.

    Raises:
        Failed: the registry does not answer, or refuses.
    """
    return await asyncio.to_thread(_tags, config)


def _tags(config: Config) -> tuple[str, ...]:
    registry = config.registry
    repository = config.app.image.removeprefix(registry.url.split("://", 1)[1] + "/")
    credentials = (registry.username, registry.password.get_secret_value()) if registry.username else None
    url: str | None = f"{registry.url}/v2/{repository}/tags/list?n=100"
    found: list[str] = []
    try:
        for _ in range(_MOST_PAGES):
            if url is None:
                break
            answer = requests.get(url, auth=credentials, timeout=_SECONDS, allow_redirects=False)
            if answer.status_code != 200:
                raise Failed(
                    f"The registry {registry.url} answered HTTP {answer.status_code} for the tags of {repository}.",
                    "Check registry.url, registry.username and registry.password.",
                )
            page: dict[str, Any] = answer.json()
            found += page.get("tags") or []
            link = answer.links.get("next", {}).get("url")
            url = requests.compat.urljoin(url, link) if link else None
    except (requests.RequestException, ValueError) as error:
        raise Failed(
            f"The registry {registry.url} does not answer: {type(error).__name__}.",
            "Check registry.url and the network.",
        ) from error
    return tuple(found)
