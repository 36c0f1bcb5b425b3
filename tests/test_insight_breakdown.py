"""Where misses come from: slices of hand-made rows."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from steelyard.insight.breakdown import _SHIPPING, ASPECTS, breakdown, breakdowns, with_best_carrier
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.model import Observed
from steelyard.scorecards.rule import Text

TEXT = Text(zh="题", en="title")


def part(better: str = "higher", unit: str = "rate") -> Observed:
    return Observed(id="it", title=TEXT, measure="collection_timeliness", better=better, unit=unit, advice=TEXT)


def rows(*those: dict[str, Any]) -> pa.Table:
    columns = [*{column for columns in ASPECTS.values() for column in columns}, "part"]
    types = {column: pa.int64() if column in ("hour", "product_id") else pa.string() for column in columns}
    full = [dict.fromkeys(columns) | {"numerator": 0, "denominator": 1} | row for row in those]
    arrays = {column: pa.array([row[column] for row in full], kind) for column, kind in types.items()}
    counts = {name: pa.array([row[name] for row in full], pa.int64()) for name in ("numerator", "denominator")}
    return pa.table(arrays | counts)


def carried(carrier: str | None, numerator: int, denominator: int) -> dict[str, Any]:
    return {"carrier": carrier, "numerator": numerator, "denominator": denominator}


def test_the_worst_slice_has_most_more_of_the_misses_than_of_the_rows():
    found = breakdown(
        rows(carried("big", 80, 100), carried("small", 5, 10), carried("fine", 10, 10)), part(), "carrier"
    )
    assert found is not None
    assert [each.key for each in found.slices] == ["small", "big", "fine"]
    small = found.slices[0]  # 5 of 25 misses, 10 of 120 rows
    assert (small.value, small.share_of_misses, small.share_of_rows) == (
        Decimal("0.500000"),
        Decimal("0.200000"),
        Decimal("0.083333"),
    )
    assert [each.key for each in found.worst] == ["small"]  # big: 20 of 25 misses is less than its 100 of 120 rows


def test_shares_of_misses_and_rows_are_whole():
    found = breakdown(rows(carried("a", 1, 4), carried("b", 3, 4), carried(None, 0, 2)), part(), "carrier")
    assert found is not None
    assert sum(each.share_of_misses or 0 for each in found.slices) == 1
    assert sum(each.share_of_rows for each in found.slices) == 1


@pytest.mark.parametrize(
    ("better", "unit", "misses"),
    [
        ("higher", "rate", [6, 1]),
        ("lower", "rate", [4, 9]),
        ("higher", "stars", [46, 41]),
        ("lower", "seconds", [4, 9]),
    ],
)
def test_what_is_missed_follows_the_unit(better, unit, misses):
    found = breakdown(rows(carried("a", 4, 10), carried("b", 9, 10)), part(better, unit), "carrier")
    assert found is not None
    assert [each.misses for each in sorted(found.slices, key=lambda each: each.key)] == misses


def test_rows_left_out_are_in_no_slice():
    assert breakdown(rows(carried("a", 1, 1), carried("b", 0, 0)), part(), "carrier") is None


def test_a_route_needs_both_ends():
    way = {"origin_province": "浙江", "destination_province": "广东"}
    found = breakdown(
        rows(way, way | {"destination_province": "北京"}, way | {"origin_province": None}), part(), "route"
    )
    assert found is not None
    assert {each.key for each in found.slices} == {"浙江 → 广东", "浙江 → 北京", None}


def test_only_aspects_that_tell_rows_apart_are_given():
    found = breakdowns(rows({"carrier": "a", "hour": 9}, {"carrier": "a", "hour": 10}), part())
    assert [each.aspect for each in found] == ["hour"]


def test_routes_and_carriers_are_looked_at_for_shipping_only():
    two = rows({"carrier": "a", "origin_province": "x", "destination_province": "y"}, {"carrier": "b"})
    complaints = part().model_copy(update={"measure": "complaint_rate"})
    help_with_shipping = complaints.model_copy(update={"params": {"modules": ["shipping"], "limit": 3}})
    rated = complaints.model_copy(update={"params": {"item": "logistics_stars"}})
    judged = (part(), complaints, help_with_shipping, rated)
    assert [[each.aspect for each in breakdowns(two, it)] for it in judged] == [
        ["region", "route", "carrier"], ["region"], ["region", "route", "carrier"], ["region", "route", "carrier"],
    ]  # fmt: skip


def test_measures_of_shipping_are_in_the_catalogue():
    assert set(_SHIPPING) <= set(CATALOGUE)


def test_an_averaged_value_is_the_mean_of_its_parts():
    both = [{"product_id": 1, "part": "image"}, {"product_id": 1, "part": "words"}, {"product_id": 2, "part": "image"}]
    found = breakdown(rows(both[0] | {"numerator": 1}, both[1] | {"denominator": 3}, both[2]), part(), "product")
    assert found is not None
    assert {each.key: each.exact for each in found.slices} == {"1": Fraction(1, 2), "2": Fraction(0)}


def test_moving_parcels_to_the_best_carrier_is_reckoned_in_whole_rows():
    found = breakdown(rows(carried("slow", 5, 11), carried("best", 9, 10), carried("rare", 1, 1)), part(), "carrier")
    assert found is not None
    asked: list[tuple[int, int]] = []

    def rescore(counted: tuple[int, int]) -> Decimal:
        asked.append(counted)
        return Decimal(counted[0])

    won = with_best_carrier(found, Decimal(15), rescore, part())
    # best does 9 of 10: 11 rows would do 9.9, so 10; rare, with a twenty-second of the rows, is no measure of anybody
    assert won.best == "best"
    assert asked == [(20, 22)]
    assert won.would_win == Decimal(5)
    assert {each.key: each.would_win for each in won.slices} == {"slow": Decimal(5), "best": None, "rare": None}


def test_nothing_is_asked_of_the_score_where_nothing_is_better():
    found = breakdown(rows(carried("a", 9, 10), carried("b", 9, 10)), part(), "carrier")
    assert found is not None
    assert with_best_carrier(found, Decimal(1), lambda _: pytest.fail("asked"), part()).would_win is None
