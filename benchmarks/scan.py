"""The least that any way to the result has to do: read the columns it needs.

`python benchmarks/scan.py one|all EVENTS [THREADS]` lets DuckDB read exactly the columns that `handwritten/` reads for
one scorecard or for all, and fold every value into a number, so that they are really read.
"""

import sys
from pathlib import Path

import duckdb

ONE = {
    "shops": "shop_id category",
    "products": "product_id kind",
    "listing_checks": "shop_id product_id checked_on image_passed attributes_passed arrived_at",
    "orders": "order_id shop_id paid_at promised_ship_at collected_at delivered_at cancelled_at presale distance_km "
    "origin_province arrived_at",
    "reviews": "review_id order_id created_at stars follow_up by_default removed_at arrived_at",
    "feedback": "feedback_id order_id created_at kind arrived_at",
    "after_sales": "case_id order_id shop_id kind reason_class applied_at completed_at outcome platform_intervened_at "
    "liability arrived_at",
    "complaints": "complaint_id order_id created_at about upheld arrived_at",
    "sessions": "session_id shop_id buyer_id agent_id order_id started_at handled_by rating rated_at arrived_at",
    "messages": "session_id sent_at sender auto arrived_at",
    "exclusions": "table row_id indicator reason decided_at revoked_at arrived_at",
}
MORE = {
    "products": "category",
    "orders": "buyer_id product_id quantity grouped_at shipped_at completed_at",
    "reviews": "shop_id goods_stars description_stars service_stars logistics_stars returns_stars",
    "after_sales": "buyer_id reason scenario reviewed_at pending_at handled_at return_delivered_at",
    "complaints": "buyer_id scenario",
    "sessions": "scenario survey",
    "messages": "shop_id buyer_id",
    "buyers": "buyer_id risk from_at to_at",
    "scenarios": "scenario module routine",
    "platform_contacts": "contact_id order_id buyer_id created_at channel scenario arrived_at",
    "work_orders": "work_order_id shop_id order_id created_at closed_at closed_by arrived_at",
}


def columns(what: str) -> dict[str, list[str]]:
    """The columns read of each table."""
    more = MORE if what == "all" else {}
    return {table: f"{ONE.get(table, '')} {more.get(table, '')}".split() for table in ONE | more}


def scan(what: str, events: Path, threads: int = 2) -> None:
    """Read the columns of every table."""
    with duckdb.connect(config={"threads": threads}) as database:
        for table, names in columns(what).items():
            values = ", ".join(f'"{name}"' for name in names)
            database.execute(f"SELECT bit_xor(hash({values})) FROM read_parquet('{events / table}.parquet')").fetchall()


if __name__ == "__main__":
    scan(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:4]))
