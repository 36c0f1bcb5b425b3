"""Gates: subjects that fail one are re-ranked into the next lower band of their peer group."""

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past
from steelyard.fixed import half_up, millionths
from steelyard.scorecards.consequences import Gate


def gated(totals: ir.Table, points: ir.Table, gate: Gate, past: Past, whose: str = "shops") -> ir.Table:
    """`totals` (with `raw` and `score`) after one gate: the new `score`, and what the gate did to it.

    All demotions are decided on raw scores at once. A pool is the subjects of one peer group whose raw score lies in
    the band and who stay, with those who join; where anyone joined it is spread evenly over the band, by raw score,
    ties by subject id. New columns `GATE__before`, `GATE__did` (demoted | reranked | suspended | NULL).

    An exclusion of the table `whose`, `shops` or `agents`, that names the gate suspends it for that subject while it is
    in force.
    """
    totals = _with_target(totals, points, gate)
    totals = _with_suspended(totals, gate, past, whose)
    demoted = totals.target.notnull()
    pool = totals.target
    for demotion in gate.demotions:
        low, high = millionths(demotion.low), millionths(demotion.high)
        stays = totals.target.isnull() & (totals.raw >= low) & (totals.raw < high)
        pool = stays.ifelse(ibis.literal(low, "int64"), pool)
    totals = totals.mutate(pool=pool, demoted=demoted.ifelse(1, 0))
    return _spread(totals, gate).drop("target", "pool", "demoted", "suspended")


def _spread(totals: ir.Table, gate: Gate) -> ir.Table:
    """`totals` with the new `score` of every pool that anyone joined, and what the gate did."""
    pool = [totals.as_of, totals.peer_group, totals.pool]
    of_pool = ibis.window(group_by=pool)
    by_raw = ibis.window(group_by=pool, order_by=[totals.raw, totals.subject_id])
    totals = totals.mutate(
        joined=totals.demoted.sum().over(of_pool),
        place=ibis.row_number().over(by_raw).cast("int64"),
        size=totals.subject_id.count().over(of_pool).cast("int64"),
    )
    spread = totals.pool.notnull() & (totals.joined > 0)
    width = ibis.cases(*((totals.pool == millionths(d.low), millionths(d.high - d.low)) for d in gate.demotions)).cast(
        "int64"
    )
    placed = totals.pool + half_up(totals.place * width, totals.size)
    did = ibis.cases(
        (totals.suspended, "suspended"),
        (~spread, ibis.null("string")),
        (totals.demoted == 1, "demoted"),
        else_="reranked",
    )
    moved = {
        f"{gate.id}__before": totals.score,
        f"{gate.id}__did": did,
        "score": spread.ifelse(placed, totals.score),
    }
    return totals.mutate(**moved).drop("joined", "place", "size")


def _with_suspended(totals: ir.Table, gate: Gate, past: Past, whose: str) -> ir.Table:
    """`totals` with `suspended`: whom the gate would demote, were it not suspended; their target goes."""
    if "exclusions" not in past.present:
        return totals.mutate(suspended=ibis.literal(False))
    exclusions = past.table("exclusions")
    named = exclusions.filter(exclusions.table == whose, exclusions.indicator == gate.id)
    days = totals.select(spared_on="as_of").distinct()
    both = named.cross_join(days)
    active = past.in_force_at(both, both.spared_on.cast("timestamp"))
    spared = active.select("spared_on", spared_id="row_id").distinct()
    same = [totals.as_of == spared.spared_on, totals.subject_id == spared.spared_id]
    totals = totals.left_join(spared, same).drop("spared_on")
    totals = totals.mutate(suspended=totals.spared_id.notnull() & totals.target.notnull())
    target = totals.suspended.ifelse(ibis.null("int64"), totals.target)
    return totals.mutate(target=target).drop("spared_id")


def _with_target(totals: ir.Table, points: ir.Table, gate: Gate) -> ir.Table:
    """`totals` with `target`: the low end of the band a failing subject goes into, else NULL."""
    failing = points.filter(
        points.scored,
        points.indicator == gate.indicator,
        points.status == "ok",
        points.value >= millionths(gate.value_at_least),
    ).select(failing_on="as_of", failing_id="subject_id")
    same = [totals.as_of == failing.failing_on, totals.subject_id == failing.failing_id]
    totals = totals.left_join(failing, same).drop("failing_on")
    branches = [
        (totals.failing_id.notnull() & (totals.raw >= millionths(d.from_raw)), millionths(d.low))
        for d in sorted(gate.demotions, key=lambda d: d.from_raw, reverse=True)
    ]
    target = ibis.cases(*branches, else_=ibis.null("int64")).cast("int64")
    return totals.mutate(target=target).drop("failing_id")
