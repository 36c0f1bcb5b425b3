"""The arithmetic of a score as equations that a reader can redo: `(4.6 × 1 + 4.2 × 1) ÷ (1 + 1) = 4.400000`.

Every equation holds exactly once its left side is rounded half up to the decimals of its right side.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from steelyard.insight.breakdown import half_up
from steelyard.insight.diagnosis import Diagnosed, Diagnosis
from steelyard.scorecards.curves import CountInstead, Deduction, Linear, PeerShare
from steelyard.scorecards.model import Indicator, Observed
from steelyard.scorecards.unset import settled
from steelyard.scoring.explain import DimensionPart
from steelyard.scoring.wording import numerator_of, plain_number

MOST_PRODUCTS = 30
"""A mean over more products than these is not written out."""


def value_equation(diagnosed: Diagnosed) -> str | None:
    """Numerator ÷ denominator, or the mean of the products' shares; None without a value, or with too many products."""
    row = diagnosed.row
    if row["value"] is None:
        return None
    if row["denominator"] is not None:
        return f"{numerator_of(row, diagnosed.part.unit)} ÷ {row['denominator']} = {row['value']}"
    products = next((found for found in diagnosed.breakdowns if found.aspect == "product"), None)
    if products is None or len(products.slices) > MOST_PRODUCTS or any(each.exact is None for each in products.slices):
        return None
    shares = [_share(each.exact) for each in products.slices if each.exact is not None]
    return f"({' + '.join(shares)}) ÷ {len(shares)} = {row['value']}"


def _share(exact: Fraction) -> str:
    """A product's share as it enters the mean: to 10⁻¹²."""
    return plain_number(half_up(exact, 12))


def points_equation(diagnosed: Diagnosed) -> str | None:
    """How the value became points; None where a table, a stand-in or another value decides, not arithmetic."""
    part, row = diagnosed.part, diagnosed.row
    if isinstance(part, Observed) or row["points"] is None or row["status"] != "ok":
        return None
    curve = part.points
    if isinstance(curve, PeerShare):
        low, high = plain_number(curve.min), plain_number(curve.max)
        return f"{low} + ({high} − {low}) × {row['not_better']} ÷ {row['peers']} = {row['points']}"
    if isinstance(curve, Linear):
        return _linear(curve, row)
    if isinstance(curve, Deduction):
        few = part.low_volume
        counts_others = row["policy"] == "count" and isinstance(few, CountInstead) and few.counts is not None
        return None if counts_others else _deduction(curve, part, row)
    return None


def _linear(curve: Linear, row: Mapping[str, Any]) -> str | None:
    worst, best = settled(curve.worst.bound), settled(curve.best.bound)
    if not min(worst, best) < row["value"] < max(worst, best):
        return None
    low, high = (plain_number(settled(end.points)) for end in (curve.worst, curve.best))
    at_worst, at_best = plain_number(worst), plain_number(best)
    inside = f"({row['value']} − {at_worst}) ÷ ({at_best} − {at_worst})"
    return f"{low} + ({high} − {low}) × {inside} = {row['points']}"


def _deduction(curve: Deduction, part: Indicator, row: Mapping[str, Any]) -> str:
    full, floor = plain_number(curve.full), plain_number(curve.floor)
    if row["policy"] == "count" and isinstance(part.low_volume, CountInstead):
        missed = row["numerator"] if part.better == "lower" else row["denominator"] - row["numerator"]
        lost = f"{plain_number(part.low_volume.per_row)} × {missed}"
    else:
        target = plain_number(settled(curve.target))
        apart = f"{row['value']} − {target}" if part.better == "lower" else f"{target} − {row['value']}"
        lost = f"{plain_number(settled(curve.per_unit))} × max({apart}, 0) ÷ {plain_number(curve.unit)}"
    return f"max({full} − {lost}, {floor}) = {row['points']}"


def dimension_equation(part: DimensionPart, adjustments: Sequence[Mapping[str, Any]]) -> str | None:
    """The weighted mean of an indicators' points, before adjustments; None without points."""
    weighed = [
        (leaf.row["points"], _weight(leaf.indicator.weight))
        for leaf in part.indicators
        if leaf.row["points"] is not None
    ]
    if part.row["points"] is None or not weighed:
        return None
    lowered = [row for row in adjustments if row["rule"].endswith(f".{part.dimension.id}")]
    return _mean(weighed, lowered[0]["before"] if lowered else part.row["points"])


def total_equation(diagnosis: Diagnosis) -> str | None:
    """The raw score from the dimensions' points; None without a score."""
    card, row = diagnosis.scorecard, diagnosis.explanation.row
    parts = [part for part in diagnosis.explanation.dimensions if part.row["points"] is not None]
    if row["raw_score"] is None or not parts:
        return None
    if card.total == "sum":
        least = plain_number(card.scale.min)
        return f"max({' + '.join(str(part.row['points']) for part in parts)}, {least}) = {row['raw_score']}"
    return _mean([(part.row["points"], _weight(part.dimension.weight)) for part in parts], row["raw_score"])


def _mean(weighed: Sequence[tuple[Decimal, int]], result: Decimal) -> str:
    terms = " + ".join(f"{points} × {weight}" for points, weight in weighed)
    return f"({terms}) ÷ ({' + '.join(str(weight) for _, weight in weighed)}) = {result}"


def _weight(weight: object) -> int:
    return weight if isinstance(weight, int) else 1
