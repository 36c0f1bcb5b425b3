"""The fact `purchases`: one row per order paid in the window, to reckon per buyer."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions
from steelyard.fixed import MILLION

MOST_UNITS = 10**9
"""Units that one order counts at most: beyond that a quantity is a slip, and its sum must fit 64 bits."""
MOST_PAID = 10**9
"""What one order counts at most, in the marketplace's currency, for the same reason."""


def purchases(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per order paid in the window: what was paid in `millionths`, and `units`."""
    orders = past.rows("orders")
    since, until = min(use.since for use in uses), max(use.until for use in uses)
    orders = orders.filter(orders.paid_at >= ibis.literal(since), orders.paid_at < ibis.literal(until))
    fact = with_exclusions(past, orders, ("orders", "order_id"), uses, order_id=False)
    return fact.mutate(
        subject_id=past.subject(fact),
        row_id=fact.order_id,
        own_at=fact.paid_at,
        millionths=_millionths(fact),
        units=ibis.least(ibis.greatest(ibis.coalesce(fact.quantity, 1), 1), MOST_UNITS).cast("int64"),
    )


def _millionths(orders: ir.Table) -> ir.IntegerValue:
    """What was paid in millionths, nothing where it is unknown; a cent is exact whether money is DOUBLE or DECIMAL."""
    paid = ibis.least(ibis.greatest(ibis.coalesce(orders.amount.cast("float64"), 0.0), 0.0), float(MOST_PAID))
    return (paid * MILLION).round().cast("int64")
