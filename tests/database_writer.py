"""An application that writes money: each commit moves one payment, and is told in a log once it was acknowledged.

`python -m tests.database_writer DATABASE LOG` until its standard input is closed. Payment number k is a function of k alone, so
that the log can be replayed: a whole copy with payments 1 … n has exactly the balances that those make.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from pathlib import Path

ACCOUNTS = 200
_BUSY_SECONDS = 30.0  # as .NET's provider waits


def payment(number: int) -> tuple[int, int, str]:
    """Account, amount and text of payment `number`."""
    return number * 7919 % ACCOUNTS + 1, number * 31 % 1000 - 300, f"payment {number} " + "x" * (number * 37 % 400)


def pay(connection: sqlite3.Connection, number: int) -> None:
    """Commit one payment: a row, an index entry, and a balance on some other page."""
    account, amount, text = payment(number)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO Transactions VALUES (?, ?, ?, ?)", (number, account, amount, text))
    connection.execute("UPDATE Accounts SET Balance = Balance + ? WHERE Id = ?", (amount, account))
    connection.execute("COMMIT")


def main() -> None:
    """Pay without pause until nobody listens."""
    database, log = Path(sys.argv[1]), Path(sys.argv[2])
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    connection = sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None)
    number = connection.execute("SELECT coalesce(max(Id), 0) FROM Transactions").fetchone()[0]
    with log.open("w", buffering=1) as told:
        while not ended.is_set():
            number += 1
            pay(connection, number)
            told.write(f"{number}\n")
    connection.close()


if __name__ == "__main__":
    main()
