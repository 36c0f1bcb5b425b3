"""The same results as `steelyard score`, in SQL written by hand for DuckDB.

`python benchmarks/handwritten/run.py EVENTS DATE OUT [THREADS] [one|all]` reads the events folder and writes the six
tables of douyin/experience@2022-09-26, or those of every scorecard to a folder each. It is what the engine is measured
against, so it takes every short cut the rules allow: it knows their numbers, one day and one database, checks nothing,
explains nothing, and needs every table and column it reads to be in the folder.
"""

import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
ONE = ("douyin/experience",)
ALL = (
    "douyin/ccr", "douyin/dsr", "douyin/experience", "jd/shop_rating", "kuaishou/dynamic", "kuaishou/star",
    "pdd/experience",
)  # fmt: skip
READ = (
    "shops", "products", "listing_checks", "orders", "reviews", "feedback", "after_sales", "complaints", "sessions",
    "messages", "exclusions",
)  # fmt: skip
READ_BY_ALL = (*READ, "buyers", "scenarios", "platform_contacts", "work_orders")
COUNTING = {
    "one": ("one/exclusions", "one/orders", "one/cases", "one/sessions", "one/listings", "one/counted"),
    "all": (
        "all/exclusions", "all/help", "all/marks", "all/orders", "all/reviews", "all/cases", "all/sessions",
        "all/messages", "all/listings", "all/counted",
    ),
}  # fmt: skip
SCORING = ("shared/rules", "shared/points", "shared/scores")
WRITTEN = ("scores", "dimensions", "indicators", "observed", "adjustments", "effects")


def run(events: Path, day: str, out: Path, threads: int = 2, what: str = "one") -> None:
    """Score `events` as of `day` by `one` scorecard or `all`, and write the result tables to `out`."""
    cards = ONE if what == "one" else ALL
    with duckdb.connect(config={"threads": threads}) as database:
        database.execute("SET preserve_insertion_order = false")
        database.execute(f"SET VARIABLE now = TIMESTAMP '{day}'")
        database.execute(f"SET VARIABLE cards = {list(cards)}")
        for table in READ if what == "one" else READ_BY_ALL:
            database.execute(f"CREATE VIEW {table} AS FROM read_parquet('{events / table}.parquet')")
        for name in ("shared/macros", *COUNTING[what], *SCORING):
            database.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))
        for card in cards:
            folder = out if what == "one" else out / card
            folder.mkdir(parents=True, exist_ok=True)
            for table in WRITTEN:
                rows = f"SELECT * FROM {table} WHERE scorecard = '{card}'"
                database.execute(f"COPY ({rows}) TO '{folder / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:5]), *sys.argv[5:6])
