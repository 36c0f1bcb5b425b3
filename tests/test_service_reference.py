"""Every service metric equals a naive reading of the definition sheet, count by count."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import write_events

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.facts import Judged
from steelyard.measures import TOTALS
from steelyard.service.report import Asked, Row, report, rows_of, tables_read
from steelyard.service.settings import settings_of
from steelyard.windows import Period
from tests.reference.hostile_service import marketplace
from tests.reference.naive_service import Tables, counts

FROM, TO = date(2022, 9, 1), date(2022, 9, 4)


def reported(engine: Engine, folder: Path, tables: Tables, by: Judged) -> list[Row]:
    shown = settings_of()
    events = open_events(engine, write_events(folder, tables), tables_read(shown))
    return report(Asked(events, shown, by, Period(FROM, TO)))


def differences(rows: list[Row], tables: Tables, by: str) -> list[object]:
    expected = {key: pair for key, pair in counts(tables, by, FROM, TO).items() if pair != (0, 0)}
    found = {}
    for row in rows:
        total = row["unit"] in TOTALS
        numerator = int(row["numerator"] * 1_000_000) if row["unit"] == "money" else row["numerator"]
        pair = (numerator, 0 if total else row["denominator"])
        if pair != (0, 0):
            found[row["metric"], row["subject_id"]] = pair
    return [
        (key, expected.get(key), found.get(key))
        for key in expected.keys() | found
        if expected.get(key) != found.get(key)
    ]


@pytest.mark.parametrize("by", ["shop", "agent", "day"])
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_equals_the_naive_reading(duckdb: Engine, by: Judged, seed: int) -> None:
    tables = marketplace(seed, text_ids=seed % 2 == 0)
    with TemporaryDirectory() as folder:
        assert differences(reported(duckdb, Path(folder), tables, by), tables, by) == []


@pytest.mark.parametrize("engine", [pytest.param("spark", marks=pytest.mark.spark)], indirect=True)
def test_spark_agrees(engine: Engine, tmp_path: Path) -> None:
    tables = marketplace(1, text_ids=True)
    assert differences(reported(engine, tmp_path, tables, "agent"), tables, "agent") == []


def test_values_are_rounded_half_up_to_a_millionth(duckdb: Engine, tmp_path: Path) -> None:
    for row in reported(duckdb, tmp_path, marketplace(3, text_ids=False), "shop"):
        if row["denominator"]:
            exact = Decimal(row["numerator"]) / row["denominator"]
            assert abs(row["value"] - exact) <= Decimal("0.0000005")
            assert row["value"] == row["value"].quantize(Decimal("0.000001"))
        else:
            assert (row["value"], row["status"]) == (None, "no_data")


@pytest.mark.parametrize("by", ["shop", "agent", "day"])
@pytest.mark.parametrize(
    "metric", ["answer_rate_30s", "effective_reply_rate", "first_answer_rate_30s", "conversion_rate.all_enquirers"]
)
def test_the_rows_behind_a_number_add_up_to_it(duckdb: Engine, tmp_path: Path, by: Judged, metric: str) -> None:
    shown = settings_of().only([metric])
    events = open_events(duckdb, write_events(tmp_path, marketplace(5, text_ids=True)), tables_read(shown))
    asked = Asked(events, shown, by, Period(FROM, TO))
    numbers = {row["subject_id"]: (row["numerator"], row["denominator"]) for row in report(asked)}
    subject = max(numbers, key=lambda each: numbers[each][1])
    states = [row["state"] for row in rows_of(asked, metric, subject).to_pylist()]
    counted = states.count("counted")
    assert (counted, counted + states.count("eligible")) == numbers[subject]
    assert numbers[subject][1] > 0
