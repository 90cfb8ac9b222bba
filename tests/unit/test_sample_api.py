"""The sample API, as its users and a release tool see it: over HTTP, on a real SQLite file, started as it is in its image."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HEALTHY = ("v1.0.0", "v1.1.0", "v1.2.0", "v1.4.0", "v1.5.0", "v1.6.0", "v2.0.0")
LIMIT_S = 30.0  # for one release in one test
BOOKING = {"accountId": 1, "amount": "-12.50", "note": "bread"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


class Client:
    """One keep-alive connection to a release."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, method: str, path: str, sent: Any = None) -> Answer:
        body = None if sent is None else json.dumps(sent)
        self.connection.request(method, path, body)
        answer = self.connection.getresponse()
        content = answer.read()
        return Answer(answer.status, dict(answer.headers), json.loads(content) if content else None)


class Running:
    """One release in a process of its own, and what it printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.limit = threading.Timer(LIMIT_S, process.kill)  # so that a hang is a failure: its output ends
        self.limit.start()
        self.lines: list[str] = []
        self.port = 0

    def read_until(self, word: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if word in line:
                return line
        raise AssertionError(f"it ended without saying {word!r}: {self.lines}")

    def wait_for_port(self) -> None:
        self.port = int(self.read_until("listens on").split("listens on ")[1].split(",")[0])

    def ask(self, method: str, path: str, sent: Any = None) -> Answer:
        client = Client(self.port)
        with closing(client.connection):
            return client.ask(method, path, sent)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a release on the test's database; all are stopped at the end."""
    started: list[Running] = []

    def start_release(release: str, *, wait: bool = True, **environment: str) -> Running:
        env = {
            **os.environ,
            "RELEASE": release,
            "ConnectionStrings__DefaultConnection": f"Data Source={tmp_path / 'myfinance.db'}",
            "ASPNETCORE_HTTP_PORTS": "0",
            **environment,
        }
        command = [sys.executable, "-m", "sandbox.api"]
        running = Running(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True))
        started.append(running)
        if wait:
            running.wait_for_port()
        return running

    yield start_release
    for running in started:
        running.process.terminate()
        running.process.communicate()
        running.limit.cancel()


@pytest.mark.parametrize("release", HEALTHY)
def test_a_release_says_who_it_is_and_keeps_the_books(start: Start, release: str) -> None:
    api = start(release)

    health = api.ask("GET", "/api/health")
    booked = api.ask("POST", "/api/transactions", BOOKING)

    assert (health.status, health.body["status"], health.body["version"]) == (200, "healthy", release)
    assert health.body["database"]["journalMode"] == "wal"
    assert (booked.status, booked.headers["X-Release"]) == (201, release)
    assert api.ask("GET", "/api/transactions?accountId=1").body == [booked.body]
    assert api.ask("GET", "/api/accounts/1").body["balance"] == "-12.50"
    assert booked.body["direction"] == "out"
    assert ("category" in booked.body) == (release != "v1.0.0")
    assert api.ask("GET", "/api/budgets").status == (404 if release in ("v1.0.0", "v1.1.0") else 200)


def test_v130_never_becomes_healthy_and_says_why(start: Start) -> None:
    api = start("v1.3.0")

    health = api.ask("GET", "/api/health")

    assert health.status == 503
    assert "connection refused" in health.body["reason"]
    assert "20250407090000_AddAccountNickname" in health.body["database"]["migrations"], "it leaves a migration behind"
    assert "connection refused" in api.read_until("unhealthy")


def test_v140_fails_one_user_in_three_while_its_health_stays_good(start: Start) -> None:
    api = start("v1.4.0", SAMPLE_FAULT_AFTER_S="0")

    users = [api.ask("GET", "/api/accounts").status for _ in range(9)]
    health = [api.ask("GET", "/api/health").status for _ in range(9)]

    assert users == [200, 200, 500] * 3
    assert health == [200] * 9


def test_v140_is_good_until_its_time_has_come(start: Start) -> None:
    api = start("v1.4.0", SAMPLE_FAULT_AFTER_S="3600")

    assert {api.ask("GET", "/api/accounts").status for _ in range(9)} == {200}


def test_older_releases_go_on_while_newer_ones_expand_the_database(start: Start) -> None:
    running = []
    for release in ("v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.5.0", "v1.6.0"):
        running.append(start(release))
        for api in running:
            assert api.ask("POST", "/api/transactions", BOOKING).status == 201, (api.lines, release)
            assert api.ask("GET", "/api/transactions").body[-1]["direction"] == "out"


def test_v200_breaks_the_releases_that_still_use_the_old_column_and_no_other(start: Start) -> None:
    v150, v160 = start("v1.5.0"), start("v1.6.0")
    assert v150.ask("POST", "/api/transactions", BOOKING).status == 201

    start("v2.0.0")

    assert v150.ask("POST", "/api/transactions", BOOKING).status == 500
    assert "no such column" in v150.ask("GET", "/api/transactions").body["error"]
    assert v160.ask("POST", "/api/transactions", BOOKING).status == 201
    assert len(v160.ask("GET", "/api/transactions").body) == 2


def test_a_restart_applies_nothing_twice(start: Start) -> None:
    assert "3 migration(s)" in start("v1.2.0").lines[-1]
    assert "0 migration(s)" in start("v1.2.0").lines[-1]


