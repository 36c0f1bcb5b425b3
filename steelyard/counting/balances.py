"""Balances: the counts of every window on every day of a span, from the ledger's postings.

A posting counts on the days from which it is known and whose window has its anchor: it comes in on one day and goes out
on another. Those changes, summed up day after day, are the counts.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.ledger import CATEGORY
from steelyard.counting.main_category import most_sold
from steelyard.counting.tally import averages
from steelyard.counting.versions import Span
from steelyard.windows import days_from

_NUMBERS = ("numerator", "denominator")


def counts_per_day(postings: ir.Table, questions: Sequence[Question], span: Span) -> ir.Table:
    """One row per day `as_of` and subject with any posting: `NAME__numerator`, `NAME__denominator` per question.

    For questions that are not averaged.
    """
    names = {question.name: question.name for question in questions}
    moves = _moves(postings.filter(postings.part == ""), questions, span)
    return _running(_wide(moves, "question", names, ["subject_id"]), ["subject_id"], span)


def averages_per_day(postings: ir.Table, question: Question, parts: Sequence[str], span: Span) -> ir.Table:
    """As `counts_per_day`, for a question whose value is averaged over things."""
    moves = _moves(postings.filter(postings.part.isin(parts)), [question], span)
    names = {part: f"part__{part}" for part in parts}
    things = _running(_wide(moves, "part", names, ["subject_id", "thing"]), ["subject_id", "thing"], span)
    return averages(things, question.name, parts, ["as_of", "subject_id"])


def categories_per_day(postings: ir.Table, question: Question, span: Span) -> ir.Table:
    """The main category of every subject and day that has one: `as_of`, `subject_id`, `main_category`."""
    moves = _moves(postings.filter(postings.part == CATEGORY, postings.thing.notnull()), [question], span)
    wide = _wide(moves, "part", {CATEGORY: "rows"}, ["subject_id", "thing"])
    counts = _running(wide, ["subject_id", "thing"], span)
    counts = counts.filter(counts["rows__denominator"] > 0)
    rows = counts.select("as_of", "subject_id", main_category="thing", rows="rows__denominator")
    return most_sold(rows, ["as_of", "subject_id"])


def _moves(postings: ir.Table, questions: Sequence[Question], span: Span) -> ir.Table:
    """What comes in and goes out on each day of the span: `question`, `part`, `subject_id`, `thing`, `on`, numbers."""
    first, last = ibis.literal(span.first), ibis.literal(span.last)
    parts = []
    for window in dict.fromkeys(question.window for question in questions):
        names = [question.name for question in questions if question.window == window]
        rows = postings.filter(postings.question.isin(names))
        begins, over = window.scores_with(rows.anchor_on)
        rows = rows.mutate(on=ibis.greatest(begins, rows.known_on, first), over=over)
        rows = rows.filter(rows.on <= last, rows.on < rows.over)
        columns = ("question", "part", "subject_id", "thing", "on")
        parts.append(rows.select(*columns, *_NUMBERS))
        gone = rows.filter(rows.over <= last)
        gone = gone.drop("on").rename(on="over")
        parts.append(gone.select(*columns, **{name: -gone[name] for name in _NUMBERS}))
    return ibis.union(*parts)


def _wide(moves: ir.Table, by: str, names: dict[str, str], group: Sequence[str]) -> ir.Table:
    """One row per `group` and day with a move, the numbers of each value of `by` in columns of its name."""
    sums = {
        f"{name}__{kind}": (moves[by] == value).ifelse(moves[kind], 0).sum().cast("int64")
        for value, name in names.items()
        for kind in _NUMBERS
    }
    return moves.group_by(*group, "on").agg(**sums)


def _running(moves: ir.Table, group: Sequence[str], span: Span) -> ir.Table:
    """The sums of all moves up to each day, for every day of the span."""
    numbers = [column for column in moves.columns if column not in (*group, "on")]
    if span.first == span.last:
        return moves.rename(as_of="on").select("as_of", *group, *numbers)
    grid = moves.select(*group).distinct().cross_join(days_from(span.first, span.last))
    mine = moves.rename(on_day="on", **{f"of_{column}": column for column in group})
    same = [grid.as_of == mine.on_day, *(grid[column].identical_to(mine[f"of_{column}"]) for column in group)]
    rows = grid.left_join(mine, same)
    so_far = ibis.window(group_by=list(group), order_by="as_of", rows=(None, 0))
    sums = {column: rows[column].fill_null(0).sum().over(so_far).cast("int64") for column in numbers}
    return rows.select("as_of", *group, **sums)
