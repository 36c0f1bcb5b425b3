"""How times spread: exact medians, 90th percentiles and buckets, by counting how often each second occurs."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import counts_of, fact_table, inside, placed, subject_of
from steelyard.facts import Past
from steelyard.measures import Count

Timed = tuple[Question, Count]


def spreads(past: Past, fact: str, questions: Sequence[Question], bounds: Sequence[int]) -> Iterator[ir.Table]:
    """Tables with a row per question of a fact and subject that has a time; questions about the same times share one.

    `question`, its name · `subject_id` · `median` · `p90` · `upto_N`, how many lie in each bucket, and `over`.
    The times are the amounts of a mean of seconds, or the waits behind a share; other questions have no rows.

    Of n times in order the median is the ⌈n ÷ 2⌉-th and the 90th percentile the ⌈9n ÷ 10⌉-th, so that both occurred.
    Bucket N holds what is above the bound before it and not above its own; the last, open one is `over`.
    """
    every = fact_table(past, fact, questions)
    having = [question for question in questions if _seconds(_count(every, question), question) is not None]
    if not having:
        return
    rows = fact_table(past, fact, having)
    groups: dict[object, list[Timed]] = {}
    for question in having:
        count = _count(rows, question)
        seconds = _seconds(count, question)
        alike = subject_of(past, rows, count).op(), None if seconds is None else seconds.op()
        groups.setdefault(alike, []).append((question, count))
    for timed in groups.values():
        often = _often(past, rows, timed)
        parts = [_spread(often, question.name, bounds) for question, _ in timed]
        yield ibis.union(*parts) if len(parts) > 1 else parts[0]


def _often(past: Past, fact: ir.Table, timed: Sequence[Timed]) -> ir.Table:
    """One row per `subject_id` and `seconds`: how often they occur, for each question under its name."""
    question, count = timed[0]
    columns = {name: value for each, its in timed for name, value in placed(each.name, its).items()}
    fact = fact.mutate(subject__=subject_of(past, fact, count), seconds__=_seconds(count, question), **columns)
    fact = fact.filter(fact["seconds__"].notnull(), fact["subject__"].notnull())
    marks = {each.name: inside(past, fact, each.name, each).ifelse(1, 0).cast("int64") for each, _ in timed}
    rows = fact.select(subject_id="subject__", seconds="seconds__", **marks)
    return rows.group_by("subject_id", "seconds").agg(**{name: rows[name].sum().cast("int64") for name in marks})


def _spread(often: ir.Table, name: str, bounds: Sequence[int]) -> ir.Table:
    often = often.filter(often[name] > 0).select("subject_id", "seconds", often=often[name])
    so_far = ibis.window(group_by=often.subject_id, order_by=often.seconds, rows=(None, 0))
    often = often.mutate(
        below=often.often.sum().over(so_far).cast("int64"),
        of=often.often.sum().over(ibis.window(group_by=often.subject_id)).cast("int64"),
    )
    edges = [None, *bounds]
    buckets = {f"upto_{upper}": _between(often, lower, upper) for lower, upper in zip(edges[:-1], bounds, strict=True)}
    buckets["over"] = _between(often, edges[-1], None)
    spread = often.group_by("subject_id").agg(
        median=often.seconds.min(where=often.below * 2 >= often.of),
        p90=often.seconds.min(where=often.below * 10 >= often.of * 9),
        **{key: often.often.sum(where=where).fill_null(0).cast("int64") for key, where in buckets.items()},
    )
    return spread.mutate(question=ibis.literal(name)).relocate("question")


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
