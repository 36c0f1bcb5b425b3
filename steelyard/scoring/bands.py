"""Bands: a name for a range of scores, and a rank among peers."""

import ibis
import ibis.expr.types as ir

from steelyard.fixed import half_up, millionths
from steelyard.scorecards.consequences import Band
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.unset import settled
from steelyard.scoring.peers import difference


def banded(totals: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`totals` with `band` (the highest reached, by score and dimensions), `peers` and `peer_rank` (1 = best)."""
    highest_first = sorted(scorecard.bands, key=lambda band: settled(band.at_least), reverse=True)
    branches = [(_reached(totals, band), band.id) for band in highest_first]
    band = ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")
    best_first = ibis.window(group_by=[totals.as_of, totals.peer_group, totals.scored], order_by=totals.score.desc())
    group = ibis.window(group_by=[totals.as_of, totals.peer_group])
    totals = totals.mutate(
        band=band,
        peers=totals.scored.ifelse(1, 0).sum().over(group).cast("int64"),
        peer_rank=totals.scored.ifelse(ibis.rank().over(best_first).cast("int64") + 1, ibis.null("int64")),
    )
    if not scorecard.peers.difference:
        return totals.mutate(peer_difference=ibis.null("int64"))
    score = totals.scored.ifelse(totals.score, ibis.null("int64"))
    mean = half_up(score.sum().over(group).cast("int64"), totals.peers)
    return totals.mutate(peer_difference=difference(score, mean, score.min().over(group), score.max().over(group)))


def _reached(totals: ir.Table, band: Band) -> ir.BooleanValue:
    reached = totals.score >= millionths(settled(band.at_least))
    if band.dimensions_at_least is not None:
        reached &= totals.lowest_dimension >= millionths(settled(band.dimensions_at_least))
    return reached
