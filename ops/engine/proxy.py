"""The proxy container: what it says over the wire, and the one way to change what it does.

nginx is the truth about which colour is live, asked over the wire, never a file beside it. A change is staged beside the old
configuration, tested, renamed over it, and made known by a reload whose exit code proves nothing: it counts when the running
nginx tells the new generation back, on new connections, several times in a row, from the right colour's address.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace

from ops.aio import finish, until
from ops.config import Config
from ops.engine import nginx_config
from ops.engine.ask import Answer, NoAnswer, ask
from ops.engine.docker import Docker, NotFound
from ops.engine.nginx_config import Found, Wanted
from ops.errors import Failed, ProxyDown
from ops.model import Colour, Mode, ProxyState
from ops.spelling import counted

_RELOAD_SECONDS = (
    3.0  # for nginx to take a file up and its old workers to hear of it: milliseconds, but for a busy machine
)
CONFIRMATIONS = 3  # answers in a row: one could come from a worker that is just leaving
_POLL_SECONDS = 0.005
_LONGEST_ARGUMENT = 100_000  # bytes; Linux takes 131,071 (MAX_ARG_STRLEN), and a file edited by hand may be longer
_WORKERS_POLL_SECONDS = 0.02  # the engine runs a `ps` for each look at them
_DRAIN_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 6.0  # for one answer: nginx gives up on a colour after five (ops/engine/nginx_config.py)
_FIRST_PATIENCE_SECONDS = 0.5
# Staged, tested before it is renamed, on disk before the rename: a crash or a power cut leaves a configuration that starts. All
# of it in one command: each thing that the engine does in a container costs more than what is done there.
_INSTALL = """\
umask 022
{ [ -z "$1" ] || printf %s "$1" > "$2"; } && nginx -q -t -c "$2" && sync "$2" && mv -T -f "$2" "$3" && exit
code=$?
rm -f "$2"
exit $code"""


@dataclass(frozen=True)
class Applied:
    """A change that took effect. `old_workers` are the PIDs to wait for; `seconds` from the reload signal to the first
    answer of the new configuration."""

    old_workers: frozenset[str]
    seconds: float


class Proxy:
    """nginx in its container."""

    def __init__(self, docker: Docker, config: Config) -> None:
        self._docker = docker
        self._config = config
        self._name = config.proxy_container

    # -- what it says -------------------------------------------------------------------------------------------

    async def state(self) -> ProxyState:
        """What the running nginx says: colour, mode, and the address that answers.

        Raises:
            ProxyDown: it does not answer, or not with this program's configuration.
        """
        return _state(await self._admin("/live"))

    async def itself(self) -> ProxyState:
        """What nginx says without asking the live colour: at once, also when that colour hangs. No `upstream`, no `status`.

        Raises:
            ProxyDown: it does not answer, or not with this program's configuration.
        """
        return replace(_state(await self._admin("/connections")), status=None)

    async def sees(self, colour: Colour) -> str | None:
        """The address at which nginx reaches a colour's health path right now; None when it does not get an answer."""
        answer = await self._admin(f"/colour/{colour}")
        return answer.headers.get("x-myfinance-upstream") if answer.status < 500 else None

    async def _admin(self, path: str, seconds: float = _PATIENCE_SECONDS) -> Answer:
        try:
            answer = await ask(await self._admin_url() + path, seconds=seconds)
        except NoAnswer as error:
            raise ProxyDown(f"The proxy does not answer: {error}.", await self._advice()) from error
        if "x-myfinance-generation" not in answer.headers:
            raise ProxyDown(
                f"Something answers on the proxy's admin port {self._config.proxy.admin_port}, but not with this "
                "program's configuration.",
                "Run `myfinance up`: it keeps a copy of the edited file and writes the configuration anew.",
            )
        return answer

    async def _admin_url(self) -> str:
        if self._config.engine.reach == "ports":
            return f"http://127.0.0.1:{self._config.proxy.admin_port}"
        container = await self._docker.container(self._name)
        address = container.addresses.get(self._config.project.network) if container else None
        if address is None:
            raise ProxyDown(f"The proxy container {self._name} does not run.", "Run `myfinance up`.")
        return f"http://{address}:8081"

    async def _advice(self) -> str:
        container = await self._docker.container(self._name)
        if container is None:
            return "Its container is gone: run `myfinance up`; it starts again with the configuration it had."
        if container.state != "running":
            return f"Its container is {container.state}: run `myfinance up` (or `docker start {self._name}`)."
        return f"Its container runs; `docker logs {self._name}` tells why, and `myfinance up` writes its configuration anew."

    async def configuration(self) -> Found:
        """What its configuration file says (which, after an edit by hand, need not be what runs).

        Raises:
            ProxyDown: there is no proxy container or no configuration.
        """
        served = await self._served()
        if served is not None:
            return nginx_config.parse(served)
        try:
            return nginx_config.parse(await self._docker.read_file(self._name, nginx_config.LIVE_FILE))
        except NotFound as error:
            raise ProxyDown("The proxy has no configuration yet.", "Run `myfinance up`.") from error

    async def _served(self) -> str | None:
        """The file as nginx reads it from its disk for us, when it does and all of it arrives: at once, where the engine takes a
        process of its own to read a file of a container."""
        try:
            answer = await self._admin(nginx_config.FILE_PATH, _FIRST_PATIENCE_SECONDS)
        except ProxyDown:
            return None
        whole = answer.headers.get("content-length") == str(len(answer.body.encode()))
        return answer.body if answer.status == 200 and whole else None

    async def answers(self) -> bool:
        """True when nginx answers with a configuration of this program."""
        try:
            await self._admin("/connections")
        except ProxyDown:
            return False
        else:
            return True

    async def runs(self, found: Found) -> bool:
        """True when the running nginx has taken this very configuration up."""
        return (await self._admin("/connections")).headers["x-myfinance-generation"] == found.generation

    async def would_not_change(self, found: Found) -> bool:
        """True when the running nginx has this very configuration, and this program would write it the same today."""
        if found.wanted is None or not await self.runs(found):
            return False
        return nginx_config.render(self._config, found.wanted, found.generation) == found.text

    # -- changing what it does ----------------------------------------------------------------------------------

    async def apply(self, wanted: Wanted, address: str | None = None) -> Applied:
        """Make nginx do what is wanted, and return when it does. Old workers may still be finishing their requests.

        `address` (`ip:port`) is where answers must then come from; None when that does not matter (a change of mode).

        Raises:
            Failed: nginx refused the configuration, or did not take it up in time; the old one is in force again.
        """
        generation = secrets.token_hex(6)
        before = await self.configuration()
        if not before.intact:
            await self._keep_copy_of_edited_file()
        await self._install(nginx_config.render(self._config, wanted, generation))
        old_workers = frozenset(await self.workers())
        started = time.monotonic()
        await self._docker.signal(self._name, "HUP")
        try:
            seconds = await self._confirm(generation, address, started)
            await self.only_new_ones_accept(old_workers)
        except BaseException:
            await finish(self._put_back(generation, before))
            raise
        return Applied(old_workers, seconds)

    async def _put_back(self, generation: str, before: Found) -> None:
        """What runs and what the file says must be one thing, or the next restart of nginx would switch users unseen. Returns when
        nginx has taken the old configuration up again, or does not seem to.

        Only when the file is still the one of `generation`: a command that took over may have written its own since.
        """

        async def taken_up() -> bool | None:
            try:
                return True if await self.runs(before) else None
            except ProxyDown:
                return None

        if (await self.configuration()).generation == generation:
            await self._install(before.text)
            workers = frozenset(await self.workers())
            await self._docker.signal(self._name, "HUP")
            if await until(taken_up, seconds=_RELOAD_SECONDS, every=_POLL_SECONDS):
                await self.only_new_ones_accept(workers)

    async def _install(self, text: str) -> None:
        staged = f"{nginx_config.LIVE_FILE}.{secrets.token_hex(6)}"  # of its own: a command that takes over stages one as well
        if len(text.encode()) > _LONGEST_ARGUMENT:
            folder, _, name = staged.rpartition("/")
            await self._docker.write_file(self._name, folder, name, text)
            text = ""
        install = ["sh", "-c", _INSTALL, "install", text, staged, nginx_config.LIVE_FILE]
        code, output = await self._docker.execute(self._name, install)
        if code != 0:
            raise Failed(
                f"nginx refused its new configuration: {' '.join(output.split())[:400]}.",
                "The old configuration is untouched. This is a fault of this program or of its [proxy] settings.",
            )

    async def _keep_copy_of_edited_file(self) -> None:
        """An edit by hand is never lost, also when a rollback has to write over it."""
        code, output = await self._docker.execute(
            self._name, ["cp", "--", nginx_config.LIVE_FILE, nginx_config.EDITED_COPY]
        )
        if code != 0:
            raise Failed(
                f"The edited configuration could not be copied: {output.strip()}.", "Check the proxy's volume."
            )

    async def _confirm(self, generation: str, address: str | None, started: float) -> float:
        deadline = started + self._config.proxy.switch_timeout_seconds
        # nginx is asked by itself until it has taken the change up: an old worker would ask the old colour, which may hang. One
        # may still accept for a moment after that, so the first question to the new colour is given up early, once.
        path, patience = "/connections", _FIRST_PATIENCE_SECONDS
        first, in_a_row, last = 0.0, 0, "nothing"
        while in_a_row < CONFIRMATIONS:
            if time.monotonic() > deadline:
                raise self._not_confirmed(address if path == "/live" else None, last)
            try:
                answer = await self._admin(path, patience)
            except ProxyDown:
                if patience == _PATIENCE_SECONDS:
                    raise
                patience = _PATIENCE_SECONDS
                continue
            upstream = answer.headers.get("x-myfinance-upstream") or None
            last = upstream or "nginx itself"
            current = answer.headers["x-myfinance-generation"] == generation
            if current and address is not None and path != "/live":
                path = "/live"
            elif current and address in (None, upstream):
                first = first or time.monotonic() - started
                in_a_row += 1
            else:
                in_a_row = 0
                await asyncio.sleep(_POLL_SECONDS)
        return first

    def _not_confirmed(self, address: str | None, last: str) -> Failed:
        """`address`: of the colour, when nginx took the change up and the colour is what is slow behind it."""
        within = f"within {self._config.proxy.switch_timeout_seconds:g} s; its last answer came from {last}"
        if address is not None:
            return Failed(
                f"nginx took the new configuration up but did not get {CONFIRMATIONS} answers from {address} {within}.",
                "The old configuration was put back. Look at why the release's health path is slow or hangs behind nginx.",
            )
        return Failed(
            f"nginx was told to reload but did not take the new configuration up {within}.",
            f"The old configuration was put back. `docker logs {self._name}` tells what nginx met.",
        )

    async def only_new_ones_accept(self, old_workers: frozenset[str]) -> None:
        """Return when none of them takes new connections any more. Answers in a row are no proof of it: on a busy machine an old
        worker hears of its end later than the new ones begin, and told the next question of the mode and colour of before.

        One that has not heard of it after a while is stuck; users must not wait for that, and `drain` tells of it.
        """

        async def all_leave() -> bool | None:
            workers = await self.workers()
            return True if all(workers.get(pid, True) for pid in old_workers) else None

        await until(all_leave, seconds=_RELOAD_SECONDS, every=_WORKERS_POLL_SECONDS)

    async def workers(self) -> dict[str, bool]:
        """nginx's worker processes: PID on the engine's host → whether it is shutting down."""
        processes = await self._docker.processes(self._name)
        return {pid: "shutting down" in title for pid, title in processes if "worker process" in title}

    async def drain(self, old_workers: frozenset[str]) -> float:
        """Wait until these workers are gone; only then may the colour they served be stopped. Returns seconds waited.

        Asking whether any worker "is shutting down" is no substitute: right after a reload that is a false no.

        Raises:
            Failed: one is still there after nginx itself should have ended it.
        """
        started = time.monotonic()
        limit = self._config.proxy.shutdown_timeout_seconds + 10
        while left := old_workers & (await self.workers()).keys():
            if time.monotonic() - started > limit:
                raise Failed(
                    f"Requests are still served by {counted(len(left), 'old nginx worker')} after {limit} s.",
                    "The old colour keeps running for them. Look at long-lived connections (`docker top` of the proxy).",
                )
            await asyncio.sleep(_DRAIN_POLL_SECONDS)
        return time.monotonic() - started

    async def drain_leftovers(self) -> float:
        """Wait for workers that an earlier, interrupted run left shutting down. Returns seconds waited."""
        return await self.drain(frozenset(pid for pid, leaving in (await self.workers()).items() if leaving))


def _state(answer: Answer) -> ProxyState:
    colour = answer.headers["x-myfinance-colour"]
    return ProxyState(
        colour=None if colour == "none" else Colour(colour),
        mode=Mode(answer.headers["x-myfinance-mode"]),
        upstream=answer.headers.get("x-myfinance-upstream") or None,
        status=answer.status,
        owner=answer.headers.get("x-myfinance-owner", ""),
    )
