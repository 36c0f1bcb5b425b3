"""The category a subject mainly sells in: the peer group of rules that compare like with like."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import counts_of, fact_table, inside, placed
from steelyard.facts import Past
from steelyard.measures import Averaged


def main_categories(past: Past, question: Question) -> ir.Table:
    """One row per subject that has one: `subject_id`, `main_category`.

    The category of the products in most of the rows that `question` counts in its denominator; ties go to the name
    that comes first. Rows without a product, or whose product has no category, decide nothing.
    """
    fact = fact_table(past, question.measure.fact, [question])
    count = counts_of(fact, question)
    if isinstance(count, Averaged):
        raise TypeError(f"{question.measure.name} has no rows of its own to find a category by")
    fact = fact.mutate(**placed("it", count))
    fact = fact.filter(inside(past, fact, "it", question))
    products = past.table("products").select(category_of="product_id", main_category="category")
    sold = fact.inner_join(products, fact.product_id == products.category_of)
    sold = sold.filter(sold.main_category.notnull())
    return most_sold(sold.group_by("subject_id", "main_category").agg(rows=sold.count()), ["subject_id"])


def most_sold(sums: ir.Table, group: Sequence[str]) -> ir.Table:
    """The `main_category` with most `rows` per `group`; ties go to the name that comes first."""
    most_first = ibis.window(group_by=list(group), order_by=[sums.rows.desc(), sums.main_category])
    return sums.mutate(place=ibis.row_number().over(most_first)).filter(lambda t: t.place == 0).drop("rows", "place")
