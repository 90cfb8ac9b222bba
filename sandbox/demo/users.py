"""The people who use the API meanwhile: a few accounts to begin with, then a few requests a second through the proxy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10)
WRITE_EVERY = 10  # of a user's requests, one books a transaction
ACCOUNTS = {"Household": ("1200.00", "-45.90", "-12.50"), "Savings": ("5000.00", "250.00")}


@dataclass
class Tally:
    """How the users fared: good answers, answers that were errors (500 and more), requests without an answer."""

    good: int = 0
    errors: int = 0
    lost: int = 0

    def __str__(self) -> str:
        total = self.good + self.errors + self.lost
        return f"{total} requests of users: {self.good} good, {self.errors} errors, {self.lost} without an answer"


async def fill(url: str) -> None:
    """Accounts with transactions, as users would send them."""
    async with aiohttp.ClientSession(url, timeout=TIMEOUT, raise_for_status=True) as session:
        for name, amounts in ACCOUNTS.items():
            async with session.post("/api/accounts", json={"name": name}) as answer:
                account = (await answer.json())["id"]
            for amount in amounts:
                async with session.post("/api/transactions", json={"accountId": account, "amount": amount}):
                    pass


@asynccontextmanager
async def traffic(url: str, users: int) -> AsyncIterator[Tally]:
    """So many users, each with one request a second and never two at once."""
    tally = Tally()
    async with aiohttp.ClientSession(url, timeout=TIMEOUT) as session:
        tasks = [asyncio.create_task(_use(session, tally, number / users)) for number in range(users)]
        try:
            yield tally
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _use(session: aiohttp.ClientSession, tally: Tally, offset: float) -> None:
    await asyncio.sleep(offset)
    sent = 0
    while True:
        sent += 1
        try:
            status = await _ask(session, sent)
        except (aiohttp.ClientError, TimeoutError):
            tally.lost += 1
        else:
            tally.errors += status >= 500
            tally.good += status < 500
        await asyncio.sleep(1)


async def _ask(session: aiohttp.ClientSession, number: int) -> int:
    if number % WRITE_EVERY == 0:
        asked = session.post("/api/transactions", json={"accountId": 1, "amount": "-1.00", "note": "coffee"})
    else:
        asked = session.get("/api/accounts" if number % 2 else "/api/transactions?limit=20")
    async with asked as answer:
        await answer.read()
        return answer.status
