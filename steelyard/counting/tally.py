"""Tally: all measures of a fact for one day, in one pass over it."""

from collections.abc import Sequence
from functools import reduce
from operator import add, and_, mul

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.facts import Past, Use, excluded_column
from steelyard.facts.catalogue import FACTS
from steelyard.fixed import half_up
from steelyard.measures import Averaged, Count, Counts
from steelyard.windows import midnight

SHARE_SCALE = 10**12
"""A share that is averaged over products is an integer of this many parts."""


def fact_table(past: Past, name: str, questions: Sequence[Question]) -> ir.Table:
    """The fact `name` with the evidence all `questions` need, counted for whom they say."""
    past = questions[0].of(past)
    uses = [
        Use(question.name, question.acting, question.measure.needs(question.params), *question.window.on(past.day))
        for question in questions
    ]
    return FACTS[name].build(past, uses)


def counts_of(fact: ir.Table, question: Question) -> Counts:
    """What the question's measure says of its fact."""

    def found(alias: str, column: str) -> ir.Column:
        return fact[f"{question.name}__{alias}__{column}"]

    return question.measure.count(fact, question.params, found)


def placed(prefix: str, count: Count) -> dict[str, ir.Value]:
    """The columns of one count, to be added to its fact.

    `PREFIX__anchor`, `__eligible_at`, `__counted_at` or `__amount`, `__units`, and `__out__REASON` for each condition
    that leaves a row out (NULL is not true).
    """
    columns: dict[str, ir.Value] = {
        f"{prefix}__anchor": count.anchor,
        f"{prefix}__eligible_at": count.eligible_at,
    }
    if count.amount is None:
        columns[f"{prefix}__counted_at"] = count.counted_at
    else:
        columns[f"{prefix}__amount"] = count.amount
    if count.units is not None:
        columns[f"{prefix}__units"] = count.units
    if count.once is not None:
        columns["once__"] = count.once
    for reason, condition in count.left_out.items():
        columns[f"{prefix}__out__{reason}"] = condition.fill_null(False)
    return columns


def inside(past: Past, fact: ir.Table, prefix: str, question: Question) -> ir.BooleanValue:
    """Whether a placed row is in the denominator as of the day: in the window, eligible, not left out."""
    start, end = (ibis.literal(bound) for bound in question.window.on(past.day))
    anchor, eligible_at = fact[f"{prefix}__anchor"], fact[f"{prefix}__eligible_at"]
    in_time = (anchor >= start) & (anchor < end) & (eligible_at < ibis.literal(midnight(past.day)))
    reasons = [fact[column] for column in fact.columns if column.startswith(f"{prefix}__out__")]
    allowed = [~reason for reason in reasons] + [fact[excluded_column(question.name)].isnull()]
    # As a case and not a coalesce: DuckDB then stops at the first condition that fails.
    return reduce(and_, allowed, in_time).ifelse(True, False)


def counted(past: Past, fact: ir.Table, prefix: str) -> ir.BooleanValue:
    """Whether a placed row that is inside is in the numerator as of the day."""
    return (fact[f"{prefix}__counted_at"] < ibis.literal(midnight(past.day))).ifelse(True, False)


def tally(past: Past, name: str, questions: Sequence[Question]) -> ir.Table:
    """One row per subject of a fact: `NAME__numerator` and `NAME__denominator` for every question.

    A question averaged over products gives `NAME__numerator`, the sum of the products' shares in 10⁻¹², and
    `NAME__denominator`, how many products have one.
    """
    past = questions[0].of(past)
    fact = fact_table(past, name, questions)
    counts = {question: counts_of(fact, question) for question in questions}
    plain = {question: count for question, count in counts.items() if isinstance(count, Count)}
    averaged = {question: count for question, count in counts.items() if isinstance(count, Averaged)}
    if averaged and len(counts) > 1:
        raise TypeError(f"{name}: an averaged measure has a fact of its own")
    for question, average in averaged.items():
        return _averaged(past, fact, question, average)
    counting = [(question.name, question, count) for question, count in plain.items()]
    if past.judged == "shop" and len(_alike(past, fact, counting)) == 1:
        return _summed(past, fact, counting, ["subject_id"])
    return _side_by_side([_judged(past, fact, some) for some in _alike(past, fact, counting)])


