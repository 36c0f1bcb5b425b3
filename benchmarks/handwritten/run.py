"""The same result as `steelyard score douyin/experience@2022-09-26`, in SQL written by hand for DuckDB.

`python benchmarks/handwritten/run.py EVENTS DATE OUT [THREADS]` reads the events folder and writes scores, dimensions,
indicators and adjustments. It is what the engine is measured against, so it takes every short cut the rule allows: it
knows one rule, one day and one database, checks nothing, explains nothing, and needs every table and column it reads
to be in the folder.
"""

import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
READ = (
    "shops", "products", "listing_checks", "orders", "reviews", "feedback", "after_sales", "complaints", "sessions",
    "messages", "exclusions",
)  # fmt: skip
STATEMENTS = ("macros", "orders", "cases", "sessions", "listings", "scores")
WRITTEN = ("scores", "dimensions", "indicators", "adjustments")


def run(events: Path, day: str, out: Path, threads: int = 2) -> None:
    """Score `events` as of `day` and write the four tables to `out`."""
    with duckdb.connect(config={"threads": threads}) as database:
        database.execute("SET preserve_insertion_order = false")
        database.execute(f"SET VARIABLE now = TIMESTAMP '{day}'")
        for table in READ:
            database.execute(f"CREATE VIEW {table} AS FROM read_parquet('{events / table}.parquet')")
        for name in STATEMENTS:
            database.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))
        out.mkdir(parents=True, exist_ok=True)
        for table in WRITTEN:
            database.execute(f"COPY {table} TO '{out / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:5]))
