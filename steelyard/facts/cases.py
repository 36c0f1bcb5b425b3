"""The fact `cases`: one row per after-sales case."""

from collections.abc import Sequence

import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions


def cases(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known case, whether or not its order is known yet; an excluded order takes its cases along."""
    fact = past.rows("after_sales")
    fact = fact.mutate(subject_id=past.subject(fact), row_id=fact.case_id, own_at=fact.applied_at)
    return with_exclusions(past, fact, ("after_sales", "case_id"), uses, order_id=True)
