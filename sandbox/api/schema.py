"""The migrations of the sample, one constant each, in the order in which the releases brought them."""

from __future__ import annotations

from .migrations import Migration, rebuild

_TRANSACTION_KEY = '"Id" INTEGER NOT NULL CONSTRAINT "PK_Transactions" PRIMARY KEY AUTOINCREMENT, '
_TRANSACTION_ACCOUNT = 'CONSTRAINT "FK_Transactions_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE'
_BY_ACCOUNT = 'CREATE INDEX "IX_Transactions_AccountId" ON "Transactions" ("AccountId")'
_BY_DATE = 'CREATE INDEX "IX_Transactions_BookedAt" ON "Transactions" ("BookedAt")'

INITIAL_CREATE = Migration(
    "20250106090000_InitialCreate",
    (
        'CREATE TABLE "Accounts" ("Id" INTEGER NOT NULL CONSTRAINT "PK_Accounts" PRIMARY KEY AUTOINCREMENT, '
        '"Name" TEXT NOT NULL, "Currency" TEXT NOT NULL, "OpenedAt" TEXT NOT NULL)',
        f'CREATE TABLE "Transactions" ({_TRANSACTION_KEY}"AccountId" INTEGER NOT NULL, "Amount" TEXT NOT NULL, '
        f'"Direction" TEXT NULL, "Note" VARCHAR(140) NULL, "BookedAt" TEXT NOT NULL, {_TRANSACTION_ACCOUNT})',
        _BY_ACCOUNT,
        'INSERT INTO "Accounts" ("Id", "Name", "Currency", "OpenedAt") '
        "VALUES (1, 'Household', 'EUR', '2025-01-06 09:00:00')",
    ),
)

ADD_CATEGORY = Migration(
    "20250203090000_AddTransactionCategory", ('ALTER TABLE "Transactions" ADD "Category" TEXT NULL',)
)

ADD_BUDGETS = Migration(
    "20250303090000_AddBudgets",
    (
        'CREATE TABLE "Budgets" ("Id" INTEGER NOT NULL CONSTRAINT "PK_Budgets" PRIMARY KEY AUTOINCREMENT, '
        '"Category" TEXT NOT NULL, "MonthlyLimit" TEXT NOT NULL)',
        _BY_DATE,
    ),
)

# Comes with the release that never becomes healthy, so a refused deploy leaves a migration behind, as real ones do.
ADD_NICKNAME = Migration("20250407090000_AddAccountNickname", ('ALTER TABLE "Accounts" ADD "Nickname" TEXT NULL',))

# Same affinity before and after, so older releases keep working; only the way it is done is dangerous.
WIDEN_NOTE = Migration(
    "20250602090000_WidenTransactionNote",
    rebuild(
        "Transactions",
        f'{_TRANSACTION_KEY}"AccountId" INTEGER NOT NULL, "Amount" TEXT NOT NULL, "BookedAt" TEXT NOT NULL, '
        f'"Category" TEXT NULL, "Direction" TEXT NULL, "Note" TEXT NULL, {_TRANSACTION_ACCOUNT}',
        keep=("Id", "AccountId", "Amount", "BookedAt", "Category", "Direction", "Note"),
        indexes=(_BY_ACCOUNT, _BY_DATE),
    ),
)

DROP_DIRECTION = Migration(
    "20250901090000_DropTransactionDirection",
    rebuild(
        "Transactions",
        f'{_TRANSACTION_KEY}"AccountId" INTEGER NOT NULL, "Amount" TEXT NOT NULL, "BookedAt" TEXT NOT NULL, '
        f'"Category" TEXT NULL, "Note" TEXT NULL, {_TRANSACTION_ACCOUNT}',
        keep=("Id", "AccountId", "Amount", "BookedAt", "Category", "Note"),
        indexes=(_BY_ACCOUNT, _BY_DATE),
    ),
)
