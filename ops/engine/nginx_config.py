"""The one nginx configuration, rendered from what is wanted of the proxy. Pure text in, pure text out.

Its first two lines say what it stands for and carry the SHA-256 of the rest, so that an edit by hand is found.

Why it looks the way it does (measured, shared facts on the switch):
- Both colours are always declared, each in a shared `zone` and with `resolve`: a container that restarts with another address is
  found again within `valid=1s`, and a reload inherits the addresses already resolved. Only `proxy_pass` changes at a switch.
- `keepalive_min_timeout` keeps clients' idle connections open over a reload; without it a reload broke 627 of 9,000 requests.
- Connections to the colours are not reused (`Connection: close`): on a reused one that the application just closed, a POST
  cannot be repeated and would be lost.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from ops.config import Config
from ops.model import Colour, Mode

FOLDER = "/etc/nginx/myfinance"  # a mounted directory: a rename onto a mounted file is refused (EBUSY)
LIVE_FILE = f"{FOLDER}/nginx.conf"
EDITED_COPY = (
    f"{FOLDER}/nginx.conf.edited"  # the last configuration that was edited by hand, kept before it is replaced
)
FILE_PATH = "/configuration"  # on the admin port: the file itself, as it is on the disk
_DIGEST = "# myfinance-ops sha256="
_STATE = "# state="


@dataclass(frozen=True)
class Wanted:
    """What the proxy shall do. `owner` is `person` or the id of the run that put it in its mode; it may give it back."""

    colour: Colour | None
    mode: Mode = Mode.OPEN
    owner: str = ""


@dataclass(frozen=True)
class Found:
    """What a configuration file stands for; `intact` is False when it was edited by hand or is not ours. `text`: all of
    it, as it was read."""

    wanted: Wanted | None
    generation: str
    intact: bool
    text: str


def parse(text: str) -> Found:
    """Read a configuration back."""
    head, _, rest = text.partition("\n")
    state_line = rest.partition("\n")[0]
    if not head.startswith(_DIGEST) or not state_line.startswith(_STATE):
        return Found(None, "", intact=False, text=text)
    intact = head.removeprefix(_DIGEST) == hashlib.sha256(rest.encode()).hexdigest()
    try:
        fields = json.loads(state_line.removeprefix(_STATE))
        colour = Colour(fields["colour"]) if fields["colour"] else None
        wanted = Wanted(colour, Mode(fields["mode"]), str(fields["owner"]))
        generation = str(fields["generation"])
    except (ValueError, KeyError, TypeError):
        return Found(None, "", intact=False, text=text)
    return Found(wanted, generation, intact, text)


def render(config: Config, wanted: Wanted, generation: str) -> str:
    """The whole configuration file for what is wanted.

    `generation` is any fresh word; the running nginx tells it back, which is how a reload is known to have happened.
    """
    fields = {
        "colour": wanted.colour,
        "mode": wanted.mode,
        "owner": wanted.owner,
        "generation": generation,
    }
    body = f"{_STATE}{json.dumps(fields)}\n{_main(config, wanted, generation)}"
    return f"{_DIGEST}{hashlib.sha256(body.encode()).hexdigest()}\n{body}"


def _main(config: Config, wanted: Wanted, generation: str) -> str:
    proxy = config.proxy
    upstreams = "\n".join(_upstream(config, colour) for colour in Colour)
    return f"""\
worker_processes auto;
worker_shutdown_timeout {proxy.shutdown_timeout_seconds}s;
error_log /dev/stderr warn;
pid /run/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  server_tokens off;
  default_type text/plain;
  resolver 127.0.0.11 valid=1s ipv6=off;
  resolver_timeout 2s;
  keepalive_timeout 75s;
  keepalive_min_timeout {proxy.keepalive_min_timeout_seconds}s;
  client_max_body_size {proxy.max_body};
  log_format users escape=json '{{"at":$msec,"client":"$remote_addr","method":"$request_method","uri":"$request_uri",'
    '"status":$status,"upstream":"$upstream_addr","seconds":$request_time}}';
  map $http_upgrade $connection_header {{ default upgrade; "" close; }}
  map $request_method $changes_things {{ default 1; GET 0; HEAD 0; OPTIONS 0; }}
{upstreams}
{_users(config, wanted)}
{_admin(config, wanted, generation)}
}}
"""


def _upstream(config: Config, colour: Colour) -> str:
    # max_fails=0: with one server there is nobody else to ask, so it is never counted out.
    server = f"{config.container(colour)}:{config.app.port}"
    return f"  upstream {colour} {{ zone {colour} 64k; server {server} resolve max_fails=0; }}"


def _users(config: Config, wanted: Wanted) -> str:
    held = f"add_header Retry-After {config.proxy.retry_after_seconds} always;"
    if wanted.colour is None:
        inside = f"    {held}\n    {_page('No release is live', 'This service has not been started yet.')}"
    elif wanted.mode is Mode.MAINTENANCE:
        inside = f"    {held}\n    {_page('Down for maintenance', 'We will be back shortly.')}"
    else:
        gate = "    error_page 418 = @held;\n    if ($changes_things) { return 418; }\n"
        inside = (gate if wanted.mode is Mode.READ_ONLY else "") + _pass(config, wanted.colour)
    locations = f"  location / {{\n{inside}\n  }}"
    if wanted.mode is Mode.READ_ONLY and wanted.colour is not None:
        page = _page("Changes are held for a moment", "Reading goes on; please try again shortly.")
        locations += f"\n  location @held {{\n    {held}\n    {page}\n  }}"
    return f"  server {{\n  listen 80;\n  access_log /dev/stdout users;\n{locations}\n  }}"


def _page(title: str, text: str) -> str:
    html = (
        f"<!doctype html><meta charset=utf-8><title>{title}</title>"
        "<body style=\\'font:18px system-ui;max-width:34em;margin:20vh auto;padding:0 1em\\'>"
        f"<h1>{title}</h1><p>{text}</p>"
    )
    return f"default_type text/html; return 503 '{html}';"


def _pass(config: Config, colour: Colour) -> str:
    timeout = config.proxy.longest_request_seconds
    return f"""\
    proxy_pass http://{colour};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_header;
    proxy_connect_timeout 5s;
    proxy_read_timeout {timeout}s;
    proxy_send_timeout {timeout}s;
    proxy_next_upstream off;"""


def _admin(config: Config, wanted: Wanted, generation: str) -> str:
    health = config.app.health_path
    asked = (
        f"proxy_pass http://{{}}{health}; proxy_http_version 1.1; proxy_set_header Connection close; "
        "proxy_connect_timeout 2s; proxy_read_timeout 5s;"
    )
    live = asked.format(wanted.colour) if wanted.colour else "return 503;"
    colours = "\n".join(f"  location = /colour/{c} {{ {asked.format(c)} }}" for c in Colour)
    return f"""\
  server {{
  listen 8081;
  access_log off;
  add_header X-MyFinance-Colour "{wanted.colour or "none"}" always;
  add_header X-MyFinance-Mode "{wanted.mode}" always;
  add_header X-MyFinance-Owner "{wanted.owner}" always;
  add_header X-MyFinance-Generation "{generation}" always;
  add_header X-MyFinance-Upstream $upstream_addr always;
  location = /live {{ {live} }}
{colours}
  location = /connections {{ stub_status; }}
  location = {FILE_PATH} {{ alias {LIVE_FILE}; }}
  location / {{ return 404; }}
  }}"""
