"""Adjustments: dimensions lose points by degrees of one measured value, before they are weighed."""

import ibis
import ibis.expr.types as ir

from steelyard.fixed import millionths
from steelyard.scorecards.consequences import Adjustment, Degree
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.unset import settled


def adjusted(dimensions: ir.Table, points: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`dimensions` after all adjustments, in order: new `points`, and `ID__before`, `ID__degree` for each.

    A degree applies where the value, of status ok, is as bad as its bound or worse. Points never fall below the
    scale's minimum; dimensions without points stay without.
    """
    for adjustment in scorecard.adjustments:
        dimensions = _lowered(dimensions, points, adjustment, scorecard)
    return dimensions


def _lowered(dimensions: ir.Table, points: ir.Table, adjustment: Adjustment, scorecard: Scorecard) -> ir.Table:
    judged = points.filter(points.indicator == adjustment.indicator, points.status == "ok")
    judged = judged.select(judged_on="as_of", judged_id="subject_id", judged_value="value")
    same = [dimensions.as_of == judged.judged_on, dimensions.subject_id == judged.judged_id]
    rows = dimensions.left_join(judged, same).drop("judged_on", "judged_id")
    better = next(part.better for part in scorecard.measured if part.id == adjustment.indicator)
    reached = [(_reaches(rows.judged_value, degree, better), degree) for degree in adjustment.degrees]
    concerned = rows.dimension.isin(adjustment.dimensions) & rows.points.notnull() & rows.scored
    degree = ibis.cases(*((condition, degree.id) for condition, degree in reached), else_=ibis.null("string"))
    lowest = millionths(scorecard.scale.min)
    lowered = ibis.cases(
        *((condition, _less(rows.points, degree, lowest)) for condition, degree in reached), else_=rows.points
    )
    return rows.mutate(
        **{
            f"{adjustment.id}__before": rows.points,
            f"{adjustment.id}__degree": concerned.ifelse(degree, ibis.null("string")),
        },
        points=concerned.ifelse(lowered, rows.points).cast("int64"),
    ).drop("judged_value")


def _reaches(value: ir.IntegerValue, degree: Degree, better: str) -> ir.BooleanValue:
    bound = millionths(settled(degree.reaches))
    return (value >= bound) if better == "lower" else (value <= bound)


def _less(points: ir.IntegerValue, degree: Degree, lowest: int) -> ir.IntegerValue:
    if degree.cap is not None:
        return ibis.greatest(ibis.least(points, millionths(settled(degree.cap))), lowest)
    lost = 0 if degree.points is None else millionths(settled(degree.points))
    return ibis.greatest(points - lost, lowest)
