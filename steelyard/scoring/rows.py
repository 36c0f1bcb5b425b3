"""The rows behind a number: counted, eligible, or left out and why."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import counted, counts_of, fact_table, inside, placed
from steelyard.facts import Past, excluded_column
from steelyard.measures import Count


def rows_behind(past: Past, question: Question, subject: str | int) -> ir.Table:
    """The fact rows of `subject` that an indicator looked at, in order of time.

    `row_id` · `part` (for values averaged over products, else NULL) · `anchor` (or, where a left-out row has none,
    its own time) · `eligible_at` · `counted_at` · `amount` seconds · `state` counted | eligible | left_out ·
    `reason` why it is left out. A mean's rows are all counted. Rows outside the window are no part of the number.
    """
    fact = fact_table(past, question.measure.fact, [question])
    fact = fact.filter(fact.subject_id == ibis.literal(subject, past.id_type))
    counts = counts_of(fact, question)
    if isinstance(counts, Count):
        rows = _part(past, fact, question, counts, ibis.null("string"))
    else:
        parts = [_part(past, fact, question, count, ibis.literal(name)) for name, count in counts.parts.items()]
        rows = reduce(lambda left, right: left.union(right), parts)
    return rows.order_by("anchor", "row_id", "part")


def _part(past: Past, fact: ir.Table, question: Question, count: Count, part: ir.StringValue) -> ir.Table:
    fact = fact.mutate(**placed("it", count))
    fact = fact.mutate(it__inside=inside(past, fact, "it", question), it__reason=_reason(fact, question, count))
    nothing = ibis.null("timestamp")
    is_mean = count.amount is not None
    counts = fact.it__inside if is_mean else fact.it__inside & counted(past, fact, "it")
    rows = fact.select(
        "row_id",
        part=part,
        anchor=ibis.coalesce(fact.it__anchor, fact.own_at),
        eligible_at=fact.it__eligible_at,
        counted_at=nothing if is_mean else fact.it__counted_at,
        amount=fact.it__amount.cast("int64") if is_mean else ibis.null("int64"),
        state=ibis.cases((counts, "counted"), (fact.it__inside, "eligible"), else_="left_out"),
        reason=fact.it__inside.ifelse(ibis.null("string"), fact.it__reason),
    )
    start, end = (ibis.literal(bound) for bound in question.window.on(past.day))
    in_window = (rows.anchor >= start) & (rows.anchor < end)
    return rows.filter(in_window, (rows.state != "left_out") | rows.reason.notnull())


def _reason(fact: ir.Table, question: Question, count: Count) -> ir.StringValue:
    """The exclusion's reason first, then the first condition that leaves the row out."""
    excluded = fact[excluded_column(question.indicator)]
    branches = [(fact[f"it__out__{reason}"], reason) for reason in count.left_out]
    unknown = ibis.null("string")
    left_out = ibis.cases(*branches, else_=unknown) if branches else unknown
    return ibis.coalesce(excluded, left_out)
