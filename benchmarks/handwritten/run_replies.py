"""The same rows as `steelyard replies`, in SQL written by hand for DuckDB.

`python benchmarks/handwritten/run_replies.py EVENTS shop|agent FROM TO OUT.csv [THREADS]` reads the events folder and
writes every metric of the common definitions. It is what the engine is measured against, so it takes every short cut
the rules allow: it knows their numbers and one database, checks nothing, explains nothing, and needs every table and
column it reads to be in the folder.
"""

import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).parent / "replies"
READ = (
    "shops", "agents", "orders", "after_sales", "complaints", "sessions", "messages", "presence", "exclusions",
    "platform_contacts",
)  # fmt: skip


def run(events: Path, by: str, days: tuple[str, str], out: Path, threads: int = 2) -> None:
    """Write the metrics of every shop or agent over the days `[first, last)` to the file `out`."""
    with duckdb.connect(config={"threads": threads}) as database:
        database.execute("SET preserve_insertion_order = false")
        for name, day in zip(("first", "last"), days, strict=True):
            database.execute(f"SET VARIABLE {name} = TIMESTAMP '{day}'")
        for table in READ:
            subject = (
                "" if table in {"shops", "exclusions", "platform_contacts", "messages"} else f", {by}_id AS subject"
            )
            database.execute(f"CREATE VIEW {table} AS SELECT *{subject} FROM read_parquet('{events / table}.parquet')")
        for name in (
            "common",
            "cases",
            "sessions",
            f"waits_{by}",
            "questions",
            "orders",
            "counted",
            f"subjects_{by}",
            "rows",
        ):
            database.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))
        database.execute(f"COPY (SELECT * EXCLUDE spread FROM metrics ORDER BY metric, subject_id) TO '{out}' (HEADER)")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], (sys.argv[3], sys.argv[4]), Path(sys.argv[5]), *map(int, sys.argv[6:7]))
