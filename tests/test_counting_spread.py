"""Medians, 90th percentiles and buckets equal sorting the times, on any engine."""

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import ORDERS, write_events

from steelyard.counting import Question
from steelyard.counting.spread import spreads
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.exclusions import Acting
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scoring.run import past_of
from steelyard.windows import Window

DAY = datetime(2022, 9, 5)
BOUNDS = (10, 30, 60)


def folder_with(folder: Path, waits: list[tuple[int, int]]) -> Path:
    cases = [
        {
            "case_id": number, "order_id": ORDERS[0]["order_id"], "shop_id": shop, "kind": "refund_only",
            "outcome": "refunded", "applied_at": DAY, "completed_at": DAY + timedelta(seconds=wait),
        }
        for number, (shop, wait) in enumerate(waits)
    ]  # fmt: skip
    return write_events(folder, {"shops": [{"shop_id": 1}, {"shop_id": 2}], "orders": ORDERS, "after_sales": cases})


def spread_out(engine: Engine, waits: list[tuple[int, int]]) -> dict[int, dict[str, int]]:
    measure = CATALOGUE["refund_time"]
    question = Question("it", measure, measure.params(), Window(1), Acting("it"))
    with TemporaryDirectory() as folder:
        events = open_events(engine, folder_with(Path(folder), waits))
        past = past_of(events, (DAY + timedelta(days=1)).date())
        (table,) = spreads(past, "cases", [question], BOUNDS)
        rows = engine.arrow(table.drop("question")).to_pylist()
        return {row.pop("subject_id"): row for row in rows}


@settings(max_examples=8, deadline=None)
@given(waits=st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 90)), max_size=40))
def test_equals_sorting(duckdb: Engine, waits: list[tuple[int, int]]) -> None:
    times = defaultdict(list)
    for shop, wait in waits:
        times[shop].append(wait)
    expected = {}
    for shop, found in times.items():
        found.sort()
        count = len(found)
        expected[shop] = {"median": found[-(-count // 2) - 1], "p90": found[-(-9 * count // 10) - 1]} | {
            "upto_10": sum(wait <= 10 for wait in found),
            "upto_30": sum(10 < wait <= 30 for wait in found),
            "upto_60": sum(30 < wait <= 60 for wait in found),
            "over": sum(wait > 60 for wait in found),
        }
    assert spread_out(duckdb, waits) == expected


def test_a_measure_without_times_has_no_spread(duckdb: Engine, tmp_path: Path) -> None:
    measure = CATALOGUE["paid_orders"]
    question = Question("it", measure, measure.params(), Window(1), Acting("it"))
    events = open_events(duckdb, folder_with(tmp_path, []))
    assert list(spreads(past_of(events, DAY.date()), measure.fact, [question], BOUNDS)) == []
