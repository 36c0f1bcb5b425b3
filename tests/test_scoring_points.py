"""Each curve on every engine, with points a pencil can check: before, at and after every bound."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.engines import Engine
from steelyard.errors import RulesError
from steelyard.scorecards.model import Indicator
from steelyard.scoring.points import curve_points

TEXT = {"zh": "文", "en": "text"}


def indicator(points: dict[str, Any], better: str = "higher", **more: Any) -> Indicator:
    return Indicator.model_validate(
        {
            "id": "it", "title": TEXT, "measure": "m", "better": better, "weight": "equal", "points": points,
            "when_missing": "leave_out", "unit": "rate", "advice": TEXT, **more,
        }
    )  # fmt: skip


def points_of(engine: Engine, folder: Path, one: Indicator, rows: list[dict[str, Any]]) -> list[Decimal]:
    table = pa.Table.from_pylist([{"nth": nth, **row} for nth, row in enumerate(rows)])
    pq.write_table(table, folder / "rows.parquet")
    values = engine.read_parquet([folder / "rows.parquet"])
    found = engine.arrow(values.select("nth", points=curve_points(values, one))).to_pylist()
    return [Decimal(row["points"]) / 1_000_000 for row in sorted(found, key=lambda row: row["nth"])]


def values(*shares: str) -> list[dict[str, Any]]:
    return [{"value": int(Decimal(share) * 1_000_000)} for share in shares]


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_peer_share_is_least_plus_range_times_share(engine: Engine, tmp_path: Path) -> None:
    one = indicator({"curve": "peer_share", "min": "3", "max": "5"})
    rows = [{"not_better": k, "peers": n} for k, n in ((1, 1), (1, 3), (2, 3), (3, 3), (1, 7), (1, 2_000_000))]
    expected = decimals("5", "3.666667", "4.333333", "5", "3.285714", "3.000001")
    assert points_of(engine, tmp_path, one, rows) == expected


STEPS = {
    "curve": "steps",
    "steps": [{"bound": "0.9", "points": "5"}, {"bound": "0.8", "points": "4"}],
    "otherwise": "1",
}


def test_steps_up_reach_a_bound_at_equality(engine: Engine, tmp_path: Path) -> None:
    found = points_of(engine, tmp_path, indicator(STEPS), values("0.799999", "0.8", "0.899999", "0.9", "1"))
    assert found == decimals("1", "4", "4", "5", "5")


def test_steps_down_reach_a_bound_at_equality(engine: Engine, tmp_path: Path) -> None:
    steps = STEPS | {"steps": [{"bound": "0.1", "points": "5"}, {"bound": "0.2", "points": "4"}]}
    found = points_of(engine, tmp_path, indicator(steps, "lower"), values("0", "0.1", "0.100001", "0.2", "0.200001"))
    assert found == decimals("5", "5", "4", "4", "1")


def test_linear_runs_between_its_bounds_and_is_flat_outside(engine: Engine, tmp_path: Path) -> None:
    curve = {
        "curve": "linear",
        "worst": {"bound": "0.5", "points": "0"},
        "best": {"bound": "0.8", "points": "10"},
    }
    found = points_of(engine, tmp_path, indicator(curve), values("0.4", "0.5", "0.6", "0.65", "0.8", "0.9"))
    assert found == decimals("0", "0", "3.333333", "5", "10", "10")


def test_linear_falls_where_lower_is_better(engine: Engine, tmp_path: Path) -> None:
    curve = {
        "curve": "linear",
        "worst": {"bound": "600", "points": "1"},
        "best": {"bound": "60", "points": "10"},
    }
    found = points_of(engine, tmp_path, indicator(curve, "lower"), values("0", "60", "330", "600", "601"))
    assert found == decimals("10", "10", "5.5", "1", "1")


def test_linear_beyond_fixed_point_is_refused(duckdb: Engine, tmp_path: Path) -> None:
    curve = {
        "curve": "linear",
        "worst": {"bound": "0", "points": "0"},
        "best": {"bound": "9000000", "points": "100"},
    }
    with pytest.raises(RulesError, match="linear-too-wide"):
        points_of(duckdb, tmp_path, indicator(curve), values("1"))


DEDUCTION = {
    "curve": "deduction",
    "target": "0.9",
    "full": "50",
    "per_unit": "2",
    "unit": "0.01",
    "floor": "0",
}


def test_deduction_is_pro_rata_and_stops_at_the_floor(engine: Engine, tmp_path: Path) -> None:
    found = points_of(
        engine, tmp_path, indicator(DEDUCTION), values("1", "0.9", "0.895", "0.88", "0.65", "0.649999", "0")
    )
    assert found == decimals("50", "50", "49", "46", "0", "0", "0")


def test_deduction_above_a_target_where_lower_is_better(engine: Engine, tmp_path: Path) -> None:
    curve = DEDUCTION | {"target": "0.05", "full": "10", "floor": "4"}
    found = points_of(engine, tmp_path, indicator(curve, "lower"), values("0", "0.05", "0.06", "0.08", "0.2"))
    assert found == decimals("10", "10", "8", "4", "4")


def test_few_rows_are_deducted_by_the_row(engine: Engine, tmp_path: Path) -> None:
    one = indicator(DEDUCTION, low_volume={"policy": "count", "below": 51, "per_row": "1"})
    rows = [
        {"value": 940_000, "numerator": 47, "denominator": 50, "policy": "count"},
        {"value": 0, "numerator": 0, "denominator": 50, "policy": "count"},
        {"value": 882_353, "numerator": 45, "denominator": 51, "policy": None},
    ]
    assert points_of(engine, tmp_path, one, rows) == decimals("47", "0", "46.4706")
