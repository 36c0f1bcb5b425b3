"""How columns of other types are read: cast where nothing is lost, parsed where text means the same."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.engines import Engine
from steelyard.errors import InputError
from steelyard.events.check import Events, open_events
from tests.marketplace import ORDERS, PAID, SHOPS, small, write_events

NANOSECOND = PAID + timedelta(microseconds=7)


def with_columns(folder: Path, table: str, **columns: pa.Array) -> Path:
    """Replace columns of a table's file, whatever their type."""
    rows = pq.read_table(folder / f"{table}.parquet")
    for name, values in columns.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, values)
    pq.write_table(rows, folder / f"{table}.parquet")
    return folder


def column(events: Events, table: str, name: str) -> list[Any]:
    rows = events.engine.arrow(events.engine.backend.table(table).select("order_id", name)).to_pylist()
    return [row[name] for row in sorted(rows, key=lambda row: row["order_id"])]


def six(*values: Any) -> list[Any]:
    return [*values, *([None] * (6 - len(values)))]


READ = [
    ("quantity", pa.array(six(1, 2), pa.int8()), six(1, 2)),
    ("quantity", pa.array(six(1, 2), pa.uint64()), six(1, 2)),
    ("quantity", pa.array(six(1.0, 2.0), pa.float64()), six(1, 2)),
    ("quantity", pa.array(six("1", "+2", "-3"), pa.string()), six(1, 2, -3)),
    ("quantity", pa.nulls(6), six()),
    ("amount", pa.array(six(Decimal("1.25")), pa.decimal128(12, 2)), six(1.25)),
    ("amount", pa.array(six(3), pa.int32()), six(3.0)),
    ("amount", pa.array(six("1.5", "-2", ".5", "1e2"), pa.string()), six(1.5, -2.0, 0.5, 100.0)),
    ("presale", pa.array(six(1, 0), pa.int8()), six(True, False)),
    ("presale", pa.array(six("TRUE", "no"), pa.string()), six(True, False)),
    ("delivered_at", pa.array(six(PAID), pa.timestamp("s")), six(PAID)),
    ("delivered_at", pa.array(six(PAID), pa.timestamp("ms")), six(PAID)),
    ("delivered_at", pa.array(six(NANOSECOND), pa.timestamp("ns")), six(NANOSECOND)),
    ("delivered_at", pa.array(six(date(2022, 9, 1)), pa.date32()), six(datetime(2022, 9, 1))),
    (
        "delivered_at",
        pa.array(six("2022-09-01", "2022-09-01T10:00:00.5", "2022-09-01 10:00"), pa.string()),
        six(datetime(2022, 9, 1), datetime(2022, 9, 1, 10, 0, 0, 500000), PAID),
    ),
    ("carrier", pa.array(six("SF"), pa.string()).dictionary_encode(), six("SF")),
    ("carrier", pa.array(six(7), pa.int64()), six("7")),
    ("buyer_id", pa.array(six(7), pa.int32()), six(7)),
]


@pytest.mark.parametrize(("name", "values", "expected"), READ)
def test_compatible_types_are_cast(
    duckdb: Engine, tmp_path: Path, name: str, values: pa.Array, expected: list[Any]
) -> None:
    events = open_events(duckdb, with_columns(small(tmp_path), "orders", **{name: values}))
    assert column(events, "orders", name) == expected
    assert events.report.quarantined == 0


UNPARSABLE = [
    ("delivered_at", ["2022-02-30", "2022-13-01", "20220901", "2022-09-01T10:00:00Z", "", "25:00"]),
    ("quantity", ["1.5", "one", "", "99999999999999999999", " 1", "0x1"]),
    ("amount", ["1,5", "", "¥5", "nan", "1e", "--1"]),
    ("presale", ["maybe", "", "2", "ja", "-", "null"]),
]


@pytest.mark.parametrize(("name", "texts"), UNPARSABLE)
def test_text_that_does_not_parse_is_quarantined_with_what_it_says(
    duckdb: Engine, tmp_path: Path, name: str, texts: list[str]
) -> None:
    folder = with_columns(small(tmp_path), "orders", **{name: pa.array(texts, pa.string())})
    events = open_events(duckdb, folder)
    lines = events.quarantine()
    assert lines is not None
    found = sorted(duckdb.arrow(lines).to_pylist(), key=lambda line: line["row"])
    assert [line["value"] for line in found] == texts
    assert {(line["reason"], line["column"]) for line in found} == {("unparsable-value", name)}


def test_numbers_that_are_not_whole_do_not_parse(duckdb: Engine, tmp_path: Path) -> None:
    values = pa.array([1.0, 1.5, float("nan"), float("inf"), 1e300, None])
    events = open_events(duckdb, with_columns(small(tmp_path), "orders", quantity=values))
    assert dict(events.report.table("orders").quarantined) == {"unparsable-value": 4}
    assert column(events, "orders", "quantity") == [1, None]


