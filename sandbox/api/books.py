"""Accounts, transactions and budgets: the queries of one release, naming exactly the columns its code knows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from .database import Database
from .releases import Release

Record = dict[str, Any]
PAGE_MAX = 1000  # rows in one answer
NOTE_MAX = 140
CENT = Decimal("0.01")


class BadRequestError(Exception):
    """What was sent cannot be used; the message says which field and why."""


class NotFoundError(Exception):
    """There is no row with that id."""


@dataclass(frozen=True)
class Books:
    """What the API does with its database. Methods raise BadRequestError, NotFoundError and sqlite3.Error."""

    database: Database
    release: Release

    def accounts(self) -> list[Record]:
        with self.database.connection() as connection:
            rows = connection.execute('SELECT "Id", "Name", "Currency", "OpenedAt" FROM "Accounts" ORDER BY "Id"')
            return [_account(row) for row in rows]

    def account(self, account_id: int) -> Record:
        """One account with its balance, which is the sum of its transactions."""
        with self.database.connection() as connection:
            row = connection.execute(
                'SELECT "Id", "Name", "Currency", "OpenedAt" FROM "Accounts" WHERE "Id" = ?', (account_id,)
            ).fetchone()
            amounts = connection.execute(
                'SELECT "Amount" FROM "Transactions" WHERE "AccountId" = ?', (account_id,)
            ).fetchall()
        if row is None:
            raise NotFoundError(f"there is no account {account_id}")
        return _account(row) | {"balance": str(sum((Decimal(amount[0]) for amount in amounts), Decimal("0.00")))}

    def open_account(self, sent: Record) -> Record:
        name, currency = _text(sent, "name", 100), _text(sent, "currency", 3, default="EUR")
        with self.database.transaction() as connection:
            cursor = connection.execute(
                'INSERT INTO "Accounts" ("Name", "Currency", "OpenedAt") VALUES (?, ?, ?)', (name, currency, _now())
            )
            account_id = _new_id(cursor)
        return self.account(account_id)

    def rename_account(self, account_id: int, sent: Record) -> Record:
        name = _text(sent, "name", 100)
        with self.database.transaction() as connection:
            connection.execute('UPDATE "Accounts" SET "Name" = ? WHERE "Id" = ?', (name, account_id))
        return self.account(account_id)

    def close_account(self, account_id: int) -> None:
        """Remove an account and, by the foreign key, its transactions."""
        with self.database.transaction() as connection:
            deleted = connection.execute('DELETE FROM "Accounts" WHERE "Id" = ?', (account_id,)).rowcount
        if not deleted:
            raise NotFoundError(f"there is no account {account_id}")

    def transactions(self, account_id: int | None, after_id: int, limit: int) -> list[Record]:
        """Up to `limit` transactions with an id greater than `after_id`, oldest first."""
        with self.database.connection() as connection:
            rows = connection.execute(
                f'SELECT {self._columns()} FROM "Transactions" AS "t" '  # noqa: S608 our own column names
                'WHERE "Id" > ? AND (? IS NULL OR "AccountId" = ?) ORDER BY "Id" LIMIT ?',
                (after_id, account_id, account_id, min(limit, PAGE_MAX)),
            )
            return [self._transaction(row) for row in rows]

    def transaction(self, transaction_id: int) -> Record:
        with self.database.connection() as connection:
            row = connection.execute(
                f'SELECT {self._columns()} FROM "Transactions" AS "t" WHERE "Id" = ?',  # noqa: S608
                (transaction_id,),
            ).fetchone()
        if row is None:
            raise NotFoundError(f"there is no transaction {transaction_id}")
        return self._transaction(row)

    def book(self, sent: Record) -> Record:
        """Write one transaction and answer with it; `accountId` and `amount` are required."""
        account_id, amount = _whole(sent, "accountId"), _amount(sent, "amount")
        values: Record = {
            "AccountId": account_id,
            "Amount": str(amount),
            "BookedAt": _now(),
            "Note": _text(sent, "note", NOTE_MAX, default=None),
        }
        if self.release.direction:
            values["Direction"] = _direction(amount)
        if self.release.category:
            values["Category"] = _text(sent, "category", 40, default=None)
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        with self.database.transaction() as connection:
            if connection.execute('SELECT 1 FROM "Accounts" WHERE "Id" = ?', (account_id,)).fetchone() is None:
                raise BadRequestError(f"accountId: there is no account {account_id}")
            cursor = connection.execute(
                f'INSERT INTO "Transactions" ({names}) VALUES ({marks})',  # noqa: S608 our own column names
                tuple(values.values()),
            )
            transaction_id = _new_id(cursor)
        return self.transaction(transaction_id)

    def strike(self, transaction_id: int) -> None:
        """Remove one transaction."""
        with self.database.transaction() as connection:
            deleted = connection.execute('DELETE FROM "Transactions" WHERE "Id" = ?', (transaction_id,)).rowcount
        if not deleted:
            raise NotFoundError(f"there is no transaction {transaction_id}")

    def budgets(self) -> list[Record]:
        with self.database.connection() as connection:
            rows = connection.execute('SELECT "Id", "Category", "MonthlyLimit" FROM "Budgets" ORDER BY "Id"')
            return [{"id": row["Id"], "category": row["Category"], "monthlyLimit": row["MonthlyLimit"]} for row in rows]

    def add_budget(self, sent: Record) -> Record:
        category, limit = _text(sent, "category", 40), str(_amount(sent, "monthlyLimit"))
        with self.database.transaction() as connection:
            cursor = connection.execute(
                'INSERT INTO "Budgets" ("Category", "MonthlyLimit") VALUES (?, ?)', (category, limit)
            )
            return {"id": _new_id(cursor), "category": category, "monthlyLimit": limit}

    def _columns(self) -> str:
        names = ["Id", "AccountId", "Amount", "BookedAt", "Note"]
        names += ["Direction"] if self.release.direction else []
        names += ["Category"] if self.release.category else []
        # With its table in front, as EF Core writes it: SQLite takes a bare "Name" it does not know for a text.
        return ", ".join(f'"t"."{name}"' for name in names)

    def _transaction(self, row: sqlite3.Row) -> Record:
        amount = Decimal(row["Amount"])
        stored = row["Direction"] if self.release.direction else None
        record = {
            "id": row["Id"],
            "accountId": row["AccountId"],
            "amount": row["Amount"],
            # A later release leaves the column empty, so the code that still reads it can do without.
            "direction": stored or _direction(amount),
            "note": row["Note"],
            "bookedAt": row["BookedAt"],
        }
        return record | ({"category": row["Category"]} if self.release.category else {})


def _account(row: sqlite3.Row) -> Record:
    return {"id": row["Id"], "name": row["Name"], "currency": row["Currency"], "openedAt": row["OpenedAt"]}


def _direction(amount: Decimal) -> str:
    return "out" if amount < 0 else "in"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _new_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None  # an INSERT that did not raise has one
    return cursor.lastrowid


def _text(sent: Record, field: str, longest: int, default: str | None = "") -> str | None:
    """The text of `field`; "" as default means that it is required."""
    value = sent.get(field, default)
    if value is None and default is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise BadRequestError(f"{field}: should be a text of 1 to {longest} characters")
    return value.strip()


def _whole(sent: Record, field: str) -> int:
    value = sent.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequestError(f"{field}: should be a whole number")
    return value


def _amount(sent: Record, field: str) -> Decimal:
    """Money as a decimal with two places; a JSON number is taken by its digits, never by way of a float's error."""
    try:
        amount = Decimal(str(sent.get(field)))
        rounded = amount.quantize(CENT)
    except InvalidOperation:
        raise BadRequestError(f"{field}: should be an amount such as -12.50") from None
    if not amount.is_finite() or rounded != amount or abs(amount) > Decimal("1e12"):
        raise BadRequestError(f"{field}: should be an amount with at most two decimals, below 1e12")
    return rounded
