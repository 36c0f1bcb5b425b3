"""How times spread: exact medians, 90th percentiles and buckets, by counting how often each second occurs."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import counts_of, fact_table, inside, placed, subject_of
from steelyard.facts import Past
from steelyard.measures import Count


def spread(past: Past, question: Question, bounds: Sequence[int]) -> ir.Table | None:
    """One row per subject with a time: `median`, `p90`, and `upto_N`, how many lie in each bucket.

    The times are the amounts of a mean of seconds, or the waits behind a share; None where rows have neither.

    Of n times in order the median is the ⌈n ÷ 2⌉-th and the 90th percentile the ⌈9n ÷ 10⌉-th, so that both occurred.
    Bucket N holds what is above the bound before it and not above its own; the last, open one is `over`.
    """
    fact = fact_table(past, question.measure.fact, [question])
    count = _count(fact, question)
    seconds = _seconds(count, question)
    if seconds is None:
        return None
    fact = fact.mutate(subject__=subject_of(past, fact, count), seconds__=seconds, **placed("it", count))
    timed = fact.filter(inside(past, fact, "it", question), fact["seconds__"].notnull(), fact["subject__"].notnull())
    often = timed.group_by(subject_id="subject__", seconds="seconds__").agg(often=timed.count().cast("int64"))
    so_far = ibis.window(group_by=often.subject_id, order_by=often.seconds, rows=(None, 0))
    often = often.mutate(
        below=often.often.sum().over(so_far).cast("int64"),
        of=often.often.sum().over(ibis.window(group_by=often.subject_id)).cast("int64"),
    )
    edges = [None, *bounds]
    buckets = {f"upto_{upper}": _between(often, lower, upper) for lower, upper in zip(edges[:-1], bounds, strict=True)}
    buckets["over"] = _between(often, edges[-1], None)
    return often.group_by("subject_id").agg(
        median=often.seconds.min(where=often.below * 2 >= often.of),
        p90=often.seconds.min(where=often.below * 10 >= often.of * 9),
        **{name: often.often.sum(where=where).fill_null(0).cast("int64") for name, where in buckets.items()},
    )


def _count(fact: ir.Table, question: Question) -> Count:
    count = counts_of(fact, question)
    if not isinstance(count, Count):
        raise TypeError(f"{question.name} is averaged over products")
    return count


def _seconds(count: Count, question: Question) -> ir.IntegerValue | None:
    return count.amount if question.measure.unit == "seconds" else count.wait


def _between(often: ir.Table, lower: int | None, upper: int | None) -> ir.BooleanValue:
    above = ibis.literal(True) if lower is None else often.seconds > lower
    return above if upper is None else above & (often.seconds <= upper)