Counting = Sequence[tuple[str, Question, Count]]
"""Prefix, question and count."""


def subject_of(past: Past, fact: ir.Table, count: Count) -> ir.Column:
    """Who a row of the fact counts for: the day of its anchor, the agent credited, or the fact's own subject."""
    if past.judged == "day":
        return ibis.coalesce(count.anchor, fact.own_at).date()
    return fact.subject_id if count.agent is None or past.judged == "shop" else count.agent


def _alike(past: Past, fact: ir.Table, counting: Counting) -> list[Counting]:
    """The questions by who is credited, and what counts once, so that those alike in both are counted in one pass."""
    groups: dict[object, list[tuple[str, Question, Count]]] = {}
    for each in counting:
        once = None if each[2].once is None else each[2].once.op()
        groups.setdefault((subject_of(past, fact, each[2]).op(), once), []).append(each)
    return list(groups.values())


def _judged(past: Past, fact: ir.Table, counting: Counting) -> ir.Table:
    """As `_summed`, by who is credited; rows that nobody is credited with are nobody's."""
    fact = fact.mutate(credited_id=subject_of(past, fact, counting[0][2]))
    sums = _summed(past, fact, counting, ["credited_id"])
    return sums.filter(sums.credited_id.notnull()).rename(subject_id="credited_id")


def _side_by_side(parts: Sequence[ir.Table]) -> ir.Table:
    """Tables of counts by subject as one, NULL where a subject is not in a part."""
    counts = [name for part in parts for name in part.columns if name != "subject_id"]
    rows = [
        part.select(
            "subject_id", **{name: part[name] if name in part.columns else ibis.null("int64") for name in counts}
        )
        for part in parts
    ]
    every = ibis.union(*rows) if len(rows) > 1 else rows[0]
    return every.group_by("subject_id").agg(**{name: every[name].sum().cast("int64") for name in counts})


def _summed(
    past: Past, fact: ir.Table, counting: Sequence[tuple[str, Question, Count]], group: Sequence[str]
) -> ir.Table:
    """`PREFIX__numerator` and `PREFIX__denominator` per group, for each (prefix, question, count)."""
    fact = _with_places(past, fact, counting)
    if counting[0][2].once is not None:
        return _summed_once(past, fact, counting, group)
    marks = [
        _mark(fact[f"{prefix}__inside"], None if count.amount is not None else counted(past, fact, prefix), number)
        for number, (prefix, _, count) in enumerate(counting)
    ]
    packed = {
        f"marks{first // MARKS}": reduce(add, marks[first : first + MARKS]) for first in range(0, len(marks), MARKS)
    }
    amounts = {name: value for prefix, _, count in counting for name, value in _amounts(fact, prefix, count).items()}
    rows = fact.select(*group, **packed, **amounts)
    alike = rows.group_by(*group, *packed).agg(
        rows=rows.count().cast("int64"), **{name: rows[name].sum().cast("int64") for name in amounts}
    )
    sums = {
        name: value.sum().cast("int64")
        for number, (prefix, _, count) in enumerate(counting)
        for name, value in _added(alike, number, prefix, count).items()
    }
    return alike.group_by(*group).agg(**sums)


def _with_places(past: Past, fact: ir.Table, counting: Counting) -> ir.Table:
    """`fact` with where each count places its rows, and whether they are inside."""
    columns = {name: value for prefix, _, count in counting for name, value in placed(prefix, count).items()}
    fact = fact.mutate(**columns)
    return fact.mutate(
        **{f"{prefix}__inside": inside(past, fact, prefix, question) for prefix, question, _ in counting}
    )


