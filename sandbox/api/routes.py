"""What the API answers: a table of method and path to the function that does it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any

from .books import BadRequestError, Books, NotFoundError
from .migrations import history
from .settings import Settings

SLOW_MAX_S = 60.0
FAIL_EVERY = 3  # of the release that fails its users: one request in three


@dataclass(frozen=True)
class Request:
    """One request: `query` holds the last value of each name, `sent` the JSON object of the body (empty without one)."""

    method: str
    path: str
    query: dict[str, str]
    sent: dict[str, Any]

    def number(self, name: str, default: int | None) -> int | None:
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,18}", text):
            raise BadRequestError(f"{name}: should be a whole number")
        return int(text)

    @property
    def id(self) -> int:
        """The number at the end of the path."""
        return int(self.path.rsplit("/", 1)[1])


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    body: Any = None


Log = Callable[[str], None]
Route = Callable[[Request], Answer]


@dataclass
class Api:
    """Finds the route of a request and turns every failure into an answer. `started` is on the monotonic clock."""

    settings: Settings
    books: Books
    log: Log
    started: float = field(default_factory=time.monotonic)
    _user_requests: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        routes: list[tuple[str, str, Route]] = [
            ("GET", r"/api/health", self._health),
            ("GET", r"/api/version", self._version),
            ("GET", r"/api/slow", self._slow),
            ("POST", r"/api/slow", self._slow),
            ("GET", r"/api/accounts", lambda _: _ok(self.books.accounts())),
            ("POST", r"/api/accounts", lambda r: _created(self.books.open_account(r.sent))),
            ("GET", r"/api/accounts/\d{1,18}", lambda r: _ok(self.books.account(r.id))),
            ("PUT", r"/api/accounts/\d{1,18}", lambda r: _ok(self.books.rename_account(r.id, r.sent))),
            ("DELETE", r"/api/accounts/\d{1,18}", self._close_account),
            ("GET", r"/api/transactions", self._transactions),
            ("POST", r"/api/transactions", lambda r: _created(self.books.book(r.sent))),
            ("GET", r"/api/transactions/\d{1,18}", lambda r: _ok(self.books.transaction(r.id))),
            ("DELETE", r"/api/transactions/\d{1,18}", self._strike),
        ]
        if self.books.release.budgets:
            routes += [
                ("GET", r"/api/budgets", lambda _: _ok(self.books.budgets())),
                ("POST", r"/api/budgets", lambda r: _created(self.books.add_budget(r.sent))),
            ]
        self._routes = [(method, re.compile(pattern), route) for method, pattern, route in routes]

    def answer(self, request: Request) -> Answer:
        """Never raises: what goes wrong is an answer with an `error`, and a line in the log when it is our fault."""
        try:
            if self._fails_this_user(request):
                raise RuntimeError("the currency table is empty after its refresh")
            return self._route(request)(request)
        except BadRequestError as error:
            return Answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except NotFoundError as error:
            return Answer(HTTPStatus.NOT_FOUND, {"error": str(error)})
        except Exception as error:
            self.log(f"error: {request.method} {request.path}: {type(error).__name__}: {error}")
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)})

    def _route(self, request: Request) -> Route:
        matching = {method: route for method, path, route in self._routes if path.fullmatch(request.path)}
        if not matching:
            raise NotFoundError(f"there is nothing at {request.path}")
        if request.method not in matching:
            allowed = ", ".join(sorted(matching))
            return lambda _: Answer(HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"only {allowed} here"})
        return matching[request.method]

    def _fails_this_user(self, request: Request) -> bool:
        is_user = request.path not in {"/api/health", "/api/version"}
        if not (self.books.release.fails_users and is_user):
            return False
        old_enough = time.monotonic() - self.started >= self.settings.fault_after_s
        return old_enough and next(self._user_requests) % FAIL_EVERY == 0

    def _health(self, _: Request) -> Answer:
        with self.books.database.connection() as connection:
            migrations = history(connection)
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        database = {
            "status": "healthy",
            "file": self.settings.database.name,
            "journalMode": mode,
            "sqliteVersion": sqlite3.sqlite_version,
            "migrations": migrations,
        }
        body: dict[str, Any] = {"status": "healthy", "version": self.books.release.name, "database": database}
        if self.books.release.unhealthy:
            self.log(f"health: unhealthy: {self.books.release.unhealthy}")
            body |= {"status": "unhealthy", "reason": self.books.release.unhealthy}
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, body)
        return _ok(body)

    def _version(self, _: Request) -> Answer:
        return _ok({"version": self.books.release.name})

    def _slow(self, request: Request) -> Answer:
        """Wait `s` seconds, then read (GET) or book the transaction that was sent (POST)."""
        try:
            seconds = float(request.query.get("s", "1"))
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= SLOW_MAX_S:
            raise BadRequestError(f"s: should be a number of seconds from 0 to {SLOW_MAX_S:.0f}")
        time.sleep(seconds)
        if request.method == "POST":
            return _created(self.books.book(request.sent))
        return _ok({"waited": seconds, "version": self.books.release.name})

    def _close_account(self, request: Request) -> Answer:
        self.books.close_account(request.id)
        return Answer(HTTPStatus.NO_CONTENT)

    def _strike(self, request: Request) -> Answer:
        self.books.strike(request.id)
        return Answer(HTTPStatus.NO_CONTENT)

    def _transactions(self, request: Request) -> Answer:
        account_id = request.number("accountId", None)
        after_id, limit = request.number("afterId", 0), request.number("limit", 100)
        return _ok(self.books.transactions(account_id, after_id or 0, 100 if limit is None else limit))


def _ok(body: Any) -> Answer:
    return Answer(HTTPStatus.OK, body)


def _created(body: Any) -> Answer:
    return Answer(HTTPStatus.CREATED, body)
