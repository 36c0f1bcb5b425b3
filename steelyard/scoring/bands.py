"""Bands: a name for a range of scores, and a rank among peers."""

import ibis
import ibis.expr.types as ir

from steelyard.fixed import millionths
from steelyard.scorecards.model import Scorecard


def banded(totals: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`totals` with `band` (the highest reached, by the six-place score), `peers` and `peer_rank` (1 = best)."""
    highest_first = sorted(scorecard.bands, key=lambda band: band.at_least, reverse=True)
    branches = [(totals.score >= millionths(band.at_least), band.id) for band in highest_first]
    band = ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")
    best_first = ibis.window(group_by=[totals.peer_group, totals.scored], order_by=totals.score.desc())
    group = ibis.window(group_by=totals.peer_group)
    return totals.mutate(
        band=band,
        peers=totals.scored.ifelse(1, 0).sum().over(group).cast("int64"),
        peer_rank=totals.scored.ifelse(ibis.rank().over(best_first).cast("int64") + 1, ibis.null("int64")),
    )
