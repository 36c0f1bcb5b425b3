"""A synthetic marketplace in the event contract: good and bad shops, seasons, a bad week, misuse.

The tables are the statements in `sample_sql/`, one per table of the contract, run in DuckDB. Every draw is a
hash of a row's id, the draw's name and the seed, so one seed gives one content for any number of threads
(hashes may change with a major version of DuckDB). Order: `macros.sql`, `places.sql`, `traits.sql`, then the
tables as in `WRITTEN`, with `deals.sql` after the orders.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from steelyard.engines.duckdb import DuckDB
from steelyard.engines.duckdb import connect as connect_duckdb
from steelyard.errors import Problem, UsageError
from steelyard.events.contract import CONTRACT, Column
from steelyard.landing import refuse_content, replacing
from steelyard.windows import midnight

ORDERS_PER_SHOP_AND_DAY = 3
"""Mean orders of a shop on a day where the caller names no number of orders."""

WRITTEN = (
    "shops", "products", "agents", "scenarios", "buyers", "placements", "listing_checks", "presence",
    "orders", "reviews", "feedback", "after_sales", "complaints", "platform_contacts", "work_orders",
    "sessions", "messages", "service_requests", "quality_checks", "exclusions",
)  # fmt: skip
"""The tables in the order they are written: each reads only what stands before it."""

_LIMITS = {"shops": 1_000_000, "days": 3650, "orders": 1_000_000_000}
_SQL_TYPES = {"id": "BIGINT", "text": "VARCHAR", "time": "TIMESTAMP", "date": "DATE", "integer": "BIGINT",
              "number": "DOUBLE", "flag": "BOOLEAN"}  # fmt: skip


def _quiet(_: str) -> None:
    """Tell nobody."""


def sample(  # noqa: PLR0913 - the size of a marketplace is told in numbers, all by keyword
    target: Path,
    *,
    shops: int,
    days: int,
    until: date,
    seed: int = 1,
    orders: int | None = None,
    settings: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = _quiet,
) -> dict[str, int]:
    """Write a marketplace of `shops` shops and `days` days before `until` into the new folder `target`.

    Returns the rows of each table, all twenty of the contract; ids are BIGINT. Nothing that happened lies on
    or after `until`; only promises and plans do. Without `orders` there are three a day and shop. `settings`
    are the engine's, `progress` hears the name of each table before it is made. The folder appears whole or
    not at all.
    Raises UsageError for numbers out of range, a target that is not empty or cannot be made, and a setting
    the engine does not have.
    """
    numbers = {
        "shops": shops,
        "days": days,
        "orders": shops * days * ORDERS_PER_SHOP_AND_DAY if orders is None else orders,
    }
    problems = _wrong_numbers(numbers, until)
    if problems:
        raise UsageError(problems)
    refuse_content(target)
    with replacing(target) as folder:
        engine = connect_duckdb(settings or {})
        try:
            _prepare(engine, numbers, until, seed)
            rows = {name: _write(engine, name, folder, progress) for name in WRITTEN}
        finally:
            engine.close()
    return {name: rows[name] for name in CONTRACT}


def _wrong_numbers(numbers: Mapping[str, int], until: date) -> list[Problem]:
    problems = [
        Problem(
            f"bad-{name}",
            f"--{name}",
            f"{numbers[name]} is not in 1..{limit}",
            "give a whole number in that range",
        )
        for name, limit in _LIMITS.items()
        if not 1 <= numbers[name] <= limit
    ]
    if not date(1990, 1, 1) <= until <= date(2200, 1, 1):
        problems.append(Problem("bad-until", "--until", f"{until} is not in 1990..2200", "give a day in that range"))
    return problems


def _statement(name: str) -> str:
    return files("steelyard.events").joinpath("sample_sql", f"{name}.sql").read_text(encoding="utf-8")


def _prepare(engine: DuckDB, numbers: Mapping[str, int], until: date, seed: int) -> None:
    start = midnight(until - timedelta(days=numbers["days"]))
    variables = {name: f"{number}::BIGINT" for name, number in numbers.items()}
    variables |= {
        "seed": f"'{seed}'",
        "start": f"TIMESTAMP '{start}'",
        "until": f"TIMESTAMP '{midnight(until)}'",
    }
    for name, value in variables.items():
        engine.sql(f"SET VARIABLE {name} = {value}")
    for name in ("macros", "places", "traits"):
        engine.sql(_statement(name))


def _write(engine: DuckDB, name: str, folder: Path, progress: Callable[[str], None]) -> int:
    progress(name)
    columns = ", ".join(_typed(column) for column in CONTRACT[name].columns)
    path = str(folder / f"{name}.parquet").replace("'", "''")
    copied = engine.sql(
        f"COPY (SELECT {columns} FROM ({_statement(name)})) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )
    ((rows,),) = copied.fetchall()
    engine.sql(f"CREATE TEMP VIEW {name} AS FROM read_parquet('{path}')")
    if name == "orders":
        engine.sql("DROP TABLE numbered")
        engine.sql(_statement("deals"))
    return int(rows)


def _typed(column: Column) -> str:
    return f'"{column.name}"::{_SQL_TYPES[column.kind]} AS "{column.name}"'
