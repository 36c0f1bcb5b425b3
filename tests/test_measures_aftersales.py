"""The clock of service hours, and what orders and cases are counted for."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marketplace import PAID, Row
from measured import measured
from pydantic import ValidationError

from steelyard.engines import Engine
from steelyard.measures.aftersales import InServiceHours
from steelyard.windows import MonthWindow, Window, service_seconds

NINE, NINE_PM = time(9), time(21)
DAY = date(2023, 2, 1)


def served(engine: Engine, folder: Path, pairs: list[tuple[Any, Any]], opens: time, closes: time) -> list[int | None]:
    stamps = pa.timestamp("us")
    columns = {"a": pa.array([a for a, _ in pairs], stamps), "b": pa.array([b for _, b in pairs], stamps)}
    pq.write_table(pa.table({"nth": range(len(pairs))} | columns), folder / "times.parquet")
    rows = engine.read_parquet([folder / "times.parquet"])
    found = engine.arrow(rows.select("nth", value=service_seconds(rows.a, rows.b, opens, closes))).to_pylist()
    return [row["value"] for row in sorted(found, key=lambda row: row["nth"])]


def naive(start: datetime, end: datetime, opens: time, closes: time) -> int:
    """Second by second, of times cut to the second."""
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    return sum(
        opens <= (start + timedelta(seconds=n)).time() < closes for n in range(int((end - start).total_seconds()))
    )


def test_seconds_outside_the_hours_do_not_pass(engine: Engine, tmp_path: Path) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"2023-01-{text}")

    pairs = [
        (at("10 20:50:00"), at("11 09:05:00"), 900), (at("10 22:00:00"), at("11 08:59:59"), 0),
        (at("10 09:00:00"), at("10 21:00:00"), 43_200), (at("10 08:00:00"), at("12 22:00:00"), 3 * 43_200),
        (at("10 10:00:00.999999"), at("10 10:00:01"), 1), (at("10 10:00:00"), at("10 10:00:00"), 0),
        (at("11 09:00:10"), at("10 20:59:50"), -20), (None, at("10 10:00:00"), None), (at("10 10:00:00"), None, None),
    ]  # fmt: skip
    found = served(engine, tmp_path, [(a, b) for a, b, _ in pairs], NINE, NINE_PM)
    assert found == [expected for _, _, expected in pairs]


INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 1))
MINUTES = st.integers(0, 1439)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(INSTANTS, st.integers(0, 40 * 3600)), min_size=1, max_size=4),
    st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1]),
)
def test_the_clock_is_that_of_counting_seconds(
    duckdb: Engine, tmp_path: Path, spans: list[tuple[datetime, int]], hours: tuple[int, int]
) -> None:
    opens, closes = (time(minute // 60, minute % 60) for minute in sorted(hours))
    pairs = [(start, start + timedelta(seconds=length)) for start, length in spans]
    assert served(duckdb, tmp_path, pairs, opens, closes) == [naive(a, b, opens, closes) for a, b in pairs]


def test_hours_that_close_before_they_open_are_refused() -> None:
    with pytest.raises(ValidationError, match="`closes` must lie after `opens`"):
        InServiceHours(within_seconds=1, opens=NINE_PM, closes=NINE)


ORDERS: list[Row] = [
    {"order_id": 10, "shop_id": 1, "paid_at": PAID, "completed_at": PAID + timedelta(days=3), "quantity": 2},
    {"order_id": 11, "shop_id": 1, "paid_at": PAID, "completed_at": PAID + timedelta(days=3), "quantity": 0},
    {"order_id": 12, "shop_id": 1, "paid_at": PAID},
]


def case(number: int, **cells: Any) -> Row:
    return {"case_id": number, "order_id": 10, "shop_id": 1, "kind": "repair", "applied_at": PAID} | cells


def test_cases_are_summed_over_orders_and_units(engine: Engine, tmp_path: Path) -> None:
    lost = {"platform_intervened_at": PAID, "liability": "merchant"}
    cases = [
        case(1, **lost),
        case(2, **lost),
        case(3, order_id=11),
        case(4, order_id=12, **lost),
        case(5, kind="resend"),
    ]
    tables = {"orders": ORDERS, "after_sales": cases}
    day = date(2022, 10, 1)
    disputes = {"measure": "disputes_per_order", "params": {"liable": ["merchant", "both"]}}
    assert measured(engine, tmp_path / "a", disputes, Window(90), day, **tables)[1] == (3, 3)
    returns = {"measure": "returns_per_unit", "params": {"kinds": ["return_refund", "exchange", "repair"]}}
    # A quantity of 0 is one unit: 2 + 1 units, and the order that is not completed is not asked.
    assert measured(engine, tmp_path / "b", returns, Window(90), day, **tables)[1] == (3, 3)


def test_times_of_the_day_of_the_score_are_not_known(engine: Engine, tmp_path: Path) -> None:
    now = datetime(2023, 2, 1)
    cases = [
        case(1, applied_at=now - timedelta(hours=3), reviewed_at=now - timedelta(hours=2), awaiting_customer_at=now)
    ]
    tables = {"after_sales": cases}
    found = measured(engine, tmp_path, {"measure": "awaiting_customer_rate"}, MonthWindow(), DAY, **tables)
    assert found[1] == (0, 1)
