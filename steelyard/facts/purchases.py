"""The fact `purchases`: one row per order paid in the window, to reckon per buyer."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, excluded_column, with_exclusions
from steelyard.fixed import MILLION

MOST_UNITS = 10**9
"""Units that one order counts at most: beyond that a quantity is a slip, and its sum must fit 64 bits."""
MOST_PAID = 10**9
"""What one order counts at most, in the marketplace's currency, for the same reason."""


@dataclass(frozen=True)
class FirstOrders:
    """Whether an order is the first of its buyer with the subject in the window, among those that count: `first`."""


def purchases(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per order paid in the window: what was paid in `millionths`, `units`, and `first` per use.

    `first` is 1 on the first order of each buyer with the subject that is neither cancelled nor excluded, 0 on others:
    its sum is how many buyers there are. An order of an unknown buyer is one of a buyer of its own.
    """
    orders = past.rows("orders")
    since, until = min(use.since for use in uses), max(use.until for use in uses)
    orders = orders.filter(orders.paid_at >= ibis.literal(since), orders.paid_at < ibis.literal(until))
    fact = with_exclusions(past, orders, ("orders", "order_id"), uses, order_id=False)
    fact = fact.mutate(
        subject_id=past.subject(fact),
        row_id=fact.order_id,
        own_at=fact.paid_at,
        millionths=_millionths(fact),
        units=ibis.least(ibis.greatest(ibis.coalesce(fact.quantity, 1), 1), MOST_UNITS).cast("int64"),
    )
    fact = fact.mutate(whose=fact.paid_at.date() if past.judged == "day" else fact.subject_id)
    firsts: dict[str, ir.Value] = {}
    found: dict[object, str] = {}
    for use in uses:
        for alias in use.needs:
            column = f"{use.name}__{alias}__first"
            if use.acting not in found:  # the same exclusions, the same first orders
                found[use.acting] = column
                fact = fact.mutate(**{column: _first(fact, excluded_column(use.name))})
            else:
                firsts[column] = fact[found[use.acting]]
    return fact.mutate(**firsts)


def _first(fact: ir.Table, excluded: str) -> ir.IntegerValue:
    """1 on the first order of each buyer with the subject that counts, 0 elsewhere."""
    out = fact.cancelled_at.notnull() | fact[excluded].notnull()
    order = ibis.window(group_by=[fact.whose, fact.buyer_id, out], order_by=[fact.paid_at, fact.order_id])
    first = ~out & (fact.buyer_id.isnull() | (ibis.row_number().over(order) == 0))
    return first.ifelse(1, 0).cast("int64")


def _millionths(orders: ir.Table) -> ir.IntegerValue:
    """What was paid in millionths, nothing where it is unknown; a cent is exact whether money is DOUBLE or DECIMAL."""
    paid = ibis.least(ibis.greatest(ibis.coalesce(orders.amount.cast("float64"), 0.0), 0.0), float(MOST_PAID))
    return (paid * MILLION).round().cast("int64")
