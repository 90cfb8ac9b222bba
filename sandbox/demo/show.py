"""The demo itself, from an empty machine to a page, and back."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import docker
import docker.errors

from sandbox.demo.place import ROOT, Options, Ports, alone, free_ports, write_configuration
from sandbox.demo.program import MYFINANCE, Program, kill_left_overs
from sandbox.demo.users import fill, traffic
from sandbox.engine import ensure_images
from sandbox.engine.errors import WorldError
from sandbox.slack import SlackSandbox

FIRST_RELEASE = "v1.1.0"
PROJECT_LABEL = "io.myfinance.ops.project"  # the program writes it on everything it creates
CONNECT_SECONDS = 30
IN_USE = (403, 409)  # the engine's answers for a network with containers on it, and for a volume that one has mounted
REMOVALS, REMOVAL_PAUSE_SECONDS = 20, 0.5


async def run(options: Options) -> None:
    """Until it is cancelled. Raises WorldError when it cannot go on; what was started is ended either way."""
    with alone(options):
        images = await asyncio.to_thread(ensure_images, say)
        async with _clean_before_and_after(options):
            ports = free_ports(options)
            url = f"http://127.0.0.1:{ports.proxy}"
            async with SlackSandbox(port=ports.page) as slack:
                program = Program(write_configuration(options, images, ports, slack))
                say("  myfinance up")
                await program.run("up")
                say(f"  myfinance deploy {FIRST_RELEASE}")
                await program.run("deploy", FIRST_RELEASE, MYFINANCE_SOAK__SECONDS="0")  # nobody is there to be failed
                await fill(url)
                async with traffic(url, options.users) as tally, program.serving() as bot:
                    try:
                        await _connected(slack)
                        say(_welcome(options, ports))
                        await bot.wait()
                        raise WorldError(f"The bot has ended by itself. Its last words:\n{program.last_words()}")
                    finally:
                        say(f"\n  Ending. There were {tally}.")


async def _connected(slack: SlackSandbox) -> None:
    with contextlib.suppress(TimeoutError):
        await slack.wait_until_connected(timeout=CONNECT_SECONDS)
        return
    raise WorldError(f"The bot did not connect to the workspace within {CONNECT_SECONDS} s.")


@asynccontextmanager
async def _clean_before_and_after(options: Options) -> AsyncIterator[None]:
    await asyncio.to_thread(kill_left_overs, options.folder / "myfinance.toml")
    await asyncio.to_thread(remove_everything, options.project)
    try:
        yield
    finally:
        if options.keep:
            say(f"  The containers of {options.project} are still there; the next start removes them.")
        else:
            await asyncio.to_thread(remove_everything, options.project)


def remove_everything(project: str) -> None:
    """Remove the containers, volumes and networks that carry the project's label, and nothing else.

    Again when one of them is in use: the engine may have made a container just then, for a command that was killed meanwhile.
    """
    for tries_left in reversed(range(REMOVALS)):
        try:
            _remove_what_is_there(project)
        except docker.errors.APIError as error:
            if error.status_code not in IN_USE or not tries_left:
                raise
            time.sleep(REMOVAL_PAUSE_SECONDS)
        else:
            return


def _remove_what_is_there(project: str) -> None:
    chosen: dict[str, str | list[str] | bool] = {"label": f"{PROJECT_LABEL}={project}"}
    with closing(docker.from_env()) as client:
        for container in client.containers.list(all=True, filters=chosen, ignore_removed=True):
            with contextlib.suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)
        for volume in client.volumes.list(filters=chosen):
            volume.remove(force=True)
        for network in client.networks.list(filters=chosen):
            network.remove()


def say(line: str) -> None:
    """Print at once. A terminal that has been closed must not keep the demo from cleaning up."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def _welcome(options: Options, ports: Ports) -> str:
    moved = {"page": (options.page_port, ports.page), "API": (options.port, ports.proxy)}
    notes = [
        f"  Port {wanted} is taken on this machine, so the {what} is on {port}.\n\n"
        for what, (wanted, port) in moved.items()
        if wanted != port
    ]
    meanwhile = (
        f"  Meanwhile {options.users} users send a request a second each through the proxy: without them\n"
        "  nobody would see that v1.4.0 is bad."
        if options.users
        else "  Nobody sends requests meanwhile (--traffic 0), so v1.4.0 will look good."
    )
    toml = (options.folder / "myfinance.toml").relative_to(ROOT)
    program = MYFINANCE.relative_to(ROOT) if MYFINANCE.is_relative_to(ROOT) else MYFINANCE
    return f"""
  The page:      http://127.0.0.1:{ports.page}/?user=U0OLGA
  The API:       curl -s http://127.0.0.1:{ports.proxy}/api/version     ({FIRST_RELEASE} is live)
  A terminal:    {program} --config {toml} status

{"".join(notes)}  On the page you are Olga, an operator, in #myfinance-ops. Type, in this order:

    /myfinance deploy v1.2.0      a good release: one message fills with ticks
    /myfinance rollback           users are back on {FIRST_RELEASE} in a second
    /myfinance deploy v1.3.0      never becomes healthy: refused, and users never notice
    /myfinance deploy v1.4.0      healthy, but it fails its users: switched back by itself
    /myfinance help               the rest

  At the top left become Vic, who may only look, or Ada, the administrator.
{meanwhile}
  The bot's log: {toml.with_name("bot.log")}
  Ctrl-C ends the demo{"" if options.keep else " and removes its containers"}.
"""
