"""Values: from integers to a value with a status, per subject and indicator; and who is scored at all."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.fixed import MILLION, half_up
from steelyard.scorecards.model import Dimension, FixedPoints, Indicator, Scorecard

How = Literal["ratio", "averaged", "no_evidence"]
"""How an indicator's value comes about: numerator ÷ denominator, the mean over products, or not at all."""


def value_rows(tallies: ir.Table, scorecard: Scorecard, hows: Mapping[str, How]) -> ir.Table:
    """One row per subject and indicator: numerator, denominator, `value` in millionths, status, weight.

    `tallies` has one row per subject with `peer_group`, `volume` and the counts of every indicator; `hows` says of
    each indicator how its value comes about. Without evidence in the folder there is no data for anybody.
    """
    rows = [
        _indicator_rows(tallies, dimension, indicator, hows[indicator.id])
        for dimension in scorecard.dimensions
        for indicator in dimension.indicators
    ]
    return ibis.union(rows[0], *rows[1:]) if len(rows) > 1 else rows[0]


def _indicator_rows(tallies: ir.Table, dimension: Dimension, indicator: Indicator, how: How) -> ir.Table:
    nothing = ibis.null("int64")
    numerator = nothing if how == "no_evidence" else tallies[f"{indicator.id}__numerator"].fill_null(0)
    denominator = nothing if how == "no_evidence" else tallies[f"{indicator.id}__denominator"].fill_null(0)
    # An averaged numerator is a sum of shares in 10⁻¹²: their mean has a million times too many parts.
    value = half_up(numerator, denominator * MILLION) if how == "averaged" else half_up(numerator, denominator, MILLION)
    return tallies.select(
        "subject_id",
        "peer_group",
        "volume",
        dimension=ibis.literal(dimension.id),
        indicator=ibis.literal(indicator.id),
        numerator=nothing if how == "averaged" else numerator,
        denominator=nothing if how == "averaged" else denominator,
        value=value.cast("int64"),
        status=_status(denominator, indicator),
        weight=ibis.literal(1 if indicator.weight == "equal" else indicator.weight, "int64"),
    )


def _status(denominator: ir.IntegerValue, indicator: Indicator) -> ir.StringValue:
    branches = [(denominator.fill_null(0) == 0, "no_data")]
    if indicator.minimum is not None:
        branches.append((denominator < indicator.minimum, "below_minimum"))
    return ibis.cases(*branches, else_="ok")


def with_scored(values: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`values` with `scored`: enough volume, some indicator with points, and none missing that must be there."""
    given = reduce(or_, [values.status == "ok", *(_replaced(values, i) for i in scorecard.indicators)])
    per_subject = ibis.window(group_by=values.subject_id)
    enough = values.volume >= scorecard.volume.minimum
    scored = enough & (given.ifelse(1, 0).max().over(per_subject) == 1)
    for indicator in scorecard.indicators:
        if indicator.when_missing == "insufficient":
            missing = (values.indicator == indicator.id) & (values.status != "ok")
            scored &= missing.ifelse(1, 0).max().over(per_subject) == 0
    for dimension in scorecard.dimensions:
        if dimension.when_missing == "insufficient":
            there = (values.dimension == dimension.id) & given
            scored &= there.ifelse(1, 0).max().over(per_subject) == 1
    return values.mutate(scored=scored)


def _replaced(values: ir.Table, indicator: Indicator) -> ir.BooleanValue:
    if indicator.when_missing == "zero" or isinstance(indicator.when_missing, FixedPoints):
        return values.indicator == indicator.id
    return ibis.literal(False)