def test_thirty_two_clients_keep_their_connections_and_every_booking_is_there(start: Start) -> None:
    api = start("v1.2.0")

    def work(number: int) -> int:
        client = Client(api.port)
        with closing(client.connection):
            client.ask("GET", "/api/health")
            first = client.connection.sock
            for turn in range(10):
                booked = client.ask("POST", "/api/transactions", BOOKING | {"note": f"{number}/{turn}"})
                assert booked.status == 201
                assert client.ask("GET", f"/api/transactions/{booked.body['id']}").body["note"] == f"{number}/{turn}"
            assert first is not None, "the connection was not kept"
            assert client.connection.sock is first, "the connection was not kept"
        return 10

    with ThreadPoolExecutor(32) as clients:
        booked = sum(clients.map(work, range(32)))

    assert len(api.ask("GET", "/api/transactions?limit=1000").body) == booked == 320


def test_sigterm_answers_what_is_in_flight_and_closes_the_rest(start: Start, tmp_path: Path) -> None:
    api = start("v1.2.0")
    idle = Client(api.port)
    idle.ask("GET", "/api/health")
    slow = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    slow.request("POST", "/api/slow?s=1", json.dumps(BOOKING | {"note": "in flight"}))

    api.process.send_signal(signal.SIGTERM)
    api.read_until("stopping")
    answer = slow.getresponse()

    assert (answer.status, answer.getheader("Connection")) == (201, "close")
    assert idle.connection.sock is not None
    assert idle.connection.sock.recv(1) == b"", "the idle connection was not closed"
    assert api.process.wait(timeout=10) == 0
    with closing(sqlite3.connect(tmp_path / "myfinance.db")) as database:
        assert database.execute("SELECT Note FROM Transactions").fetchall() == [("in flight",)]
    assert not (tmp_path / "myfinance.db-wal").exists(), "the last connection to close folds the WAL into the file"


def test_slow_answers_after_the_wait_and_not_before(start: Start) -> None:
    api = start("v1.2.0")
    slow = threading.Thread(target=api.ask, args=("POST", "/api/slow?s=0.5", BOOKING))

    slow.start()
    meanwhile = api.ask("GET", "/api/transactions").body
    slow.join()

    assert meanwhile == []
    assert len(api.ask("GET", "/api/transactions").body) == 1


def test_bad_input_gets_a_clear_sentence_and_changes_nothing(start: Start) -> None:
    api = start("v1.2.0")
    cases: list[tuple[str, str, Any, int, str]] = [
        ("POST", "/api/transactions", {"accountId": 1, "amount": "lots"}, 400, "amount"),
        ("POST", "/api/transactions", {"accountId": 1, "amount": "NaN"}, 400, "amount"),
        ("POST", "/api/transactions", {"accountId": 1, "amount": "1.005"}, 400, "amount"),
        ("POST", "/api/transactions", {"accountId": 77, "amount": 1}, 400, "account 77"),
        ("POST", "/api/transactions", {"accountId": "1; DROP TABLE", "amount": 1}, 400, "accountId"),
        ("POST", "/api/transactions", BOOKING | {"note": "x" * 141}, 400, "note"),
        ("POST", "/api/transactions", ["no object"], 400, "JSON object"),
        ("POST", "/api/accounts", {}, 400, "name"),
        ("GET", "/api/transactions?limit=-1", None, 400, "limit"),
        ("GET", "/api/slow?s=soon", None, 400, "s:"),
        ("GET", "/api/accounts/77", None, 404, "account 77"),
        ("DELETE", "/api/transactions/77", None, 404, "transaction 77"),
        ("DELETE", "/api/accounts", None, 405, "GET, POST"),
        ("GET", "/api/../etc/passwd", None, 404, "nothing"),
    ]

    for method, path, sent, status, word in cases:
        answer = api.ask(method, path, sent)
        assert (answer.status, word in answer.body["error"]) == (status, True), (method, path, sent, answer)

    assert api.ask("GET", "/api/transactions").body == []
    assert [account["name"] for account in api.ask("GET", "/api/accounts").body] == ["Household"]


def test_accounts_are_opened_renamed_and_closed_with_their_transactions(start: Start) -> None:
    api = start("v1.2.0")

    opened = api.ask("POST", "/api/accounts", {"name": "Holiday", "currency": "SEK"}).body
    api.ask("POST", "/api/transactions", BOOKING | {"accountId": opened["id"]})
    renamed = api.ask("PUT", f"/api/accounts/{opened['id']}", {"name": "Travel"}).body
    closed = api.ask("DELETE", f"/api/accounts/{opened['id']}")

    assert (renamed["name"], renamed["currency"], renamed["balance"]) == ("Travel", "SEK", "-12.50")
    assert closed.status == 204
    assert [account["name"] for account in api.ask("GET", "/api/accounts").body] == ["Household"]
    assert api.ask("GET", "/api/transactions").body == []


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"RELEASE": "v9.9.9"}, "v9.9.9"),
        ({"ConnectionStrings__DefaultConnection": "Server=nowhere"}, "Data Source"),
        ({"ConnectionStrings__DefaultConnection": "Data Source=/nowhere/x.db"}, "unable to open"),
        ({"SAMPLE_FAULT_AFTER_S": "soon"}, "SAMPLE_FAULT_AFTER_S"),
    ],
)
def test_a_start_that_cannot_work_says_why_and_ends(start: Start, environment: dict[str, str], word: str) -> None:
    api = start(environment.pop("RELEASE", "v1.0.0"), wait=False, **environment)

    assert word in api.read_until("fatal")
    assert api.process.wait(timeout=10) == 1
