"""Numbers of a scorecard that must fit together: weights, curves, scales, bands, demotions."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from steelyard.errors import Problem
from steelyard.scorecards.consequences import Adjustment, Gate
from steelyard.scorecards.curves import (
    CountInstead,
    Curve,
    Deduction,
    FewFixed,
    FixedPoints,
    Linear,
    PeerShare,
    Steps,
    Weight,
)
from steelyard.scorecards.model import Dimension, Indicator, Scorecard
from steelyard.scorecards.problems import Code, problem
from steelyard.scorecards.rule import Open
from steelyard.scorecards.tree import Node

WHOLE = 10_000
"""Basis points of all weights that stand beside one another."""


def arithmetic_findings(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    """Every number that does not fit the others, at its line; numbers still to be given are taken to fit."""
    scale = scorecard.scale
    if scale.min >= scale.max:
        said = f"the scale runs from {scale.min} to {scale.max}"
        yield problem("min-above-max", tree.place_of("scale", "min"), said, "let `min` be below `max`")
    if scorecard.total == "weighted_mean":
        weights = [dimension.weight for dimension in scorecard.dimensions]
        yield from _weights("dimension-weights", "the dimensions", weights, tree.place_of("dimensions"))
    for dimension in scorecard.dimensions:
        yield from _dimension(scorecard, dimension, tree)
    for index, gate in enumerate(scorecard.gates):
        yield from _demotions(gate, tree, index)
    for index, adjustment in enumerate(scorecard.adjustments):
        yield from _degrees(scorecard, adjustment, tree.place_of("adjustments", index, "degrees"))
    yield from _bands(scorecard, tree)


def _weights(code: Code, whose: str, weights: Sequence[Weight], place: str) -> Iterator[Problem]:
    points = [weight for weight in weights if isinstance(weight, int)]
    if points and len(points) < len(weights):
        yield problem(code, place, f"{whose} have weights in basis points and `equal` ones", "use one kind")
    elif points and sum(points) != WHOLE:
        said = f"the weights of {whose} add up to {sum(points)}, not {WHOLE}"
        yield problem(code, place, said, f"{'add' if sum(points) < WHOLE else 'take away'} {abs(WHOLE - sum(points))}")


def _dimension(scorecard: Scorecard, dimension: Dimension, tree: Node) -> Iterator[Problem]:
    weights = [indicator.weight for indicator in dimension.indicators]
    place = tree.place_of("dimensions", dimension.id, "indicators")
    yield from _weights("indicator-weights", f"the indicators of {dimension.id}", weights, place)
    for indicator in dimension.indicators:
        path = ("dimensions", dimension.id, "indicators", indicator.id)
        yield from _points(scorecard, indicator, tree.place_of(*path, "points"))
        if isinstance(indicator.when_missing, FixedPoints):
            yield from _on_scale(scorecard, [indicator.when_missing.points], tree.place_of(*path, "when_missing"))
        yield from _low_volume(scorecard, indicator, tree.place_of(*path, "low_volume"))


def _low_volume(scorecard: Scorecard, indicator: Indicator, place: str) -> Iterator[Problem]:
    policy = indicator.low_volume
    if isinstance(policy, FewFixed):
        yield from _on_scale(scorecard, [policy.points], place)
    if isinstance(policy, CountInstead) and not isinstance(indicator.points, Deduction):
        said = f"{indicator.id} counts rows that missed, which only a deduction can"
        yield problem("policy-mismatch", place, said, "use `curve: deduction`, or another policy")


def _degrees(scorecard: Scorecard, adjustment: Adjustment, place: str) -> Iterator[Problem]:
    """Each degree lowers by `points` or caps, and a milder one comes after a worse one."""
    better = next((part.better for part in scorecard.measured if part.id == adjustment.indicator), "lower")
    sign = 1 if better == "higher" else -1
    for degree in adjustment.degrees:
        if (degree.points is None) == (degree.cap is None):
            said = f"{adjustment.id}.{degree.id} lowers by {degree.points} and caps at {degree.cap}"
            yield problem("degree-order", place, said, "give exactly one of points and cap")
    lost = _given([degree.points for degree in adjustment.degrees if degree.points is not None]) or []
    caps = _given([degree.cap for degree in adjustment.degrees if degree.cap is not None]) or []
    yield from _on_scale(scorecard, caps, place)
    if any(points < 0 for points in lost) or any(cap < scorecard.scale.min for cap in caps):
        yield problem(
            "degree-order", place, f"{adjustment.id}: a degree adds points or caps below the scale", "mend it"
        )
    falling = all(after <= before for before, after in pairwise(lost))
    rising = all(after >= before for before, after in pairwise(caps))
    if not (falling and rising):
        said = f"{adjustment.id}: a milder degree costs more than a worse one"
        yield problem("degree-order", place, said, "let points fall and caps rise from the worst to the mildest")
    bounds = _given([degree.reaches for degree in adjustment.degrees])
    if bounds is not None and any(after * sign <= before * sign for before, after in pairwise(bounds)):
        yield problem("degree-order", place, f"{adjustment.id}: a milder degree comes first", "list the worst first")


def _points(scorecard: Scorecard, indicator: Indicator, place: str) -> Iterator[Problem]:
    curve = indicator.points
    yield from _on_scale(scorecard, _points_of(curve), place)
    if isinstance(curve, PeerShare) and curve.min >= curve.max:
        said = f"{indicator.id} gives points from {curve.min} to {curve.max}"
        yield problem("min-above-max", place, said, "let `min` be below `max`")
    said = _curve_fault(curve, 1 if indicator.better == "higher" else -1)
    if said:
        yield problem("curve-order", place, f"{indicator.id}: {said}", "order the curve from the best value down")


def _given(numbers: Sequence[Open]) -> list[Decimal] | None:
    """The numbers, or None where one of them is still to be given."""
    given = [number for number in numbers if isinstance(number, Decimal)]
    return given if len(given) == len(numbers) else None


def _points_of(curve: Curve) -> list[Open]:
    if isinstance(curve, PeerShare):
        return [curve.min, curve.max]
    if isinstance(curve, Steps):
        return [*(step.points for step in curve.steps), curve.otherwise]
    if isinstance(curve, Linear):
        return [curve.worst.points, curve.best.points]
    return [curve.full, curve.floor]


def _on_scale(scorecard: Scorecard, points: Sequence[Open], place: str) -> Iterator[Problem]:
    """Parts of a sum may lie below the scale's minimum (a deduction does), never above its maximum."""
    scale = scorecard.scale
    for value in points:
        if not isinstance(value, Decimal):
            continue
        if value > scale.max or (scorecard.total == "weighted_mean" and value < scale.min):
            said = f"{value} points lie outside the scale from {scale.min} to {scale.max}"
            yield problem("points-outside-scale", place, said, "give points of the scale")


