"""Collection: whether the carrier's trace of handing over a parcel makes sense."""

import ibis
import ibis.expr.types as ir

from steelyard.measures import Count, Found, Params, measure


class CollectionTrace(Params):
    """`collected_within_hours`: how long after shipping the carrier may take to collect."""

    collected_within_hours: int


@measure("orders", evidence=("orders",), params=CollectionTrace)
def abnormal_collection_rate(order: ir.Table, p: CollectionTrace, _found: Found) -> Count:
    """How many shipped orders have a collection that cannot be right?

    Eligible: a shipped or collected order, once it is collected or the hours after shipping have passed.
    Counts: not collected within those hours; collected before it was paid or shipped.
    Left out: cancelled before it was eligible.
    Unit: share of shipped orders.
    Source: the name is published (source 002), the definition an assumption.
    """
    never = ibis.null("timestamp")
    deadline = order.shipped_at + ibis.interval(hours=p.collected_within_hours)
    in_time = (order.collected_at <= deadline).fill_null(False)
    due = ibis.coalesce(in_time.ifelse(order.collected_at, deadline), order.collected_at)
    eligible_at = ibis.greatest(due, order.paid_at)
    uncollected = deadline.notnull() & ~in_time
    unpaid = (order.collected_at < order.paid_at).fill_null(False)
    unshipped = (order.collected_at < order.shipped_at).fill_null(False)
    found_out = unshipped.ifelse(ibis.greatest(eligible_at, order.shipped_at), eligible_at)
    return Count(
        anchor=due,
        eligible_at=eligible_at,
        counted_at=(uncollected | unpaid | unshipped).ifelse(found_out, never),
        left_out={"cancelled": order.cancelled_at < due},
    )
