"""`python -m sandbox.slack`: the workspace on a port, until it is interrupted."""

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from sandbox.slack.platform import Options
from sandbox.slack.sandbox import MANIFEST, SlackSandbox


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.slack", description="A local Slack workspace.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=3000, help="port to listen on, 0 for a free one (default 3000)")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="the app's manifest (default: the project's)")
    parser.add_argument("--public-url", help="how the app reaches this server, when not at its own address")
    parser.add_argument("--request-url", help="deliver by signed HTTP to this address instead of over sockets")
    parser.add_argument("--free-plan", action="store_true", help="no user groups: plan_upgrade_required")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # on Windows asyncio.run itself turns Ctrl-C into a cancellation
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    options = Options(request_url=arguments.request_url, user_groups=not arguments.free_plan)
    async with SlackSandbox(
        host=arguments.host,
        port=arguments.port,
        manifest=arguments.manifest,
        public_url=arguments.public_url,
        options=options,
    ) as slack:
        print(f"Slack sandbox: {slack.url}", flush=True)
        print(f"SLACK_API_URL={slack.api_url}", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