def _curve_fault(curve: Curve, sign: int) -> str:
    """What is out of order in a curve whose better direction is `sign`, empty when nothing is."""
    if isinstance(curve, Steps):
        return _steps_fault(curve, sign)
    if isinstance(curve, Linear):
        ends = _given([curve.best.bound, curve.worst.bound, curve.best.points, curve.worst.points])
        rising = ends is None or (ends[0] * sign > ends[1] * sign and ends[2] > ends[3])
        return "" if rising else "`best` is not better than `worst`, or earns no more"
    if isinstance(curve, Deduction) and (curve.full < curve.floor or _negative(curve.per_unit)):
        return "`floor` lies above `full`, or points are added"
    return ""


def _negative(number: Open) -> bool:
    return isinstance(number, Decimal) and number < 0


def _steps_fault(curve: Steps, sign: int) -> str:
    bounds = _given([step.bound for step in curve.steps])
    points = _given([*(step.points for step in curve.steps), curve.otherwise])
    if bounds is not None and any(after * sign >= before * sign for before, after in pairwise(bounds)):
        return "the bounds of the steps do not run from the best to the worst"
    falling = points is None or all(after < before for before, after in pairwise(points))
    return "" if falling else "a worse step gives no fewer points"


def _demotions(gate: Gate, tree: Node, index: int) -> Iterator[Problem]:
    for position, demotion in enumerate(gate.demotions):
        after = gate.demotions[position + 1] if position + 1 < len(gate.demotions) else None
        joins = after is None or (demotion.low == after.from_raw and after.from_raw < demotion.from_raw)
        if demotion.low < demotion.high == demotion.from_raw and joins:
            continue
        said = f"{gate.id}: raw scores from {demotion.from_raw} go into [{demotion.low}, {demotion.high})"
        fix = "let `high` be `from_raw` and `low` the next demotion's `from_raw`"
        yield problem("demotion-order", tree.place_of("gates", index, "demotions", position), said, fix)


def _bands(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    bounds = _given([band.at_least for band in scorecard.bands])
    if not bounds:
        return
    for index, (before, after) in enumerate(pairwise(bounds), start=1):
        if after >= before:
            said = f"band {scorecard.bands[index].id} begins at {after}, not below {before}"
            yield problem("band-order", tree.place_of("bands", index), said, "list bands from the highest down")
    if bounds[-1] != scorecard.scale.min:
        said = f"the lowest band begins at {bounds[-1]}, the scale at {scorecard.scale.min}"
        yield problem("band-order", tree.place_of("bands", len(bounds) - 1), said, "add a band for the rest")
    if scorecard.bands[-1].dimensions_at_least is not None:
        said = "the lowest band asks for points of every dimension"
        yield problem("band-order", tree.place_of("bands", len(bounds) - 1), said, "let it take everybody that is left")
    if bounds[0] > scorecard.scale.max:
        said = f"no score reaches the band from {bounds[0]}"
        yield problem("band-order", tree.place_of("bands", 0), said, "begin within the scale")
