"""`python -m sandbox.demo`: runs until Ctrl-C. Exit code 1, with a sentence, when it cannot."""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import Sequence

import docker.errors

from sandbox.demo.place import Options
from sandbox.demo.show import run
from sandbox.engine.errors import WorldError


def _options(arguments: Sequence[str] | None) -> Options:
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description="Try MyFinance Ops on this machine.")
    parser.add_argument("--project", type=_project, default=usual.project, help="name of all it starts (%(default)s)")
    parser.add_argument("--page-port", type=int, default=usual.page_port, help="the page (%(default)s)")
    parser.add_argument("--port", type=int, default=usual.port, help="the API, through the proxy (%(default)s)")
    parser.add_argument("--traffic", type=int, default=usual.users, help="requests a second; 0 for none (%(default)s)")
    parser.add_argument("--soak", type=float, default=usual.soak_seconds, help="seconds (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave the containers running at the end")
    given = parser.parse_args(arguments)
    return Options(given.project, given.page_port, given.port, given.traffic, given.soak, given.keep)


def _project(text: str) -> str:
    # It becomes part of Docker's names and of a folder's, and what carries it is removed.
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,40}", text) or text == "myfinance":
        raise argparse.ArgumentTypeError("a name of small letters, digits and dashes, other than production's")
    return text


async def _until_told(options: Options) -> int:
    """Run the demo; the first Ctrl-C, SIGTERM or hang-up ends it in order, and a second one changes nothing."""
    demo = asyncio.ensure_future(run(options))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, lambda: None if demo.cancelling() else demo.cancel())
    try:
        await demo
    except asyncio.CancelledError:
        return 0
    except WorldError as error:
        problem = str(error)
    except docker.errors.DockerException as error:
        problem = f"The Docker Engine does not do what it should: {error}. `make engine` makes sure that one answers."
    else:
        return 0
    print(f"error: {problem}", file=sys.stderr, flush=True)
    return 1


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return asyncio.run(_until_told(_options(arguments)))


if __name__ == "__main__":
    sys.exit(main())
