"""Fixed point is exact on every engine: compared with fractions, near every edge."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.engines import Engine
from steelyard.fixed import MILLION, floor_division, half_up, millionths, shown

BIG = 9_000_000_000_000_000_000
RATIOS = [
    (0, 1), (1, 2), (1, 3), (2, 3), (1, 6), (5, 6), (29, 30), (1, 2_000_000), (1, 2_000_001), (3, 2_000_000),
    (999_999, 1_000_000), (7_776_000 * 10_000_000, 10_000_001), (78_000_000_000_000, 10_000_000),
    (2**53 + 1, 2**53 - 1),
    (123_456_789_012_345, 987_654_321), (0, 7), (9_000_000_000_000, 1),
]  # fmt: skip


def evaluated(engine: Engine, folder: Path, columns: dict[str, list[Any]], **made: Any) -> list[dict[str, Any]]:
    path = folder / "numbers.parquet"
    pq.write_table(pa.table({"at": list(range(len(next(iter(columns.values()))))), **columns}), path)
    rows = engine.read_parquet([path])
    result = rows.mutate(**{name: make(rows) for name, make in made.items()})
    return sorted(engine.arrow(result).to_pylist(), key=lambda row: row["at"])


def test_half_up_is_the_fraction_rounded_half_up(engine: Engine, tmp_path: Path) -> None:
    columns = {"n": [n for n, _ in RATIOS], "d": [d for _, d in RATIOS]}
    rows = evaluated(engine, tmp_path, columns, value=lambda t: half_up(t.n, t.d, MILLION))
    for row in rows:
        assert row["value"] == int(Fraction(row["n"], row["d"]) * MILLION + Fraction(1, 2)), row


def test_floor_division_is_exact_near_the_top_of_64_bits(engine: Engine, tmp_path: Path) -> None:
    pairs = [(BIG + k, 10_000 + k) for k in range(5)] + [(BIG, BIG), (BIG - 1, BIG), (BIG, 4_001)]
    columns = {"n": [n for n, _ in pairs], "d": [d for _, d in pairs]}
    rows = evaluated(engine, tmp_path, columns, value=lambda t: floor_division(t.n, t.d))
    assert [row["value"] for row in rows] == [n // d for n, d in pairs]


def test_no_denominator_gives_no_value(engine: Engine, tmp_path: Path) -> None:
    columns = {"n": [5, 0, None, 5], "d": [0, 0, 3, None]}
    rows = evaluated(engine, tmp_path, columns, value=lambda t: half_up(t.n, t.d, MILLION))
    assert [row["value"] for row in rows] == [None] * 4


@pytest.mark.parametrize("decimals", [0, 1, 2, 6])
def test_shown_rounds_half_up_to_exact_decimals(engine: Engine, tmp_path: Path, decimals: int) -> None:
    values = [0, 4_994_999, 4_995_000, 4_995_001, 3_005_000, 499_999, 500_000, 5_000_000, None]
    rows = evaluated(engine, tmp_path, {"v": values}, value=lambda t: shown(t.v, decimals))
    unit = Decimal(1).scaleb(-decimals)
    for row in rows:
        expected = None if row["v"] is None else (Decimal(row["v"]) / MILLION).quantize(unit, ROUND_HALF_UP)
        assert row["value"] == expected, row


def test_millionths_of_a_rule_are_exact_or_refused() -> None:
    assert millionths(Decimal("4.8")) == 4_800_000
    assert millionths(Decimal("0.000001")) == 1
    with pytest.raises(ValueError, match="more than six decimals"):
        millionths(Decimal("0.0000001"))


def test_an_expression_is_no_python_number() -> None:
    assert isinstance(half_up(ibis.literal(1, "int64"), 2), ibis.Value)
