"""Points: the curves that turn a value, or a standing among peers, into points; all in millionths."""

from decimal import ROUND_CEILING, Decimal

import ibis
import ibis.expr.types as ir

from steelyard.errors import Problem, RulesError
from steelyard.fixed import MILLION, half_up, millionths
from steelyard.scorecards.curves import CountInstead, Deduction, FewFixed, Linear, PeerShare, Steps
from steelyard.scorecards.model import Indicator, Scorecard
from steelyard.scorecards.unset import settled


def pointed(rows: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`rows` with `points`: NULL where left out and for subjects that get no score."""
    branches = [(rows.indicator == i.id, _indicator_points(rows, i)) for i in scorecard.indicators]
    points = ibis.cases(*branches, else_=ibis.null("int64"))
    return rows.mutate(points=rows.scored.ifelse(points, ibis.null("int64")))


def _indicator_points(rows: ir.Table, indicator: Indicator) -> ir.IntegerValue:
    missing, few = indicator.when_missing, indicator.low_volume
    instead = {"zero": 0}.get(missing) if isinstance(missing, str) else millionths(missing.points)
    branches = [(rows.status == "ok", curve_points(rows, indicator))]
    if isinstance(few, FewFixed):
        branches.append((rows.status == "below_minimum", ibis.literal(millionths(settled(few.points)), "int64")))
    return ibis.cases(*branches, else_=ibis.null("int64") if instead is None else ibis.literal(instead, "int64"))


def curve_points(rows: ir.Table, indicator: Indicator) -> ir.IntegerValue:
    """Points by the indicator's curve from `value`, `peers`, `not_better`, `numerator` and `denominator`."""
    curve = indicator.points
    if isinstance(curve, PeerShare):
        low, high = millionths(curve.min), millionths(curve.max)
        return half_up(rows.not_better * (high - low), rows.peers) + low
    if isinstance(curve, Steps):
        return _steps(rows.value, curve, indicator.better)
    if isinstance(curve, Linear):
        return _linear(rows.value, curve, indicator)
    return _deduction(rows, curve, indicator)


def _steps(value: ir.IntegerValue, curve: Steps, better: str) -> ir.IntegerValue:
    higher = better == "higher"
    best_first = sorted(curve.steps, key=lambda step: settled(step.bound), reverse=higher)
    branches = [
        ((value >= bound) if higher else (value <= bound), points)
        for bound, points in ((millionths(settled(s.bound)), millionths(settled(s.points))) for s in best_first)
    ]
    return ibis.cases(*branches, else_=millionths(settled(curve.otherwise))).cast("int64")


def _linear(value: ir.IntegerValue, curve: Linear, indicator: Indicator) -> ir.IntegerValue:
    low, high = millionths(settled(curve.worst.points)), millionths(settled(curve.best.points))
    worst, best = millionths(settled(curve.worst.bound)), millionths(settled(curve.best.bound))
    width, span = abs(best - worst), high - low
    if 2 * width * span >= 2**63:
        place, fix = f"indicator {indicator.id}", "narrow the bounds or lower the points"
        raise RulesError(Problem("linear-too-wide", place, "its bounds and points exceed 64-bit fixed point", fix))
    gained = (value - worst) if indicator.better == "higher" else (worst - value)
    inside = ibis.least(ibis.greatest(gained, 0), width)
    return half_up(inside * span, width) + low


def _deduction(rows: ir.Table, curve: Deduction, indicator: Indicator) -> ir.IntegerValue:
    """`floor` plus what is left of the rest after the deduction, so that one half-up rounding stays exact."""
    rest, unit, per_unit = (
        millionths(curve.full - curve.floor),
        millionths(curve.unit),
        millionths(settled(curve.per_unit)),
    )
    target, higher = millionths(settled(curve.target)), indicator.better == "higher"
    most = int((Decimal(rest) * unit / per_unit).to_integral_value(ROUND_CEILING)) if per_unit else 0
    short = (-rows.value + target) if higher else (rows.value - target)
    short = ibis.least(ibis.greatest(short, 0), most)
    points = half_up(ibis.greatest(-(short * per_unit) + rest * unit, 0), unit)
    if isinstance(indicator.low_volume, CountInstead):
        missed = _missed(rows, indicator.low_volume, higher=higher)
        counted = ibis.greatest(-(missed * millionths(indicator.low_volume.per_row)) + rest, 0)
        points = (rows.policy == "count").fill_null(False).ifelse(counted, points)
    return points + millionths(curve.floor)


def _missed(rows: ir.Table, few: CountInstead, *, higher: bool) -> ir.IntegerValue:
    """How many rows cost points: those that missed, or those that an observed value of the subject counts."""
    if few.counts is None:
        return (rows.denominator - rows.numerator) if higher else rows.numerator
    named = (rows.indicator == few.counts).ifelse(rows.numerator, 0)
    return named.max().over(ibis.window(group_by=[rows.as_of, rows.subject_id])).cast("int64")


def weight_shares(rows: ir.Table, group: list[str]) -> ir.IntegerValue:
    """Each row's weight as a share of its group's weights that are used, in millionths; 0 where left out."""
    used = rows.points.notnull().ifelse(rows.weight, 0)
    total = used.sum().over(ibis.window(group_by=[rows[key] for key in group])).cast("int64")
    return half_up(used, total, MILLION).fill_null(0)
