"""The fact `work_orders`: one row per work order of a shop."""

from collections.abc import Sequence

import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions


def work_orders(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known work order; an excluded order takes its work orders along."""
    fact = past.rows("work_orders")
    fact = fact.mutate(subject_id=fact.shop_id, row_id=fact.work_order_id, own_at=fact.created_at)
    return with_exclusions(past, fact, ("work_orders", "work_order_id"), uses, order_id=True)
