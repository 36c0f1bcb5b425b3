"""A marketplace as it arrived: one folder of rows for each day, new ones and those that something happened to."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from steelyard.events.contract import CONTRACT, Table
from steelyard.facts import HAPPENS


def split(events: Path, arrivals: Path, first: date, last: date) -> None:
    """Write the rows of `events` into `arrivals/DAY/`: all that was known by the end of `first`, then day by day.

    A row comes again, whole, on each day on which one of its times comes.
    """
    with duckdb.connect() as database:
        day = first
        while day <= last:
            folder = arrivals / day.isoformat()
            folder.mkdir(parents=True)
            for table in CONTRACT.values():
                file = events / f"{table.name}.parquet"
                if file.exists() and (table.own_time or day == first):
                    query = _of_day(database, table, file, day, everything=day == first)
                    database.execute(f"COPY ({query}) TO '{folder / table.name}.parquet' (FORMAT parquet)")
            day += timedelta(days=1)


def _of_day(database: duckdb.DuckDBPyConnection, table: Table, file: Path, day: date, *, everything: bool) -> str:
    columns = [row[0] for row in database.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()]
    if not table.own_time:
        return f"SELECT * FROM '{file}'"
    own = f"CAST({table.own_time} AS TIMESTAMP)"
    if "arrived_at" in columns:
        own = f"greatest({own}, coalesce(arrived_at, {own}))"
    begins, ends = f"TIMESTAMP '{day}'", f"TIMESTAMP '{day + timedelta(days=1)}'"
    later = [c for c in (*HAPPENS.get(table.name, ()), "revoked_at") if c in columns]
    came = [f"{own} >= {begins}", *(f"({c} >= {begins} AND {c} < {ends})" for c in later)]
    told = ", ".join(f'CASE WHEN {c} < {ends} THEN {c} END AS "{c}"' if c in later else f'"{c}"' for c in columns)
    return f"SELECT {told} FROM '{file}' WHERE {own} < {ends} AND ({'true' if everything else ' OR '.join(came)})"
