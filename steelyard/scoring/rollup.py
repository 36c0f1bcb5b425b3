"""Roll-up: indicators into dimensions, dimensions into the raw score, with the weights actually used."""

import ibis
import ibis.expr.types as ir

from steelyard.fixed import half_up, millionths
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.points import weight_shares


def with_weights_used(points: ir.Table) -> ir.Table:
    """Indicator rows with `weight_used`, the share of the dimension in millionths; NULL for unscored subjects."""
    share = weight_shares(points, ["as_of", "subject_id", "dimension"])
    return points.mutate(weight_used=points.scored.ifelse(share, ibis.null("int64")))


def dimension_rows(points: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per day, subject and dimension: weighted mean of its indicators' rounded points."""
    points = points.filter(points.dimension.notnull())
    weighed = points.points.notnull().ifelse(points.weight, 0)
    sums = points.group_by("as_of", "subject_id", "peer_group", "scored", "dimension").agg(
        gained=(weighed * points.points.fill_null(0)).sum().cast("int64"), weighed=weighed.sum().cast("int64")
    )
    weights = {d.id: 1 if d.weight == "equal" else d.weight for d in scorecard.dimensions}
    rows = sums.mutate(
        points=half_up(sums.gained, sums.weighed),
        weight=ibis.cases(*((sums.dimension == name, weight) for name, weight in weights.items())).cast("int64"),
    )
    return rows.drop("gained", "weighed")


def with_dimension_weights(rows: ir.Table) -> ir.Table:
    """Dimension rows with `weight_used`, the share of the total in millionths; NULL for unscored subjects."""
    share = weight_shares(rows, ["as_of", "subject_id"])
    return rows.mutate(weight_used=rows.scored.ifelse(share, ibis.null("int64")))


def total_rows(dimensions: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per day and subject: `raw`, weighted mean (or plain sum) of the rounded dimension points, and the least.

    A sum that deductions bring under the scale's minimum is that minimum.
    """
    used = dimensions.points.notnull().ifelse(dimensions.weight, 0)
    gained = dimensions.points.fill_null(0)
    by_subject = dimensions.group_by("as_of", "subject_id", "peer_group", "scored")
    if scorecard.total == "sum":
        rows = by_subject.agg(raw=gained.sum().cast("int64"), lowest_dimension=dimensions.points.min())
        rows = rows.mutate(raw=ibis.greatest(rows.raw, millionths(scorecard.scale.min)))
    else:
        sums = by_subject.agg(
            gained=(used * gained).sum().cast("int64"),
            used=used.sum().cast("int64"),
            lowest_dimension=dimensions.points.min(),
        )
        rows = sums.mutate(raw=half_up(sums.gained, sums.used)).drop("gained", "used")
    return rows.mutate(raw=rows.scored.ifelse(rows.raw, ibis.null("int64")))
