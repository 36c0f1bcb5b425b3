"""The rows behind a number: counted, eligible, or left out and why; and what each of them was about."""

from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import counted, counts_of, fact_table, inside, placed, subject_of
from steelyard.facts import Past, excluded_column
from steelyard.measures import Averaged, Count

ASPECTS = (
    "product_id",
    "carrier",
    "origin_province",
    "destination_province",
    "agent_id",
    "scenario",
    "case_reason",
)
"""What a row may be about, apart from its hour: columns of its fact, of its evidence, or of its order."""

_COLUMNS = ("row_id", "part", "anchor", "eligible_at", "counted_at", "amount", "state", "reason")
_CALLED = {"case_reason": "reason"}
"""Aspects that facts know under another name, which here says why a row is left out."""
_OF_THE_ORDER = ("product_id", "destination_province")
"""What a row takes from its order: a chat has no carrier, and the agent who sold is not the one who answers."""
_NOT_OF = {"orders": ("agent_id",)}
"""Per fact the columns that say something else than the aspect: an order's agent sold it, and did no more."""


def rows_behind(past: Past, question: Question, subject: str | int | date) -> ir.Table:
    """The fact rows of `subject` that an indicator looked at, in order of time.

    `row_id` · `part` (for values averaged over products, else NULL) · `anchor` (or, where a left-out row has none,
    its own time) · `eligible_at` · `counted_at` · `amount` seconds · `state` counted | eligible | left_out ·
    `reason` why it is left out. A mean's rows are all counted. Rows outside the window are no part of the number.
    """
    return _in_order(_looked_at(past, question, subject).select(*_COLUMNS))


def rows_by_subject(past: Past, question: Question) -> ir.Table:
    """As `rows_behind`, of every subject: with `subject_id`. For questions that are not averaged."""
    return _looked_at(past, question).select("subject_id", *_COLUMNS).order_by("subject_id", "anchor", "row_id")


def rows_with_aspects(past: Past, question: Question, subject: str | int | date) -> ir.Table:
    """As `rows_behind`, and what each row adds to the number and was about.

    `numerator` and `denominator` are what the row adds to either, 0 for rows left out. `hour` is that of its anchor,
    0..23; the `ASPECTS` are NULL where neither fact, evidence nor order knows them.
    """
    rows = _looked_at(past, question, subject).drop("subject_id")
    return _in_order(rows.drop("order_of") if question.measure.fact == "orders" else _with_order(past, rows))


def _looked_at(past: Past, question: Question, subject: str | int | date | None = None) -> ir.Table:
    """Every row, of one subject or of all, with all its columns but those that its order knows, and `order_of`."""
    past = question.of(past)
    fact = fact_table(past, question.measure.fact, [question])
    counts = counts_of(fact, question)
    if isinstance(counts, Averaged):
        fact = fact.filter(fact.subject_id == ibis.literal(subject, past.id_type))
        parts = [_part(past, fact, question, count, ibis.literal(name)) for name, count in counts.parts.items()]
        return reduce(lambda left, right: left.union(right), parts)
    fact = fact.mutate(subject_id=subject_of(past, fact, counts))
    if subject is None:
        fact = fact.filter(fact.subject_id.notnull())
    else:
        fact = fact.filter(fact.subject_id == ibis.literal(subject, fact.subject_id.type()))
    return _part(past, fact, question, counts, ibis.null("string"))


def _in_order(rows: ir.Table) -> ir.Table:
    return rows.order_by("anchor", "row_id", "part")


def _part(past: Past, fact: ir.Table, question: Question, count: Count, part: ir.StringValue) -> ir.Table:
    fact = fact.mutate(**placed("it", count))
    fact = fact.mutate(it__inside=inside(past, fact, "it", question), it__reason=_reason(fact, question, count))
    nothing = ibis.null("timestamp")
    is_mean = count.amount is not None
    counts = fact.it__inside if is_mean else fact.it__inside & counted(past, fact, "it")
    anchor = ibis.coalesce(fact.it__anchor, fact.own_at)
    added = fact.it__amount.cast("int64") if is_mean else ibis.literal(1, "int64")
    units = _units(fact, count)
    rows = fact.select(
        "subject_id",
        "row_id",
        part=part,
        anchor=anchor,
        eligible_at=fact.it__eligible_at,
        counted_at=nothing if is_mean else fact.it__counted_at,
        amount=fact.it__amount.cast("int64") if is_mean else ibis.null("int64"),
        state=ibis.cases((counts, "counted"), (fact.it__inside, "eligible"), else_="left_out"),
        reason=fact.it__inside.ifelse(ibis.null("string"), fact.it__reason),
        numerator=counts.ifelse(added, 0).cast("int64"),
        denominator=fact.it__inside.ifelse(units, 0).cast("int64"),
        hour=anchor.hour().cast("int64"),
        order_of=fact.order_id if "order_id" in fact.columns else ibis.null(past.id_type),
        **{aspect: _aspect(past, fact, question, aspect) for aspect in ASPECTS},
    )
    start, end = (ibis.literal(bound) for bound in question.window.on(past.day))
    in_window = (rows.anchor >= start) & (rows.anchor < end)
    return rows.filter(in_window, (rows.state != "left_out") | rows.reason.notnull())


def _units(fact: ir.Table, count: Count) -> ir.IntegerValue:
    """What a row adds to the denominator where it is inside; of those that count once the earliest."""
    units = ibis.literal(1, "int64") if count.units is None else fact.it__units.cast("int64")
    if count.once is None:
        return units
    adds = fact.it__inside & (units > 0)
    alike = ibis.window(group_by=[fact.subject_id, fact["once__"], adds], order_by=[fact.it__anchor, fact.row_id])
    first = fact["once__"].isnull() | (ibis.row_number().over(alike) == 0)
    return (adds & first).ifelse(units, 0).cast("int64")


def _aspect(past: Past, fact: ir.Table, question: Question, aspect: str) -> ir.Column:
    """What the fact says of an aspect, else its evidence, else NULL."""
    name = _CALLED.get(aspect, aspect)
    if name in fact.columns and aspect not in _NOT_OF.get(question.measure.fact, ()):
        return fact[name]
    of_evidence = [
        fact[column]
        for column in fact.columns
        if column.startswith(f"{question.name}__") and column.endswith(f"__{name}")
    ]
    nothing = ibis.null(past.id_type if aspect.endswith("_id") else "string")
    return ibis.coalesce(*of_evidence, nothing) if of_evidence else nothing


def _with_order(past: Past, rows: ir.Table) -> ir.Table:
    """`rows` with the aspects that only their order knows."""
    orders = past.rows("orders")
    their = orders.select(their_order=orders.order_id, **{f"their_{name}": orders[name] for name in _OF_THE_ORDER})
    rows = rows.left_join(their, rows.order_of == their.their_order)
    rows = rows.mutate(**{name: ibis.coalesce(rows[name], rows[f"their_{name}"]) for name in _OF_THE_ORDER})
    return rows.drop("order_of", "their_order", *(f"their_{name}" for name in _OF_THE_ORDER))


def _reason(fact: ir.Table, question: Question, count: Count) -> ir.StringValue:
    """The exclusion's reason first, then the first condition that leaves the row out."""
    excluded = fact[excluded_column(question.name)]
    branches = [(fact[f"it__out__{reason}"], reason) for reason in count.left_out]
    unknown = ibis.null("string")
    left_out = ibis.cases(*branches, else_=unknown) if branches else unknown
    return ibis.coalesce(excluded, left_out)
