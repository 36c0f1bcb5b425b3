"""Values: from integers to a value with a status, per subject and indicator; and who is scored at all."""

from collections.abc import Mapping
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from steelyard.fixed import MILLION, half_up
from steelyard.scorecards.model import Dimension, FixedPoints, Indicator, Scorecard


def value_rows(
    tallies: ir.Table, scorecard: Scorecard, evident: Mapping[str, bool], averaged: frozenset[str]
) -> ir.Table:
    """One row per subject and indicator: numerator, denominator, `value` in millionths, status, weight.

    `tallies` has one row per subject with `peer_group`, `volume` and the counts of every indicator; `evident` says
    whether the events folder has evidence for an indicator at all; `averaged` names those averaged over products.
    """
    rows = [
        _indicator_rows(tallies, dimension, indicator, evident[indicator.id], indicator.id in averaged)
        for dimension in scorecard.dimensions
        for indicator in dimension.indicators
    ]
    return ibis.union(rows[0], *rows[1:]) if len(rows) > 1 else rows[0]


def _indicator_rows(
    tallies: ir.Table, dimension: Dimension, indicator: Indicator, evident: bool, averaged: bool
) -> ir.Table:  # fmt: skip
    nothing = ibis.null("int64")
    numerator = tallies[f"{indicator.id}__numerator"].fill_null(0) if evident else nothing
    denominator = tallies[f"{indicator.id}__denominator"].fill_null(0) if evident else nothing
    value = (
        half_up(numerator, denominator * MILLION) if averaged else half_up(numerator, denominator, MILLION)
    )
    return tallies.select(
        "subject_id",
        "peer_group",
        "volume",
        dimension=ibis.literal(dimension.id),
        indicator=ibis.literal(indicator.id),
        numerator=nothing if averaged else numerator,
        denominator=nothing if averaged else denominator,
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
