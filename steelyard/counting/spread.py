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
    """Tables with a row per subject that has a time, and columns for those of the questions on `fact` that have times.

    `NAME__median` · `NAME__p90` · `NAME__upto_N`, how many lie in each bucket, and `NAME__over`; the first two are NULL
    where the subject has no time of that question. Questions about the same times share a table, as they do a pass.
    The times are the amounts of a mean of seconds, or the waits behind a share.

    Of n times in order the median is the ⌈n ÷ 2⌉-th and the 90th percentile the ⌈9n ÷ 10⌉-th, so that both occurred.
    Bucket N holds what is above the bound before it and not above its own; the last, open one is `over`.
    """
    having = [question for question in questions if _has_times(past, question)]
    if not having:
        return
    rows = fact_table(past, fact, having)
    groups: dict[object, list[Timed]] = {}
    for question in having:
        count = _count(rows, question)
        seconds = _seconds(count, question)
        if seconds is not None:
            alike = subject_of(past, rows, count).op(), seconds.op()
            groups.setdefault(alike, []).append((question, count))
    for timed in groups.values():
        yield _spread(_often(past, rows, timed), [question.name for question, _ in timed], bounds)


def _has_times(past: Past, question: Question) -> bool:
    rows = fact_table(past, question.measure.fact, [question])
    return _seconds(_count(rows, question), question) is not None


def _often(past: Past, fact: ir.Table, timed: Sequence[Timed]) -> ir.Table:
    """One row per `subject_id` and `seconds`: how often they occur, for each question under its name."""
    question, count = timed[0]
    columns = {name: value for each, its in timed for name, value in placed(each.name, its).items()}
    fact = fact.mutate(subject__=subject_of(past, fact, count), seconds__=_seconds(count, question), **columns)
    fact = fact.filter(fact["seconds__"].notnull(), fact["subject__"].notnull())
    marks = {each.name: inside(past, fact, each.name, each).ifelse(1, 0).cast("int64") for each, _ in timed}
    rows = fact.select(subject_id="subject__", seconds="seconds__", **marks)
    return rows.group_by("subject_id", "seconds").agg(**{name: rows[name].sum().cast("int64") for name in marks})


def _spread(often: ir.Table, names: Sequence[str], bounds: Sequence[int]) -> ir.Table:
    so_far = ibis.window(group_by=often.subject_id, order_by=often.seconds, rows=(None, 0))
    in_all = ibis.window(group_by=often.subject_id)
    sums = {f"{name}__below": often[name].sum().over(so_far).cast("int64") for name in names}
    sums |= {f"{name}__of": often[name].sum().over(in_all).cast("int64") for name in names}
    often = often.mutate(**sums)
    return often.group_by("subject_id").agg(
        **{column: value for name in names for column, value in _ranks(often, name, bounds).items()}
    )


def _ranks(often: ir.Table, name: str, bounds: Sequence[int]) -> dict[str, ir.Value]:
    below, of, occurs = often[f"{name}__below"], often[f"{name}__of"], often[name] > 0
    edges = [None, *bounds, None]
    keys = [*(f"upto_{upper}" for upper in bounds), "over"]
    buckets = {key: _between(often, *edges[number : number + 2]) for number, key in enumerate(keys)}
    return {
        f"{name}__median": often.seconds.min(where=occurs & (below * 2 >= of)),
        f"{name}__p90": often.seconds.min(where=occurs & (below * 10 >= of * 9)),
        **{f"{name}__{key}": often[name].sum(where=at).fill_null(0).cast("int64") for key, at in buckets.items()},
    }


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
