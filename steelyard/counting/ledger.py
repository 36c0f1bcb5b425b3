"""Ledger: what each day adds to the counts, by subject, measure, day of the anchor and day from which it is known.

A posting is never changed: what turns out otherwise is reversed by another from the day that is known. So the count of
any window as of any day is a sum. Where a row comes to count only later (a deadline passes), its posting is dated so.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.copies import VERSIONS, Codes, Copied, Look, copied
from steelyard.counting.tally import counts_of, fact_table, placed
from steelyard.counting.versions import Span, stretch
from steelyard.engines import Engine
from steelyard.facts import Past, Use, excluded_column
from steelyard.facts.catalogue import FACTS
from steelyard.facts.kin import across
from steelyard.measures import Averaged, Count
from steelyard.windows import day_plus, days_after, midnight

POSTINGS = "{}__postings"
"""What the postings of a fact are called on an engine."""

CATEGORY = "category"
"""The part of a question that counts its rows per category of their product."""


def schema(id_type: str) -> ibis.Schema:
    """A posting: whose, of which question and part, per what thing, and what it adds from `known_on` on.

    `part` is empty and `thing` NULL but for values averaged over products and for counts per category.
    """
    return ibis.schema(
        {
            "question": "!string", "part": "!string", "subject_id": id_type, "thing": "string",
            "anchor_on": "date", "known_on": "date", "numerator": "int64", "denominator": "int64",
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """The questions of one fact; `by_category` names those that are also counted per category of the product."""

    fact: str
    questions: Sequence[Question]
    by_category: Collection[str] = ()


@dataclass(frozen=True)
class _Posted:
    question: str
    part: str
    count: Count
    over: str | None


def postings(engine: Engine, past: Past, ask: Ask, span: Span) -> ir.Table:
    """The postings of one fact for the days of the span, stored; see `schema`.

    What stands on the first day is posted as known then, unless the span is begun already. Of anchors only those are
    posted that lie in a window of the span. Postings may be dated after the span.
    """
    start = min(question.window.on(span.first)[0] for question in ask.questions)
    uses = [Use(q.name, q.acting, q.measure.needs(q.params), start) for q in ask.questions]
    if span.first == span.last and not past.copies:
        # As rows stand on one day there is nothing to tell apart, and reading them plainly is many times quicker.
        found = Copied(past, None)
    else:
        looks = across(need for use in uses for need in use.needs.values())
        found = copied(engine, past, Look(ask.fact, looks, _used(past, ask, uses), reads(ask)), span)
    fact = FACTS[ask.fact].build(found.past, uses)
    counts = list(_counts(fact, ask))
    if ask.by_category:
        fact = _with_category(past, fact)
    rows = engine.store(f"{ask.fact}__placed", _placed(fact, counts, span.first, found.codes))
    rows = rows.filter(rows.subject.notnull())
    least = (start - midnight(span.first)).days
    parts = [_sums(rows, number, posted, least, span) for number, posted in enumerate(counts)]
    united = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return engine.store(POSTINGS.format(ask.fact), _named(united, found.codes, ask, past, span.first))


def reads(ask: Ask) -> frozenset[str]:
    """The event tables that the postings of the questions rest on."""
    measures = [question.measure for question in ask.questions]
    return frozenset({"exclusions"}).union(*({*FACTS[m.fact].reads, *m.evidence, *m.reads} for m in measures))


def parts_of(past: Past, fact: str, question: Question) -> tuple[str, ...]:
    """The parts of a value averaged over things; none for any other."""
    counts = counts_of(fact_table(past, fact, [question]), question)
    return tuple(counts.parts) if isinstance(counts, Averaged) else ()


def _counts(fact: ir.Table, ask: Ask) -> Iterator[_Posted]:
    for question in ask.questions:
        counts = counts_of(fact, question)
        if isinstance(counts, Averaged):
            for part, count in counts.parts.items():
                yield _Posted(question.name, part, count, counts.over)
            continue
        yield _Posted(question.name, "", counts, None)
        if question.name in ask.by_category:
            yield _Posted(question.name, CATEGORY, counts, CATEGORY)


def _used(past: Past, ask: Ask, uses: Sequence[Use]) -> frozenset[str]:
    """The columns of the base that the questions look at; evidence that looks across rows needs them all."""
    fact = FACTS[ask.fact].build(past, uses)
    if ask.fact != "orders" or any(getattr(need, "across", ()) for use in uses for need in use.needs.values()):
        return frozenset(fact.columns)
    values = [
        value.op()
        for posted in _counts(fact, Ask(ask.fact, ask.questions))
        for value in placed("it", posted.count).values()
    ]
    return frozenset(
        field.name for value in values for field in value.find(ops.Field, filter=ops.Value) if field.rel == fact.op()
    )


def _with_category(past: Past, fact: ir.Table) -> ir.Table:
    products = past.table("products").select(product__of="product_id", product__category="category")
    return fact.left_join(products, fact.product_id == products["product__of"]).drop("product__of")


def _placed(fact: ir.Table, counts: Sequence[_Posted], first: date, codes: Codes | None) -> ir.Table:
    """One row per version of a fact row: `subject`, `since`, `until`, and columns per count, days after the first.

    Per count `N__anchor`, `N__from` (NULL where it is left out), `N__counted`, or `N__amount`; `N__units`; `N__thing`.
    """
    since, until = (ibis.literal(0), ibis.literal(0)) if codes is None else stretch(fact.subject_id % VERSIONS)
    columns: dict[str, ir.Value] = {
        "subject": _without_version(fact.subject_id, codes),
        "since": since.cast("int32"),
        "until": until.cast("int32"),
    }
    for number, posted in enumerate(counts):
        columns |= _count_columns(fact, posted, f"p{number}", first)
        if posted.over == CATEGORY:
            columns[f"p{number}__thing"] = fact["product__category"]
        elif posted.over is not None:
            columns[f"p{number}__thing"] = _without_version(fact[posted.over], codes)
    return fact.select(**columns)


def _without_version(code: ir.Column, codes: Codes | None) -> ir.Column:
    """The code of an id of a version; an id that has no version is one already."""
    return code if codes is None else ((code - code % VERSIONS) / VERSIONS).round().cast("int64")


def _count_columns(fact: ir.Table, posted: _Posted, prefix: str, first: date) -> dict[str, ir.Value]:
    count = posted.count
    out = ibis.or_(
        fact[excluded_column(posted.question)].notnull(),
        *(condition.fill_null(False) for condition in count.left_out.values()),
    )
    begins = ibis.ifelse(out, ibis.null("timestamp"), count.eligible_at)
    columns: dict[str, ir.Value] = {
        f"{prefix}__anchor": days_after(first, count.anchor).cast("int32"),
        f"{prefix}__from": (days_after(first, begins) + 1).cast("int32"),
    }
    if count.amount is None:
        columns[f"{prefix}__counted"] = (days_after(first, count.counted_at) + 1).cast("int32")
    else:
        columns[f"{prefix}__amount"] = count.amount.fill_null(0).cast("int64")
    if count.units is not None:
        columns[f"{prefix}__units"] = count.units.fill_null(0).cast("int64")
    return columns


def _sums(rows: ir.Table, number: int, posted: _Posted, least: int, span: Span) -> ir.Table:
    """The postings of one count per `subject`, `thing`, `anchor` and `known`, both in days after the first."""
    prefix = f"p{number}"
    rows = rows.rename(
        {column.removeprefix(f"{prefix}__"): column for column in rows.columns if column.startswith(prefix)}
    )
    rows = rows.filter(rows["from"].notnull(), rows.anchor >= least)
    moves = _moves(rows, span)
    alike = moves.group_by("subject", "thing", "anchor", "begins", "counted").agg(
        rows=moves.sign.sum().cast("int64"),
        units=(moves.sign * moves.units).sum().cast("int64"),
        amount=(moves.sign * moves.amount).sum().cast("int64"),
    )
    # What a change left as it was went and came on the same day: it is nothing.
    alike = alike.filter((alike.rows != 0) | (alike.units != 0) | (alike.amount != 0))
    legs = _legs(alike, is_mean=posted.count.amount is not None)
    sums = legs.group_by("subject", "thing", "anchor", "known").agg(
        numerator=legs.numerator.sum().cast("int64"), denominator=legs.denominator.sum().cast("int64")
    )
    sums = sums.filter((sums.numerator != 0) | (sums.denominator != 0))
    return sums.mutate(question=ibis.literal(posted.question), part=ibis.literal(posted.part))


def _moves(rows: ir.Table, span: Span) -> ir.Table:
    """Each version's coming and going: `sign` 1 or -1, and from which days it `begins` and is `counted` by that.

    A version comes on the day it begins to hold, where that is not done already, and goes on the day it is over. What
    it says is dated ahead where its row counts only later, and taken back from that same day on.
    """
    comes = rows.filter(rows.since > 0) if span.begun else rows
    goes = rows.filter(rows.until > 0)
    return _on(comes, comes.since, 1).union(_on(goes, goes.until, -1))


def _on(rows: ir.Table, day: ir.IntegerValue, sign: int) -> ir.Table:
    begins = ibis.greatest(rows["from"], day)
    counted = ibis.null("int32")
    if "counted" in rows.columns:
        counted = rows.counted.isnull().ifelse(counted, ibis.greatest(rows.counted, begins))
    return rows.select(
        "subject", "anchor", begins=begins, counted=counted, sign=ibis.literal(sign),
        thing=rows.thing if "thing" in rows.columns else ibis.null("string"),
        units=rows.units if "units" in rows.columns else ibis.literal(1),
        amount=rows.amount if "amount" in rows.columns else ibis.literal(0),
    )  # fmt: skip


def _legs(alike: ir.Table, *, is_mean: bool) -> ir.Table:
    """What moves that are alike add to either number, each from the day on which it counts there.

    A mean's numerator comes and goes with its denominator.
    """
    columns = ("subject", "thing", "anchor")
    below = alike.select(
        *columns, known=alike.begins.cast("int64"), numerator=alike.amount if is_mean else ibis.literal(0, "int64"),
        denominator=alike.units,
    )  # fmt: skip
    if is_mean:
        return below
    above = alike.filter(alike.counted.notnull())
    return below.union(
        above.select(
            *columns, known=above.counted.cast("int64"), numerator=above.rows, denominator=ibis.literal(0, "int64")
        )
    )


def _named(rows: ir.Table, codes: Codes | None, ask: Ask, past: Past, first: date) -> ir.Table:
    """The postings with ids instead of codes and dates instead of numbers of days."""
    if codes is not None:
        rows = codes.named(rows, "subject", "shop_id")
        if any(question.measure.averaged for question in ask.questions):
            rows = codes.named(rows, "thing", "product_id")
    return rows.select(
        "question", "part", subject_id="subject", thing=rows.thing.cast("string"),
        anchor_on=day_plus(first, rows.anchor), known_on=day_plus(first, rows.known),
        numerator="numerator", denominator="denominator",
    ).cast(dict(schema(past.id_type)))  # fmt: skip
