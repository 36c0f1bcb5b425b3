"""Raw rows of a real marketplace, with its own dirt, against counts made by hand."""

from collections import Counter
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.notes import notes

OLIST = Path(__file__).parent.parent.parent / "shared" / "data" / "olist"

pytestmark = [
    pytest.mark.olist,
    pytest.mark.skipif(not (OLIST / "orders.parquet").is_file(), reason="the Olist data set is not beside the project"),
]


@pytest.fixture(scope="module")
def folder(duckdb: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders by their own id, each of its first item's seller; orders without items have no shop."""
    target = tmp_path_factory.mktemp("olist")
    orders = duckdb.read_parquet([OLIST / "orders.parquet"])
    items = duckdb.read_parquet([OLIST / "order_items.parquet"])
    reviews = duckdb.read_parquet([OLIST / "order_reviews.parquet"])
    first = items.filter(items.order_item_id == 1).select("order_id", shop_id="seller_id")
    bought = orders.left_join(first, "order_id").select(
        "order_id",
        "shop_id",
        paid_at=ibis.coalesce(orders.order_approved_at, orders.order_purchase_timestamp),
        collected_at="order_delivered_carrier_date",
        delivered_at="order_delivered_customer_date",
    )
    judged = reviews.inner_join(first, "order_id").select(
        "review_id", "order_id", "shop_id", created_at="review_answer_timestamp", stars="review_score"
    )
    duckdb.write_parquet(bought, target / "orders.parquet")
    duckdb.write_parquet(judged, target / "reviews.parquet")
    sellers = pq.read_table(OLIST / "sellers.parquet", columns=["seller_id"])
    pq.write_table(pa.table({"shop_id": sellers["seller_id"]}), target / "shops.parquet")
    return target


def test_orders_without_items_and_repeated_reviews_are_quarantined(duckdb: Engine, folder: Path) -> None:
    report = open_events(duckdb, folder).report
    without = sum(shop is None for shop in pq.read_table(folder / "orders.parquet")["shop_id"].to_pylist())
    reviews = pq.read_table(folder / "reviews.parquet").to_pylist()
    ids = Counter(review["review_id"] for review in reviews)
    undated = [review for review in reviews if review["created_at"] is None]
    repeated = [review for review in reviews if ids[review["review_id"]] > 1 and review not in undated]
    assert without == 775
    assert dict(report.table("orders").quarantined) == {"missing-value": 775}
    assert dict(report.table("reviews").quarantined) == {
        "missing-value": len(undated),
        "duplicate-key": len(repeated),
    }
    assert report.table("reviews").copies == 0
    assert report.table("shops").good == 3095


def test_times_out_of_order_are_kept_and_reported(duckdb: Engine, folder: Path) -> None:
    events = open_events(duckdb, folder)
    rows = pq.read_table(folder / "orders.parquet").to_pylist()
    wrong = sum(
        row["shop_id"] is not None
        and None not in (row["collected_at"], row["delivered_at"])
        and row["collected_at"] > row["delivered_at"]
        for row in rows
    )
    assert wrong > 0
    found = {note.message for note in notes(events) if note.code == "times-out-of-order"}
    assert f"in {wrong} rows collected_at is after delivered_at" in found