def _summed_once(past: Past, fact: ir.Table, counting: Counting, group: Sequence[str]) -> ir.Table:
    """As `_summed`, of counts that all have the same `once`: first per value of it, then per group."""
    one = ibis.literal(1, "int64")
    columns: dict[str, ir.Value] = {}
    for prefix, _, count in counting:
        is_inside = fact[f"{prefix}__inside"]
        added = one if count.units is None else fact[f"{prefix}__units"]
        marked = counted(past, fact, prefix).ifelse(1, 0) if count.amount is None else fact[f"{prefix}__amount"]
        columns |= {f"{prefix}__numerator": is_inside.ifelse(marked, 0), f"{prefix}__units": is_inside.ifelse(added, 0)}
    rows = fact.select(*group, once__=fact["once__"], **columns)
    ends = {f"{prefix}__numerator": f"{prefix}__denominator" for prefix, _, _ in counting}
    units = {name: f"{name.removesuffix('numerator')}units" for name in ends}
    alike = rows.group_by(*group, "once__").agg(
        **{name: rows[name].sum().cast("int64") for name in ends},
        **{f"{name}__all": rows[name].sum().cast("int64") for name in units.values()},
        **{f"{name}__one": rows[name].max().cast("int64") for name in units.values()},
    )
    each = {
        ends[name]: alike["once__"].isnull().ifelse(alike[f"{unit}__all"], alike[f"{unit}__one"])
        for name, unit in units.items()
    }
    alike = alike.mutate(**each)
    return alike.group_by(*group).agg(
        **{name: alike[name].sum().cast("int64") for pair in ends.items() for name in pair}
    )


MARKS = 31
"""So many counts have their two marks in one whole number of 64 bits."""


def _bits(number: int, bits: int) -> ir.IntegerScalar:
    """The marks of the count with this number: 1 it is in the denominator, 2 it is in the numerator."""
    return ibis.literal(bits << 2 * (number % MARKS), "int64")


def _mark(is_inside: ir.BooleanValue, is_counted: ir.BooleanValue | None, number: int) -> ir.IntegerValue:
    alone = _bits(number, 1)
    marked = alone if is_counted is None else is_counted.ifelse(_bits(number, 3), alone)
    return is_inside.ifelse(marked, _bits(number, 0))


def _amounts(fact: ir.Table, prefix: str, count: Count) -> dict[str, ir.IntegerValue]:
    """What a row that is inside adds beside a plain one."""
    is_inside = fact[f"{prefix}__inside"]
    given = {"amount": count.amount, "units": count.units}
    return {
        f"{prefix}__{name}": is_inside.ifelse(fact[f"{prefix}__{name}"], 0)
        for name, value in given.items()
        if value is not None
    }


def _added(alike: ir.Table, number: int, prefix: str, count: Count) -> dict[str, ir.IntegerValue]:
    """What rows with the same marks add to both numbers of one count."""
    marks = alike[f"marks{number // MARKS}"]
    marked = [((marks & _bits(number, bit)) != 0).ifelse(alike.rows, 0) for bit in (1, 2)]
    return {
        f"{prefix}__numerator": marked[1] if count.amount is None else alike[f"{prefix}__amount"],
        f"{prefix}__denominator": marked[0] if count.units is None else alike[f"{prefix}__units"],
    }


def _averaged(past: Past, fact: ir.Table, question: Question, average: Averaged) -> ir.Table:
    counting = [(f"part__{part}", question, count) for part, count in average.parts.items()]
    things = _summed(past, fact, counting, ["subject_id", average.over])
    return averages(things, question.name, list(average.parts), ["subject_id"])


def averages(things: ir.Table, question: str, parts: Sequence[str], group: Sequence[str]) -> ir.Table:
    """The sum of the things' shares in 10⁻¹², and how many have one, per `group`.

    `things` has `part__PART__numerator` and `part__PART__denominator`; a share is the plain mean of the parts.
    """
    numerators = [things[f"part__{part}__numerator"] for part in parts]
    denominators = [things[f"part__{part}__denominator"] for part in parts]
    terms = [
        reduce(mul, (other for j, other in enumerate(denominators) if j != i), numerator)
        for i, numerator in enumerate(numerators)
    ]
    share = half_up(sum(terms[1:], terms[0]), reduce(mul, denominators) * len(terms), SHARE_SCALE)
    shares = things.select(*group, share=share)
    return shares.group_by(*group).agg(
        **{
            f"{question}__numerator": shares.share.sum().cast("int64"),
            f"{question}__denominator": shares.share.count().cast("int64"),
        }
    )
