"""One bad row for every reason: it is set aside with its place, the others go on."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steelyard.engines import Engine
from steelyard.events.check import Events, open_events
from steelyard.events.report import check_report_rows
from tests.marketplace import ORDERS, PAID, SHOPS, Row, small

MICROSECOND = timedelta(microseconds=1)
REVIEW: Row = {"review_id": 1, "order_id": 10, "shop_id": 1, "created_at": PAID, "stars": 5}
SESSION: Row = {"session_id": 1, "shop_id": 1, "buyer_id": 5, "started_at": PAID}
CHECK: Row = {"check_id": 1, "shop_id": 1, "item": "greeting", "score": 10.0, "checked_at": PAID}


def rows_of(events: Events, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = events.engine.arrow(events.engine.backend.table(table)).to_pylist()
    return rows


def quarantined(events: Events) -> list[dict[str, Any]]:
    lines = events.quarantine()
    assert lines is not None
    found: list[dict[str, Any]] = events.engine.arrow(lines).to_pylist()
    return sorted(found, key=lambda line: (line["table"], line["file"], line["row"]))


BAD = [
    ("reviews", REVIEW, {"created_at": None}, "missing-value", "created_at", None),
    ("reviews", REVIEW, {"review_id": None}, "missing-value", "review_id", None),
    ("reviews", REVIEW, {"stars": 0}, "value-not-in-list", "stars", "0"),
    ("reviews", REVIEW, {"stars": 6}, "value-not-in-list", "stars", "6"),
    ("reviews", REVIEW, {"removal": "True"}, "value-not-in-list", "removal", "True"),
    ("reviews", REVIEW, {"removal": ""}, "value-not-in-list", "removal", ""),
    ("reviews", REVIEW, {"created_at": datetime(1, 1, 1)}, "impossible-time", "created_at", None),
    ("reviews", REVIEW, {"replied_at": datetime(1970, 1, 1)}, "impossible-time", "replied_at", None),
    ("reviews", REVIEW, {"arrived_at": datetime(9999, 12, 31)}, "impossible-time", "arrived_at", None),
    (
        "reviews",
        REVIEW,
        {"created_at": datetime(1990, 1, 1) - MICROSECOND},
        "impossible-time",
        "created_at",
        None,
    ),
    ("reviews", REVIEW, {"created_at": datetime(2100, 1, 1)}, "impossible-time", "created_at", None),
    ("reviews", REVIEW, {"order_id": 99}, "unknown-order", "order_id", "99"),
    ("reviews", REVIEW, {"shop_id": 99}, "unknown-shop", "shop_id", "99"),
    ("quality_checks", CHECK, {"score": 10.5}, "value-not-in-list", "score", None),
    ("quality_checks", CHECK, {"score": float("nan")}, "value-not-in-list", "score", None),
    ("quality_checks", CHECK, {"score": float("inf")}, "value-not-in-list", "score", None),
    ("sessions", SESSION, {"buyer_id": None}, "missing-value", "buyer_id", None),
]


@pytest.mark.parametrize(("table", "row", "change", "reason", "column", "value"), BAD)
def test_a_bad_row_is_set_aside_and_the_good_one_goes_on(
    duckdb: Engine,
    tmp_path: Path,
    table: str,
    row: Row,
    change: Row,
    reason: str,
    column: str,
    value: str | None,
) -> None:
    key = next(iter(row))
    bad = row | {key: 2} | change
    events = open_events(duckdb, small(tmp_path, **{table: [row, bad]}))
    assert [good[key] for good in rows_of(events, table)] == [1]
    (line,) = quarantined(events)
    place = (line["table"], line["file"], line["row"], line["reason"], line["column"])
    assert place == (table, f"{table}.parquet", 2, reason, column)
    if value is not None:
        assert line["value"] == value
    assert events.report.table(table).quarantined == {reason: 1}
    assert events.report.table(table).good == 1


BOUNDARY = [
    ("reviews", REVIEW, {"created_at": datetime(1990, 1, 1), "stars": 1}),
    ("reviews", REVIEW, {"created_at": datetime(2100, 1, 1) - MICROSECOND, "stars": 5}),
    ("quality_checks", CHECK, {"score": 0.0}),
    ("quality_checks", CHECK, {"score": None}),
]


@pytest.mark.parametrize(("table", "row", "change"), BOUNDARY)
def test_the_last_good_value_is_good(duckdb: Engine, tmp_path: Path, table: str, row: Row, change: Row) -> None:
    events = open_events(duckdb, small(tmp_path, **{table: [row | change]}))
    assert events.report.quarantined == 0
    assert events.quarantine() is None
    assert len(rows_of(events, table)) == 1


def test_dates_have_the_same_limits(duckdb: Engine, tmp_path: Path) -> None:
    days = [date(1989, 12, 31), date(1990, 1, 1), date(2099, 12, 31), date(2100, 1, 1)]
    shops = [*SHOPS, *({"shop_id": 3 + number, "opened_on": day} for number, day in enumerate(days))]
    events = open_events(duckdb, small(tmp_path, shops=shops))
    assert [(line["row_id"], line["value"]) for line in quarantined(events)] == [
        ("3", "1989-12-31"),
        ("6", "2100-01-01"),
    ]


def test_a_message_tells_place_value_and_remedy(duckdb: Engine, tmp_path: Path) -> None:
    orders = [*ORDERS, ORDERS[0] | {"order_id": 20, "shop_id": 77}]
    events = open_events(duckdb, small(tmp_path, orders=orders))
    assert [str(example) for example in events.report.examples] == [
        "orders.parquet row 7: unknown-shop: shop '77' is not in shops; add it to shops or correct the id"
    ]


def test_a_row_with_several_faults_is_quarantined_once_with_the_first(duckdb: Engine, tmp_path: Path) -> None:
    bad = REVIEW | {"shop_id": 99, "created_at": None, "stars": 9}
    events = open_events(duckdb, small(tmp_path, reviews=[bad, bad | {"text": "again"}]))
    assert [line["reason"] for line in quarantined(events)] == ["missing-value", "missing-value"]
    assert events.report.table("reviews").quarantined == {"missing-value": 2}


def test_rows_of_one_key_that_differ_are_all_out_even_where_one_has_a_fault(engine: Engine, tmp_path: Path) -> None:
    """A NULL in an optional part of a key equals a NULL; identical copies count once."""
    orders = [*ORDERS, ORDERS[0] | {"quantity": 2}, ORDERS[1] | {"paid_at": None}, ORDERS[2], ORDERS[2]]
    buyers = [
        {"buyer_id": 1, "risk": "high"},
        {"buyer_id": 1, "risk": "normal"},
        {"buyer_id": 2, "risk": "high"},
        {"buyer_id": 2, "risk": "high"},
        {"buyer_id": 2, "risk": "normal", "from_at": PAID},
    ]
    events = open_events(engine, small(tmp_path, orders=orders, buyers=buyers), ["orders", "buyers"])
    lines = [(line["table"], line["row"], line["row_id"], line["reason"]) for line in quarantined(events)]
    assert lines == [
        ("buyers", 1, "1/", "duplicate-key"),
        ("buyers", 2, "1/", "duplicate-key"),
        ("orders", 1, "10", "duplicate-key"),
        ("orders", 2, "11", "duplicate-key"),
        ("orders", 7, "10", "duplicate-key"),
        ("orders", 8, "11", "missing-value"),
    ]
    assert sorted(row["order_id"] for row in rows_of(events, "orders")) == [12, 13, 14, 15]
    assert sorted(str(row["risk"]) for row in rows_of(events, "buyers")) == ["high", "normal"]
    assert [events.report.table(name).copies for name in ("orders", "buyers")] == [2, 1]


def test_identical_copies_count_once(duckdb: Engine, tmp_path: Path) -> None:
    orders = [*ORDERS, ORDERS[2], ORDERS[2], ORDERS[3]]
    events = open_events(duckdb, small(tmp_path, orders=orders), ["orders"])
    table = events.report.table("orders")
    assert (table.read, table.good, table.copies, dict(table.quarantined)) == (9, 6, 3, {})
    assert sorted(row["order_id"] for row in rows_of(events, "orders")) == list(range(10, 16))
    assert events.quarantine() is None


def test_copies_of_a_bad_row_are_quarantined_not_counted_as_copies(duckdb: Engine, tmp_path: Path) -> None:
    bad = ORDERS[0] | {"shop_id": 77}
    events = open_events(duckdb, small(tmp_path, orders=[*ORDERS[1:], bad, bad]), ["orders"])
    table = events.report.table("orders")
    assert (table.copies, dict(table.quarantined), table.good) == (0, {"unknown-shop": 2}, 5)


def test_tables_without_key_keep_every_copy(duckdb: Engine, tmp_path: Path) -> None:
    message = {"session_id": 1, "shop_id": 1, "buyer_id": 5, "sent_at": PAID, "sender": "buyer"}
    bad = message | {"sender": "robot"}
    events = open_events(duckdb, small(tmp_path, sessions=[SESSION], messages=[message, message, bad, bad]))
    table = events.report.table("messages")
    assert (table.good, table.copies, dict(table.quarantined)) == (2, 0, {"value-not-in-list": 2})
    assert [line["row_id"] for line in quarantined(events)] == [None, None]


def test_nothing_cascades(duckdb: Engine, tmp_path: Path) -> None:
    """An order in quarantine still is a row of the folder: its review stays."""
    orders = [*ORDERS, {"order_id": 20, "shop_id": 1, "paid_at": None}]
    review = REVIEW | {"order_id": 20}
    events = open_events(duckdb, small(tmp_path, orders=orders, reviews=[review]))
    assert dict(events.report.table("orders").quarantined) == {"missing-value": 1}
    assert events.report.table("reviews").good == 1


def test_references_need_their_table_and_only_count_where_required(duckdb: Engine, tmp_path: Path) -> None:
    message = {"session_id": 404, "shop_id": 1, "buyer_id": 5, "sent_at": PAID, "sender": "buyer"}
    complaint = {"complaint_id": 1, "order_id": 404, "shop_id": 1, "created_at": PAID}
    events = open_events(duckdb, small(tmp_path, messages=[message], complaints=[complaint]))
    assert events.report.quarantined == 0


def test_ids_with_gaps_are_looked_up(duckdb: Engine, tmp_path: Path) -> None:
    """Ends of a range prove nothing where numbers are missing in between."""
    orders = [ORDERS[0] | {"order_id": number} for number in (1, 2, 5_000_000_000)]
    reviews = [REVIEW | {"review_id": number, "order_id": number} for number in (1, 2, 3, 5_000_000_000)]
    events = open_events(duckdb, small(tmp_path, orders=orders, reviews=reviews), ["orders", "reviews"])
    assert [line["row_id"] for line in quarantined(events)] == ["3"]


def test_negative_and_distant_keys_are_told_apart(duckdb: Engine, tmp_path: Path) -> None:
    numbers = [*range(-70, 70), 5, -33, 2**62, 2**62]
    orders = [ORDERS[0] | {"order_id": number} for number in numbers]
    near = open_events(duckdb, small(tmp_path / "near", orders=orders[:-2]), ["orders"])
    far = open_events(duckdb, small(tmp_path / "far", orders=orders), ["orders"])
    assert [near.report.table("orders").copies, far.report.table("orders").copies] == [2, 3]


def test_report_rows_tell_every_reason(duckdb: Engine, tmp_path: Path) -> None:
    reviews = [REVIEW, REVIEW | {"review_id": 2, "stars": 7}, REVIEW | {"review_id": 3, "order_id": 7}]
    report = open_events(duckdb, small(tmp_path, reviews=reviews), ["reviews", "feedback"]).report
    rows = check_report_rows(report)
    assert [(row["table"], row["present"], row["read"], row["good"], row["reason"]) for row in rows] == [
        ("reviews", True, 3, 1, "value-not-in-list"),
        ("reviews", True, 3, 1, "unknown-order"),
        ("feedback", False, 0, 0, None),
    ]
    assert str(rows[0]["example"]).startswith("reviews.parquet row 2: value-not-in-list: stars '7' is not in 1..5;")


def test_a_million_bad_rows(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    source = (
        "SELECT i AS review_id, 10 AS order_id, 1 AS shop_id, TIMESTAMP '2022-09-02' AS created_at,"
        " CASE WHEN i < 1000000 THEN 9 ELSE 5 END AS stars FROM range(1000010) numbers(i)"
    )
    duckdb.sql(f"COPY ({source}) TO '{folder / 'reviews.parquet'}'")  # type: ignore[attr-defined]
    events = open_events(duckdb, folder, ["reviews"])
    assert dict(events.report.table("reviews").quarantined) == {"value-not-in-list": 1_000_000}
    assert len(events.report.examples) == 3
    lines = events.quarantine()
    assert lines is not None
    duckdb.write_parquet(lines, tmp_path / "quarantine.parquet")
    assert duckdb.read_parquet([tmp_path / "quarantine.parquet"]).count().execute() == 1_000_000
    assert len(rows_of(events, "reviews")) == 10


def test_a_key_of_product_and_day_is_told_apart_by_both(engine: Engine, tmp_path: Path) -> None:
    def check(product: int, day: date, passed: bool) -> Row:
        return {"product_id": product, "shop_id": 1, "checked_on": day, "image_passed": passed}

    apart = [date(2022, 9, 1) + timedelta(days=32 * number) for number in range(4)]
    checks = [check(product, day, passed=True) for product in (1, 2) for day in apart]
    events = open_events(engine, small(tmp_path / "good", listing_checks=checks), ["listing_checks"])
    assert events.report.table("listing_checks").good == 8
    twice = [*checks, check(2, apart[3], passed=False), check(1, apart[0], passed=True)]
    events = open_events(engine, small(tmp_path / "bad", listing_checks=twice), ["listing_checks"])
    report = events.report.table("listing_checks")
    assert (report.good, report.copies, dict(report.quarantined)) == (7, 1, {"duplicate-key": 2})
