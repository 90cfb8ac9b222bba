"""The sample MyFinance API: a small money application to release, in eight releases with known virtues and faults.

It stands in for the real one in the demo and in the tests, and behaves as an ASP.NET application on EF Core and SQLite
does where a release tool can tell: migrations at start, the migrations lock and history, the table rebuild in several
transactions, WAL switched on only when the file is created. Standard library only, so that a release image is one
small layer on a base with Python.
"""
