"""Days, windows, durations and hours on every engine."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.engines import Engine
from steelyard.windows import Window, known_before, seconds_between, within_hours

DAY = date(2022, 9, 26)


def column(engine: Engine, folder: Path, columns: dict[str, list[Any]], make: Any) -> list[Any]:
    table = pa.table({name: pa.array(values, pa.timestamp("us")) for name, values in columns.items()})
    table = table.append_column("nth", pa.array(range(table.num_rows)))
    pq.write_table(table, folder / "times.parquet")
    rows = engine.read_parquet([folder / "times.parquet"])
    found = engine.arrow(rows.select("nth", value=make(rows))).to_pylist()
    return [row["value"] for row in sorted(found, key=lambda row: row["nth"])]


def test_window_is_half_open_in_days() -> None:
    assert Window(90).on(DAY) == (datetime(2022, 6, 28), datetime(2022, 9, 26))
    assert Window(90, skip=14).on(DAY) == (datetime(2022, 6, 14), datetime(2022, 9, 12))


def test_a_time_on_the_day_has_not_happened(engine: Engine, tmp_path: Path) -> None:
    before, at = datetime(2022, 9, 25, 23, 59, 59, 999_999), datetime(2022, 9, 26)
    found = column(engine, tmp_path, {"t": [before, at, None]}, lambda r: known_before(DAY, r.t))
    assert found == [before, None, None]


def test_seconds_cut_both_ends_before_subtracting(engine: Engine, tmp_path: Path) -> None:
    second = datetime(2022, 9, 1, 8, 0, 0)
    pairs = [
        (second.replace(microsecond=999_999), second.replace(second=1), 1),
        (second, second.replace(microsecond=999_999), 0),
        (datetime(2022, 1, 1), datetime(2022, 4, 1), 90 * 86_400),
        (second, datetime(2099, 1, 1), 2_408_054_400),
    ]
    columns = {"a": [a for a, _, _ in pairs], "b": [b for _, b, _ in pairs]}
    assert column(engine, tmp_path, columns, lambda r: seconds_between(r.a, r.b)) == [
        int((b - a.replace(microsecond=0)).total_seconds()) if number > 1 else expected
        for number, (a, b, expected) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("07:59:59.999999", False), ("08:00:00", True), ("22:59:59.999999", True), ("23:00:00", False),
        ("00:00:00", False),
    ],
)  # fmt: skip
def test_hours_are_half_open(duckdb: Engine, tmp_path: Path, at: str, inside: bool) -> None:
    moment = datetime.combine(DAY, time.fromisoformat(at))
    assert column(duckdb, tmp_path, {"t": [moment]}, lambda r: within_hours(r.t, time(8), time(23))) == [inside]


@pytest.mark.parametrize(("at", "inside"), [("07:59:59.999999", False), ("08:00:00", True), ("23:59:59.999999", True)])
def test_hours_that_close_at_midnight_last_the_day_out(duckdb: Engine, tmp_path: Path, at: str, inside: bool) -> None:
    moment = datetime.combine(DAY, time.fromisoformat(at))
    assert column(duckdb, tmp_path, {"t": [moment]}, lambda r: within_hours(r.t, time(8), time(0))) == [inside]
