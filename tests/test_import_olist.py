"""Olist into the contract, against the same rules written once more in plain Python."""

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from steelyard.errors import InputError, UsageError
from steelyard.events.contract import CONTRACT
from steelyard.events.importers.olist import SOURCES, import_olist

OLIST = Path(__file__).parent.parent.parent / "shared" / "data" / "olist"

# --- the rules, independently --------------------------------------------------------------------------


def haversine(a, b):
    (lat1, lng1), (lat2, lng2) = [tuple(map(math.radians, place)) for place in (a, b)]
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def places(geolocation: Iterable[dict]) -> dict:
    lats, lngs = defaultdict(list), defaultdict(list)
    for row in geolocation:
        lats[row["geolocation_zip_code_prefix"]].append(row["geolocation_lat"])
        lngs[row["geolocation_zip_code_prefix"]].append(row["geolocation_lng"])
    return {p: (math.fsum(lats[p]) / len(lats[p]), math.fsum(lngs[p]) / len(lngs[p])) for p in lats}


def expected(data: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """The contract tables of Olist rows, reviews without a time left out."""
    orders = {row["order_id"]: row for row in data["orders"]}
    people = {row["customer_id"]: row for row in data["customers"]}
    sellers = {row["seller_id"]: row for row in data["sellers"]}
    english = {
        row["product_category_name"]: row["product_category_name_english"]
        for row in data["product_category_name_translation"]
    }
    own = {row["product_id"]: row["product_category_name"] for row in data["products"]}
    where = places(data["geolocation"])
    items, sold, owners = defaultdict(list), defaultdict(list), defaultdict(set)
    for item in data["order_items"]:
        items[item["order_id"], item["seller_id"]].append(item)
        sold[item["seller_id"]].append(item)
        owners[item["product_id"]].add(item["seller_id"])

    def category(item):
        name = own.get(item["product_id"])
        return "unknown" if name is None else english.get(name, name)

    def shop(seller):
        counts = Counter(map(category, sold[seller]))
        first = min((orders[i["order_id"]]["order_purchase_timestamp"] for i in sold[seller]), default=None)
        return {
            "shop_id": seller,
            "category": min(counts, key=lambda name: (-counts[name], name)) if counts else None,
            "opened_on": first.date() if first else None,
            "province": sellers[seller]["seller_state"],
        }

    def order(key):
        mine, (order_id, seller) = items[key], key
        row, person = orders[order_id], people[orders[order_id]["customer_id"]]
        here = where.get(sellers[seller]["seller_zip_code_prefix"])
        there = where.get(person["customer_zip_code_prefix"])
        return {
            "order_id": f"{order_id}:{seller}",
            "shop_id": seller,
            "buyer_id": person["customer_unique_id"],
            "product_id": min(mine, key=lambda item: (-item["price"], item["product_id"]))["product_id"],
            "quantity": len(mine),
            "amount": round(math.fsum(item["price"] + item["freight_value"] for item in mine), 2),
            "placed_at": row["order_purchase_timestamp"],
            "paid_at": row["order_approved_at"] or row["order_purchase_timestamp"],
            "promised_ship_at": max(item["shipping_limit_date"] for item in mine),
            "shipped_at": row["order_delivered_carrier_date"],
            "collected_at": row["order_delivered_carrier_date"],
            "promised_delivery_at": row["order_estimated_delivery_date"],
            "delivered_at": row["order_delivered_customer_date"],
            "completed_at": row["order_delivered_customer_date"],
            "presale": False,
            "origin_province": sellers[seller]["seller_state"],
            "distance_km": haversine(here, there) if here and there else None,
        }

    of_order = defaultdict(list)
    for order_id, seller in items:
        of_order[order_id].append(seller)
    reviews = [
        {
            "review_id": f"{row['review_id']}:{row['order_id']}:{seller}",
            "order_id": f"{row['order_id']}:{seller}",
            "shop_id": seller,
            "created_at": row["review_answer_timestamp"] or row["review_creation_date"],
            "stars": row["review_score"],
        }
        for row in data["order_reviews"]
        for seller in of_order[row["order_id"]]
        if row["review_answer_timestamp"] or row["review_creation_date"]
    ]
    products = [{"product_id": p, "shop_id": min(who), "kind": "standard"} for p, who in owners.items()]
    return {
        "shops": [shop(seller) for seller in sellers],
        "orders": [order(key) for key in items],
        "products": products,
        "reviews": reviews,
    }


def assert_equal(folder: Path, data: dict[str, list[dict]]) -> None:
    for table, rows in expected(data).items():
        key = CONTRACT[table].key[0]
        found = pq.read_table(folder / f"{table}.parquet").to_pylist()
        assert set(found[0]) == set(rows[0])
        assert len(found) == len(rows)
        found_by, rows_by = ({row[key]: dict(row) for row in part} for part in (found, rows))
        for name, row in rows_by.items():
            other = found_by[name]
            for column, digits in (("amount", 2), ("distance_km", 6)):
                if column in row and row[column] is not None:
                    row[column], other[column] = round(row[column], digits), round(other[column], digits)
            assert other == row, name


# --- a small data set, as Kaggle's CSV files --------------------------------------------------------------


def at(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def order(name, *, status="delivered", approved="2018-01-02 10:00:00", carrier="", customer="", buyer=None):
    return {
        "order_id": name, "customer_id": buyer or f"c-{name}", "order_status": status,
        "order_purchase_timestamp": at(f"2018-01-0{name[-1]} 09:00:00"), "order_approved_at": at(approved),
        "order_delivered_carrier_date": at(carrier), "order_delivered_customer_date": at(customer),
        "order_estimated_delivery_date": at("2018-01-20 00:00:00"),
    }  # fmt: skip


def item(name, number, product, seller, price, *, limit="2018-01-08 10:00:00"):
    return {
        "order_id": name, "order_item_id": number, "product_id": product, "seller_id": seller,
        "shipping_limit_date": at(limit), "price": price, "freight_value": 7.1,
    }  # fmt: skip


def review(name, of, score, *, created="2018-01-10 00:00:00", answered="2018-01-11 08:30:01", text=None):
    return {
        "review_id": name, "order_id": of, "review_score": score, "review_comment_title": None,
        "review_comment_message": text, "review_creation_date": at(created),
        "review_answer_timestamp": at(answered),
    }  # fmt: skip


def person(name, unique, prefix):
    return {"customer_id": name, "customer_unique_id": unique, "customer_zip_code_prefix": prefix,
            "customer_city": "são paulo", "customer_state": "SP"}  # fmt: skip


def seller(name, prefix, state):
    return {"seller_id": name, "seller_zip_code_prefix": prefix, "seller_city": "x, y", "seller_state": state}


def point(prefix, lat, lng):
    return {"geolocation_zip_code_prefix": prefix, "geolocation_lat": lat, "geolocation_lng": lng,
            "geolocation_city": "x", "geolocation_state": "SP"}  # fmt: skip


@pytest.fixture
def small() -> dict[str, list[dict]]:
    return {
        "orders": [
            order("o1", carrier="2018-01-03 12:00:00", customer="2018-01-09 18:00:00"),
            order("o2", approved="", carrier="2018-01-03 12:00:00", customer="2018-01-02 18:00:00"),
            order("o3", status="canceled"),
            order("o4", status="unavailable"),
        ],
        "order_items": [
            item("o1", 1, "p2", "s1", 10.1, limit="2018-01-05 10:00:00"),
            item("o1", 2, "p1", "s1", 10.1, limit="2018-01-07 10:00:00"),
            item("o1", 3, "p3", "s2", 99.9),
            item("o2", 1, "p3", "s1", 5.25),
            item("o3", 1, "p4", "s2", 1.0),
            item("o3", 2, "p4", "s2", 1.0),
            item("o3", 3, "p9", "s1", 1.0),
        ],
        "order_reviews": [
            review("r1", "o1", 5, text='muito bom,\n"perfeito"\r\nobrigado'),
            review("r1", "o2", 4, answered=""),
            review("r2", "o3", 1, created="", answered=""),
            review("r3", "o4", 3),
        ],
        "customers": [
            person("c-o1", "u1", 1037), person("c-o2", "u1", 2000), person("c-o3", "u2", 1037),
            person("c-o4", "u4", 9),
        ],
        "sellers": [seller("s1", 1037, "SP"), seller("s2", 31000, "MG"), seller("s3", 2000, "RJ")],
        "products": [
            {"product_id": "p1", "product_category_name": "beleza", "product_photos_qty": 1},
            {"product_id": "p2", "product_category_name": "artes", "product_photos_qty": 1},
            {"product_id": "p3", "product_category_name": "pc_gamer", "product_photos_qty": None},
            {"product_id": "p4", "product_category_name": None, "product_photos_qty": None},
        ],
        "geolocation": [
            point(1037, -23.5, -46.6), point(1037, -23.5, -46.6), point(1037, -23.8, -46.9),
            point(31000, -19.9, -43.9),
        ],
        "product_category_name_translation": [
            {"product_category_name": "beleza", "product_category_name_english": "a_beauty"},
            {"product_category_name": "artes", "product_category_name_english": "art"},
        ],
    }  # fmt: skip


def write_csv(folder: Path, data: dict[str, list[dict]], **replaced: str) -> Path:
    """Files as Kaggle has them: every text quoted, prefixes with leading zeros."""
    folder.mkdir()
    for table, rows in data.items():
        with (folder / f"{SOURCES[table][0]}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
            writer.writerow(rows[0])
            for row in rows:
                zips = {name: f"{row[name]:05}" for name in row if name.endswith("_prefix")}
                writer.writerow("" if value is None else value for value in (row | zips).values())
    for table, text in replaced.items():
        (folder / f"{SOURCES[table][0]}.csv").write_text(text, encoding="utf-8")
    return folder


def test_small_csv(tmp_path, small):
    report = import_olist(write_csv(tmp_path / "csv", small), tmp_path / "events")
    assert_equal(tmp_path / "events", small)
    assert report.rows == {"shops": 3, "orders": 5, "products": 5, "reviews": 3}
    assert report.quarantined == {("reviews", "missing-value"): 2}
    assert report.notes == (
        "1 orders have no items and so no shop: left out",
        "1 reviews belong to an order without items and so without a shop: left out",
    )
    aside = pq.read_table(tmp_path / "events" / "_quarantine.parquet").to_pylist()
    assert [(row["row_id"], row["row"], row["column"]) for row in aside] == [
        ("r2:o3:s1", 4, "created_at"), ("r2:o3:s2", 4, "created_at"),
    ]  # fmt: skip
    assert aside[0]["file"] == "olist_order_reviews_dataset.csv"


def test_small_values_by_hand(tmp_path, small):
    import_olist(write_csv(tmp_path / "csv", small), tmp_path / "events")
    shops = {row["shop_id"]: row for row in pq.read_table(tmp_path / "events" / "shops.parquet").to_pylist()}
    assert [shops[name]["category"] for name in ("s1", "s2", "s3")] == ["a_beauty", "unknown", None]
    assert shops["s3"]["opened_on"] is None
    rows = pq.read_table(tmp_path / "events" / "orders.parquet").to_pylist()
    orders = {row["order_id"]: row for row in rows}
    first = orders["o1:s1"]
    assert (first["product_id"], first["quantity"], f"{first['amount']:.6f}") == ("p1", 2, "34.400000")
    assert first["promised_ship_at"] == at("2018-01-07 10:00:00")
    assert first["distance_km"] < 1e-9
    assert 495 < orders["o1:s2"]["distance_km"] < 515
    assert orders["o2:s1"]["distance_km"] is None
    assert orders["o2:s1"]["paid_at"] == orders["o2:s1"]["placed_at"] == at("2018-01-02 09:00:00")
    assert "cancelled_at" not in first


def test_repeats_of_a_row_count_once_but_points_count_each_time(tmp_path, small):
    doubled = {table: rows if table == "geolocation" else rows * 2 for table, rows in small.items()}
    import_olist(write_csv(tmp_path / "csv", doubled), tmp_path / "events")
    assert_equal(tmp_path / "events", small)


def test_values_that_do_not_parse_are_quarantined(tmp_path, small):
    small["order_reviews"][0]["review_score"] = "five"
    small["order_items"][0]["price"] = "10,1x"
    report = import_olist(write_csv(tmp_path / "csv", small), tmp_path / "events")
    assert report.quarantined[("order_reviews", "unparsable-value")] == 1
    assert report.quarantined[("order_items", "unparsable-value")] == 1
    aside = pq.read_table(tmp_path / "events" / "_quarantine.parquet").to_pylist()
    told = {(row["table"], row["row"], row["column"], row["value"]) for row in aside}
    assert {("order_reviews", 2, "review_score", "five"), ("order_items", 2, "price", "10,1x")} <= told


def test_all_missing_files_and_columns_at_once(tmp_path, small):
    folder = write_csv(tmp_path / "csv", small)
    (folder / "olist_orders_dataset.csv").unlink()
    (folder / "olist_sellers_dataset.csv").unlink()
    with pytest.raises(InputError) as caught:
        import_olist(folder, tmp_path / "events")
    assert [problem.code for problem in caught.value.problems] == ["missing-file"] * 2
    broken = write_csv(tmp_path / "other", small, orders="order_id,customer_id\no1,c1\n", sellers="seller_id\ns1\n")
    with pytest.raises(InputError) as caught:
        import_olist(broken, tmp_path / "events")
    assert [problem.code for problem in caught.value.problems] == ["missing-column"] * 7
    assert not (tmp_path / "events").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_with_content_is_refused(tmp_path, small):
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(UsageError, match="folder-not-empty"):
        import_olist(write_csv(tmp_path / "csv", small), tmp_path / "events")
    assert [path.name for path in (tmp_path / "events").iterdir()] == ["mine.txt"]


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="no-such-folder"):
        import_olist(tmp_path / "nowhere", tmp_path / "events")


@pytest.mark.slow
@pytest.mark.olist
@pytest.mark.skipif(not (OLIST / "orders.parquet").is_file(), reason="the Olist data set is not beside the project")
def test_real_olist(tmp_path):
    report = import_olist(OLIST, tmp_path / "events")
    data = {
        table: pq.read_table(OLIST / f"{table}.parquet", columns=list(columns)).to_pylist()
        for table, (_, columns) in SOURCES.items()
    }
    assert_equal(tmp_path / "events", data)
    assert report.rows == {"shops": 3095, "orders": 100_010, "products": 32_951, "reviews": 99_799}
    assert report.quarantined == {("reviews", "missing-value"): 10}
    assert report.notes[0].startswith("775 orders have no items")
    rows = pq.read_table(tmp_path / "events" / "orders.parquet", columns=["order_id"]).column(0).to_pylist()
    per_order = Counter(order_id.partition(":")[0] for order_id in rows)
    assert sum(count > 1 for count in per_order.values()) == 1278
