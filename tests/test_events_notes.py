"""What is kept and reported: times out of order, ids that point nowhere, idle exclusions."""

from datetime import timedelta
from pathlib import Path

import pytest

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.contract import CONTRACT
from steelyard.events.notes import IN_ORDER, notes
from tests.marketplace import ORDERS, PAID, Row, small

HOUR = timedelta(hours=1)


def told(engine: Engine, folder: Path, tables: list[str] | None = None) -> list[tuple[str, str, str]]:
    events = open_events(engine, folder, tables)
    assert events.report.quarantined == 0
    return [(note.code, note.where, note.message) for note in notes(events)]


def test_a_clean_folder_has_none(duckdb: Engine, tmp_path: Path) -> None:
    assert told(duckdb, small(tmp_path)) == []


def test_times_out_of_order_are_counted_by_pair(engine: Engine, tmp_path: Path) -> None:
    late: Row = {"collected_at": PAID + 2 * HOUR, "delivered_at": PAID + HOUR, "completed_at": PAID + HOUR}
    orders = [ORDERS[0] | late, ORDERS[1] | late, ORDERS[2] | {"placed_at": PAID + HOUR}, *ORDERS[3:]]
    assert told(engine, small(tmp_path, orders=orders), ["orders"]) == [
        ("times-out-of-order", "orders", "in 1 rows placed_at is after paid_at"),
        ("times-out-of-order", "orders", "in 2 rows collected_at is after delivered_at"),
    ]


def test_nothing_arrives_before_it_happens(duckdb: Engine, tmp_path: Path) -> None:
    orders = [ORDERS[0] | {"arrived_at": PAID - HOUR}, ORDERS[1] | {"arrived_at": PAID}, *ORDERS[2:]]
    assert told(duckdb, small(tmp_path, orders=orders)) == [
        ("after-arrival", "orders", "in 1 rows paid_at is after arrived_at")
    ]


def test_optional_ids_that_point_nowhere(duckdb: Engine, tmp_path: Path) -> None:
    complaint = {"shop_id": 1, "created_at": PAID}
    complaints = [complaint | {"complaint_id": number, "order_id": 8 + number} for number in (1, 2, 3)]
    request = {"request_id": 1, "shop_id": 1, "channel": "mail", "sent_at": PAID, "case_id": 5}
    folder = small(tmp_path, complaints=complaints, service_requests=[request], after_sales=[])
    assert told(duckdb, folder) == [
        ("points-nowhere", "complaints", "in 1 rows order_id is not in orders"),
        ("points-nowhere", "service_requests", "in 1 rows case_id is not in after_sales"),
    ]


def test_exclusions_that_exclude_nothing(duckdb: Engine, tmp_path: Path) -> None:
    row = {"reason": "other", "decided_at": PAID}
    exclusions = [
        row | {"table": "orders", "row_id": 10},
        row | {"table": "orders", "row_id": 99},
        row | {"table": "messages", "row_id": 1},
        row | {"table": "parcels", "row_id": 1},
        row | {"table": "shops", "row_id": 1},
    ]
    assert told(duckdb, small(tmp_path, exclusions=exclusions)) == [
        ("unknown-excluded-table", "exclusions", "in 2 rows table is none whose rows can be excluded"),
        ("excludes-nothing", "exclusions", "in 1 rows row_id is not in orders"),
    ]


@pytest.mark.parametrize("table", sorted(IN_ORDER))
def test_pairs_are_columns_of_one_kind(table: str) -> None:
    kinds = [{CONTRACT[table].column(name).kind for name in pair} for pair in IN_ORDER[table]]
    assert all(kind in ({"time"}, {"date"}) for kind in kinds)
