"""Pace: how soon after the payment a parcel is with the carrier."""

from collections.abc import Hashable

import ibis
import ibis.expr.types as ir

from steelyard.facts.products import OfKind
from steelyard.measures import Count, Found, Params, measure


class CollectedWithin(Params):
    """`hours` from payment to collection; products of `left_out_kinds` need no shipping."""

    hours: int
    left_out_kinds: tuple[str, ...]


def _collected_needs(p: CollectedWithin) -> dict[str, Hashable]:
    return {"product": OfKind(p.left_out_kinds)}


@measure("orders", evidence=("orders",), reads=("products",), params=CollectedWithin, needs=_collected_needs)
def collected_within(order: ir.Table, p: CollectedWithin, found: Found) -> Count:
    """How many collected orders were with the carrier within so many hours of the payment?

    Eligible: an order from its collection on.
    Counts: less than the hours from payment to collection.
    Left out: presale; kinds of product that need no shipping; collected before it was paid.
    Unit: share of collected orders.
    Source: facts A, section 1.3.
    """
    in_time = order.collected_at < order.paid_at + ibis.interval(hours=p.hours)
    return Count(
        anchor=order.collected_at,
        eligible_at=order.collected_at,
        counted_at=in_time.ifelse(order.collected_at, ibis.null("timestamp")),
        left_out={
            "presale": order.presale,
            "not_assessed": found("product", "kind").notnull(),
            "out_of_order": order.collected_at < order.paid_at,
        },
    )
