"""One connection to the engine: calls in threads, and the engine's errors as ours.

The SDK is synchronous, so every call runs in a thread of this client's own pool. A call is not abandoned half-way: when the
caller is cancelled, the call is still waited for (it is bounded by the engine time-out), because a container that is created
after its cleanup ran would be left behind for ever. A pull is: it has no bound, and leaves nothing that anybody must remove.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self, TypeVar

import docker
import docker.errors
import docker.utils
import requests.exceptions

from ops.errors import EngineDown, Failed

T = TypeVar("T")
_THREADS = 16  # a long-lived log stream occupies one


class NotFound(Failed):
    """The engine knows no such image, container, network or volume."""


class Conflict(Failed):
    """The engine says that the name or port is taken, or the state does not allow it."""


class Connection:
    """One connection to the engine. Make it with `connect()`, so that it is closed."""

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")

    @classmethod
    @asynccontextmanager
    async def connect(cls, timeout_seconds: float) -> AsyncIterator[Self]:
        """Connect where DOCKER_HOST says (Docker's own rule); the first call finds out whether the engine answers."""
        # The version is fixed, not negotiated: negotiating costs a call and fails when the engine is down, and 1.41 is
        # what Docker Engine 20.10 (the oldest supported) speaks.
        client = docker.APIClient(
            timeout=max(1, round(timeout_seconds)), version="1.41", **docker.utils.kwargs_from_env()
        )
        self = cls(client)
        try:
            yield self
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            client.close()

    async def call(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run one SDK call in a thread and translate its errors.

        Raises:
            EngineDown: the engine does not answer.
            NotFound, Conflict, Failed: it answers with an error.
        """
        future = asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))
        with _errors_as_ours():
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                await asyncio.wait({future})
                if not future.cancelled():
                    future.exception()  # looked at, so that it is not reported as lost
                raise

    async def call_or_abandon(self, work: Callable[[threading.Event], T]) -> T:
        """The same for a call that may take minutes and leaves nothing to clean up: when the caller is cancelled, the event that
        `work` was given is set, and nobody waits for it any longer.

        Raises:
            EngineDown, NotFound, Conflict, Failed: as `call` does.
        """
        abandoned, answer = threading.Event(), Future[T]()
        answer.set_running_or_notify_cancel()

        def run() -> None:
            try:
                answer.set_result(work(abandoned))
            except BaseException as error:  # raised where somebody still waits
                answer.set_exception(error)

        # A thread of its own: at its end the program waits for those of the pool.
        threading.Thread(target=run, name="docker-pull", daemon=True).start()
        with _errors_as_ours():
            try:
                return await asyncio.wrap_future(answer)
            except asyncio.CancelledError:
                abandoned.set()
                raise


@contextmanager
def _errors_as_ours() -> Iterator[None]:
    try:
        yield
    except docker.errors.NotFound as error:
        raise NotFound(f"The Docker Engine says: {_explain(error)}.", "Check the name and try again.") from error
    except docker.errors.APIError as error:
        kind = Conflict if error.status_code == 409 else Failed
        raise kind(
            f"The Docker Engine refused: {_explain(error)}.", "Mend what the engine names and try again."
        ) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        raise EngineDown(
            "The Docker Engine does not answer.",
            "Start it (`systemctl start docker`) and check DOCKER_HOST and the socket's rights; then try again.",
        ) from error


def _explain(error: docker.errors.APIError) -> str:
    return str(error.explanation or error).strip().rstrip(".")
