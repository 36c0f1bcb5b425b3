"""Finding the tables of a folder, files that are no Parquet, folders of files."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.engines import Engine
from steelyard.errors import InputError, UsageError
from steelyard.events.check import Events, open_events
from steelyard.events.contract import CONTRACT
from tests.marketplace import ORDERS, PAID, SHOPS, arrow_table, small, write_events


def problems(engine: Engine, folder: Path, tables: list[str] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        open_events(engine, folder, tables)
    return [(problem.code, problem.where) for problem in caught.value.problems]


def count(events: Events, table: str) -> int:
    return int(events.engine.arrow(events.engine.backend.table(table).count().as_table())[0][0].as_py())


def test_no_folder(duckdb: Engine, tmp_path: Path) -> None:
    assert problems(duckdb, tmp_path / "none") == [("no-such-folder", str(tmp_path / "none"))]


def test_shops_and_orders_are_asked_for_together(duckdb: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_events(duckdb, tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["missing-table", "missing-table"]
    assert ["table shops" in str(problem) or "table orders" in str(problem) for problem in caught.value.problems]


def test_an_unknown_table_is_wrong_usage(duckdb: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown-table"):
        open_events(duckdb, small(tmp_path), ["shops", "parcels"])


def test_missing_tables_are_empty_and_typed(engine: Engine, tmp_path: Path) -> None:
    events = open_events(engine, small(tmp_path), ["shops", "orders", "sessions"])
    table = engine.backend.table("sessions")
    assert table.columns == tuple(CONTRACT["sessions"].schema("int64"))
    assert table.schema()["started_at"].is_timestamp()
    assert table.schema()["rating"].is_int64()
    assert count(events, "sessions") == 0
    assert events.present == {"shops", "orders"}
    assert not events.report.table("sessions").present


def test_an_empty_table_is_present(duckdb: Engine, tmp_path: Path) -> None:
    events = open_events(duckdb, small(tmp_path, reviews=[]))
    assert "reviews" in events.present
    assert [note.code for note in events.report.notes] == ["empty-table"]


def test_a_folder_opened_after_another_replaces_it(engine: Engine, tmp_path: Path) -> None:
    review = {"review_id": 1, "order_id": 10, "shop_id": 1, "created_at": PAID}
    first = small(tmp_path / "first")
    second = small(tmp_path / "second", reviews=[review])
    assert [count(open_events(engine, folder, ["reviews"]), "reviews") for folder in (first, second, first)] == [
        0,
        1,
        0,
    ]


def test_missing_optional_columns_read_as_null(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    pq.write_table(pa.table({"shop_id": pa.array([1, 2], pa.int64())}), folder / "shops.parquet")
    open_events(duckdb, folder)
    table = duckdb.backend.table("shops")
    assert table.columns == tuple(CONTRACT["shops"].schema("int64"))
    assert table.schema()["own_aftersales"].is_boolean()
    assert table.filter(table.category.notnull()).count().execute() == 0


def test_every_broken_file_is_named(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path, reviews=[], feedback=[], sessions=[])
    whole = (folder / "orders.parquet").read_bytes()
    (folder / "reviews.parquet").write_bytes(b"")
    (folder / "feedback.parquet").write_bytes(whole[: len(whole) // 2])
    (folder / "sessions.parquet").write_text("session_id,shop_id\n")
    assert problems(duckdb, folder) == [
        ("unreadable-file", "reviews.parquet"),
        ("unreadable-file", "feedback.parquet"),
        ("unreadable-file", "sessions.parquet"),
    ]


def test_a_broken_file_nobody_asks_for_is_left_alone(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    (folder / "reviews.parquet").write_bytes(b"PAR1")
    events = open_events(duckdb, folder, ["orders"])
    assert "reviews" in events.present
    assert set(events.sources) == {"shops", "orders"}


def test_a_table_as_file_and_as_folder(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    (folder / "orders").mkdir()
    (folder / "orders" / "more.parquet").write_bytes((folder / "orders.parquet").read_bytes())
    assert problems(duckdb, folder) == [("table-twice", "orders")]


def test_a_folder_of_files_is_one_table(engine: Engine, tmp_path: Path) -> None:
    """Nested, partitioned, with what Spark leaves behind, columns differing from file to file."""
    folder = write_events(tmp_path, {"shops": SHOPS})
    parts = folder / "orders" / "day=2022-09-01"
    parts.mkdir(parents=True)
    pq.write_table(arrow_table(CONTRACT["orders"], ORDERS[:2]), parts / "a b+c.parquet")
    few = arrow_table(CONTRACT["orders"], ORDERS[2:4]).select(["order_id", "shop_id", "paid_at"])
    pq.write_table(few, folder / "orders" / "单据.parquet")
    untyped = few.slice(0, 0).append_column("quantity", pa.array([], pa.null()))
    pq.write_table(untyped, folder / "orders" / "z.parquet")
    bad = [ORDERS[4] | {"shop_id": 9}, ORDERS[0] | {"quantity": 3}]
    pq.write_table(arrow_table(CONTRACT["orders"], bad), folder / "orders" / "z2.parquet")
    (folder / "orders" / "_SUCCESS").touch()
    (folder / "orders" / ".part.crc").write_text("x")
    events = open_events(engine, folder, ["orders"])
    assert count(events, "orders") == 3
    lines = events.quarantine()
    assert lines is not None
    found = {(line["file"], line["row"], line["reason"]) for line in engine.arrow(lines).to_pylist()}
    assert found == {
        ("orders/day=2022-09-01/a b+c.parquet", 1, "duplicate-key"),
        ("orders/z2.parquet", 1, "unknown-shop"),
        ("orders/z2.parquet", 2, "duplicate-key"),
    }


def test_a_column_that_stands_only_in_folder_names_is_no_silent_null(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    parts = folder / "listing_checks" / "checked_on=2022-09-01"
    parts.mkdir(parents=True)
    check = {"product_id": 1, "shop_id": 1, "checked_on": date(2022, 9, 1)}
    table = arrow_table(CONTRACT["listing_checks"], [check]).drop_columns(["checked_on"])
    pq.write_table(table, parts / "a.parquet")
    assert problems(duckdb, folder) == [("missing-column", "listing_checks/checked_on=2022-09-01/a.parquet")]


def test_a_folder_without_files_is_no_table(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    (folder / "reviews").mkdir()
    (folder / "reviews" / "_SUCCESS").touch()
    assert "reviews" not in open_events(duckdb, folder).present


def test_what_the_contract_does_not_know_is_named(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    shops = pq.read_table(folder / "shops.parquet").append_column("mood", pa.array(["good", "bad"]))
    pq.write_table(shops, folder / "shops.parquet")
    pq.write_table(shops, folder / "parcels.parquet")
    events = open_events(duckdb, folder)
    assert [(note.code, note.where) for note in events.report.notes] == [
        ("unknown-table", "parcels.parquet"),
        ("unknown-column", "shops.parquet"),
    ]
    assert "mood" in str(events.report.notes[1])
    assert "mood" not in duckdb.backend.table("shops").columns


def test_columns_told_apart_by_case_only_or_named_like_positions(duckdb: Engine, tmp_path: Path) -> None:
    folder = small(tmp_path)
    shops = pq.read_table(folder / "shops.parquet")
    shops = shops.append_column("Shop_ID", shops["shop_id"]).append_column("_row", shops["shop_id"])
    pq.write_table(shops, folder / "shops.parquet")
    found = problems(duckdb, folder)
    assert found == [("column-twice", "shops.parquet"), ("reserved-column", "shops.parquet")]
