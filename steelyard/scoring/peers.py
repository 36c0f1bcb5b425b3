"""Peers: where each value stands among subjects of the same group, or among all where the group is too small."""

import ibis
import ibis.expr.types as ir

from steelyard.fixed import MILLION, floor_division, half_up
from steelyard.scorecards.model import Scorecard


def ranked(values: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`values` with its standing: only scored subjects whose value is ok take part.

    `peers` how many take part · `not_better` how many of them do not do better, oneself included ·
    `peer_scope` group | all, who they are · `peer_mean` and `peer_best10` in millionths, for everybody, taking part
    or not.
    """
    lower = [part.id for part in scorecard.measured if part.better == "lower"]
    rows = values.mutate(
        takes_part=(values.scored & (values.status == "ok")).ifelse(1, 0),
        badness=values.indicator.isin(lower).ifelse(values.value, -values.value) if lower else -values.value,
    )
    rows = standing(rows, ["as_of", "indicator", "peer_group"], "group")
    rows = standing(rows, ["as_of", "indicator"], "all")
    small = rows.group_n < scorecard.peers.min_peers
    chosen = {
        name: small.ifelse(rows[f"all_{source}"], rows[f"group_{source}"])
        for name, source in {
            "peers": "n",
            "position": "rank",
            "peer_mean": "mean",
            "peer_best10": "best10",
        }.items()
    }
    rows = rows.mutate(**chosen, peer_scope=small.ifelse("all", "group"))
    rows = rows.mutate(not_better=(rows.takes_part == 1).ifelse(rows.peers - rows.position, ibis.null("int64")))
    rows = _with_difference(rows, scorecard)
    return rows.drop(
        "badness", "position", *(f"{g}_{c}" for g in ("group", "all") for c in ("n", "rank", "mean", "best10"))
    )


def _with_difference(rows: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`peer_difference` in millionths where the scorecard shows it; positive is better than the mean.

    It is always that of the subject's own group, however small: only points fall back to all subjects.
    """
    if not scorecard.peers.difference:
        return rows.mutate(peer_difference=ibis.null("int64"))
    group = ibis.window(group_by=[rows.as_of, rows.indicator, rows.peer_group])
    takes_part = rows.takes_part == 1
    value = takes_part.ifelse(rows.value, ibis.null("int64"))
    raw = difference(rows.value, rows.group_mean, value.min().over(group), value.max().over(group))
    lower = rows.indicator.isin([part.id for part in scorecard.measured if part.better == "lower"])
    return rows.mutate(peer_difference=takes_part.ifelse(lower.ifelse(-raw, raw), ibis.null("int64")))


def difference(
    value: ir.IntegerValue, mean: ir.IntegerValue, lowest: ir.IntegerValue, highest: ir.IntegerValue
) -> ir.IntegerValue:
    """How far from the mean, as a share of the distance of the highest or the lowest; signed, in millionths.

    NULL without a value, or without peers that have one.
    """
    above = half_up(ibis.greatest(value - mean, 0), highest - mean, MILLION).fill_null(0)
    below = half_up(ibis.greatest(mean - value, 0), mean - lowest, MILLION).fill_null(0)
    # Not left to GREATEST: it looks past NULLs.
    return (value.isnull() | mean.isnull()).ifelse(ibis.null("int64"), above - below)


def standing(rows: ir.Table, group: list[str], prefix: str) -> ir.Table:
    """`rows` with how those that take part stand among each other, for everybody of the group.

    `rows` have `takes_part` 0 or 1, `value` in millionths and `badness`, in which less is better. Columns added:
    `PREFIX_n`, `_rank` (how many do better), `_mean` and `_best10`, the ⌈n ÷ 10⌉-th best value (both in millionths).
    """
    keys = [rows[key] for key in group]
    everyone = ibis.window(group_by=keys)
    best_first = ibis.window(group_by=[*keys, rows.takes_part], order_by=rows.badness)
    value = (rows.takes_part == 1).ifelse(rows.value, 0)
    whole = floor_division(value, MILLION)
    first = rows.mutate(
        **{
            f"{prefix}_n": rows.takes_part.sum().over(everyone).cast("int64"),
            f"{prefix}_rank": ibis.rank().over(best_first).cast("int64"),
            f"{prefix}_place": ibis.row_number().over(best_first).cast("int64"),
            f"{prefix}_whole": whole.sum().over(everyone).cast("int64"),
            f"{prefix}_part": (value - whole * MILLION).sum().over(everyone).cast("int64"),
        }
    )
    n, place = first[f"{prefix}_n"], first[f"{prefix}_place"]
    boundary = (first.takes_part == 1) & (place == floor_division(n + 9, 10) - 1)
    keys = [first[key] for key in group]
    second = first.mutate(
        **{
            f"{prefix}_mean": _mean(first[f"{prefix}_whole"], first[f"{prefix}_part"], n),
            f"{prefix}_best10": boundary.ifelse(first.value, ibis.null("int64")).max().over(ibis.window(group_by=keys)),
        }
    )
    return second.drop(f"{prefix}_place", f"{prefix}_whole", f"{prefix}_part")


def _mean(whole: ir.IntegerValue, part: ir.IntegerValue, n: ir.IntegerValue) -> ir.IntegerValue:
    """(whole × 10⁶ + part) ÷ n in millionths, half up; split so that no sum of seconds overflows."""
    count = n.nullif(0)
    quotient = floor_division(whole, count)
    return quotient * MILLION + half_up((whole - quotient * count) * MILLION + part, count)