def test_text_reads_alike_on_every_engine(engine: Engine, tmp_path: Path) -> None:
    times = ["2022-09-01 10:00:00.1234567", "2022-02-30", "2022-9-1", "2022-09-01T23:59", None, "9999-12-31"]
    amounts = ["1.5", "2", "3", "1e3", "5", "6"]
    quantities = [1.0, 2.0, 3.0, 4.0, 2.5, 6.0]
    folder = with_columns(
        small(tmp_path),
        "orders",
        delivered_at=pa.array(times),
        amount=pa.array(amounts),
        quantity=pa.array(quantities),
    )
    events = open_events(engine, folder, ["orders"])
    assert column(events, "orders", "delivered_at") == [
        datetime(2022, 9, 1, 10, 0, 0, 123456),
        datetime(2022, 9, 1, 23, 59),
    ]
    assert column(events, "orders", "amount") == [1.5, 1000.0]
    assert dict(events.report.table("orders").quarantined) == {"unparsable-value": 3, "impossible-time": 1}


def test_types_that_cannot_be_read_are_all_named(duckdb: Engine, tmp_path: Path) -> None:
    zoned = pa.array([PAID.replace(tzinfo=UTC)] * 6, pa.timestamp("us", "UTC"))
    folder = with_columns(
        small(tmp_path),
        "orders",
        paid_at=zoned,
        delivered_at=pa.array([1] * 6, pa.int64()),
        carrier=pa.array([{"name": "SF"}] * 6),
        buyer_id=pa.array([1.0] * 6),
        presale=pa.array([0.5] * 6),
    )
    orders = pq.read_table(folder / "orders.parquet").drop_columns(["shop_id"])
    pq.write_table(orders.rename_columns({"order_id": "Order_ID"}), folder / "orders.parquet")
    with pytest.raises(InputError) as caught:
        open_events(duckdb, folder)
    found = {(problem.code, problem.message.split(" is ")[0]) for problem in caught.value.problems}
    wrong = ("paid_at", "delivered_at", "carrier", "buyer_id", "presale")
    assert found == {("missing-column", "there"), *(("wrong-type", name) for name in wrong)}
    text = str(caught.value)
    assert "write the marketplace's local wall clock" in text
    assert "rename Order_ID to order_id" in text
    assert "add shop_id as an id" in text


def test_a_wrong_type_in_a_table_nobody_asks_for_is_left_alone(duckdb: Engine, tmp_path: Path) -> None:
    folder = with_columns(small(tmp_path), "shops", name=pa.array([{"a": 1}, {"a": 2}]))
    assert open_events(duckdb, folder, ["orders"]).report.quarantined == 0
    with pytest.raises(InputError, match="wrong-type"):
        open_events(duckdb, folder, ["shops"])


def test_ids_of_either_type(engine: Engine, tmp_path: Path) -> None:
    texts = [{**row, "order_id": f"o{row['order_id']}", "shop_id": f"s{row['shop_id']}"} for row in ORDERS]
    shops = [{**row, "shop_id": f"s{row['shop_id']}"} for row in SHOPS]
    bad = [*texts, texts[0], texts[1] | {"amount": 1.0}, texts[2] | {"order_id": "", "shop_id": "s"}]
    events = open_events(engine, write_events(tmp_path, {"shops": shops, "orders": bad}), ["orders", "products"])
    assert events.id_type == "string"
    assert engine.backend.table("products").schema()["product_id"].is_string()
    table = events.report.table("orders")
    assert (table.good, table.copies) == (5, 1)
    assert dict(table.quarantined) == {"duplicate-key": 2, "unknown-shop": 1}


def test_mixed_ids_are_text_with_a_note(duckdb: Engine, tmp_path: Path) -> None:
    folder = with_columns(small(tmp_path), "orders", buyer_id=pa.array(["b", None, "c", "d", "e", "f"]))
    events = open_events(duckdb, folder, ["orders", "shops"])
    assert events.id_type == "string"
    assert [note.code for note in events.report.notes] == ["mixed-id-types"]
    assert column(events, "orders", "shop_id") == ["1", "2", "1", "2", "1", "2"]
    assert events.report.quarantined == 0


def test_columns_of_nulls_decide_nothing_about_ids(duckdb: Engine, tmp_path: Path) -> None:
    folder = with_columns(small(tmp_path), "orders", buyer_id=pa.nulls(6))
    events = open_events(duckdb, folder)
    assert (events.id_type, events.report.notes) == ("int64", ())


def test_the_view_of_a_clean_table_is_a_bare_scan(duckdb: Engine, tmp_path: Path) -> None:
    open_events(duckdb, small(tmp_path))
    plan = str(duckdb.sql("EXPLAIN SELECT count(paid_at) FROM orders").fetchall())  # type: ignore[attr-defined]
    assert "FILTER" not in plan
    assert "JOIN" not in plan
