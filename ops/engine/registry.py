"""The tags of a registry, over its HTTP API v2 (OCI distribution specification, "Listing Tags").

Asked as the registry wants it: without a word, with a name and password, or with a token that its authority gives for them
(distribution documentation, "Token Authentication Specification"), as the large public registries do.
"""

from __future__ import annotations

import asyncio
import re
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
    url: str | None = f"{registry.url}/v2/{repository}/tags/list?n=100"
    found: list[str] = []
    try:
        with requests.Session() as session:
            if registry.username:
                session.auth = (registry.username, registry.password.get_secret_value())
            for _ in range(_MOST_PAGES):
                if url is None:
                    break
                answer = _get(session, url)
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


def _get(session: requests.Session, url: str) -> requests.Response:
    """One answer; when the registry asks for a token, the answer with one. The session keeps it for the next page."""
    answer = session.get(url, timeout=_SECONDS, allow_redirects=False)
    kind, _, rest = answer.headers.get("WWW-Authenticate", "").partition(" ")
    if answer.status_code != 401 or kind.lower() != "bearer":
        return answer
    challenge: dict[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    asked = {key: challenge[key] for key in ("service", "scope") if key in challenge}
    given = session.get(challenge.get("realm", ""), params=asked, timeout=_SECONDS, allow_redirects=False)
    if given.status_code != 200:
        return given
    body: dict[str, Any] = given.json()
    session.auth = _Bearer(str(body.get("token") or body.get("access_token") or ""))
    return session.get(url, timeout=_SECONDS, allow_redirects=False)


class _Bearer(requests.auth.AuthBase):
    """Requests that carry a token instead of a name and password."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
