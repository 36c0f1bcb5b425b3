"""Logistics: collection, delivery and what buyers said of the shipping."""

from collections.abc import Hashable

import ibis
import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict

from steelyard.facts.orders import EarliestFeedback
from steelyard.measures import Count, Found, Params, measure
from steelyard.windows import seconds_between


class Remote(BaseModel):
    """Orders over more than `over_km`, from provinces whose names start so (none named: from anywhere)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    over_km: int
    origins: tuple[str, ...] = ()


class Logistics(Params):
    """`remote`: which orders are too remote to be judged."""

    remote: tuple[Remote, ...]


def _remote(order: ir.Table, rules: tuple[Remote, ...]) -> ir.BooleanValue:
    # Engines rank NaN above every number, and may decide isnan() from file statistics that know no NaN.
    is_number = (order.distance_km - order.distance_km) == 0
    remote = ibis.literal(False)
    for rule in rules:
        far = order.distance_km > rule.over_km
        from_there = is_number
        if rule.origins:
            from_there &= ibis.or_(*(order.origin_province.startswith(origin) for origin in rule.origins))
        remote |= far.ifelse(from_there, False).fill_null(False)
    return remote


class Collection(Logistics):
    """`grace_hours` after the promised shipping time the parcel must be collected."""

    grace_hours: int


@measure("orders", evidence=("orders",), params=Collection)
def collection_timeliness(order: ir.Table, p: Collection, _found: Found) -> Count:
    """Are parcels handed to the carrier in time?

    Eligible: an order once it is collected or its deadline (promised shipping time and the grace) has passed.
    Counts: collected by the deadline.
    Left out: presale; no promised shipping time; cancelled before it was eligible; remote.
    Unit: share of the orders due.
    Source: source 004, part 3.
    """
    deadline = order.promised_ship_at + ibis.interval(hours=p.grace_hours)
    due = (order.collected_at <= deadline).fill_null(False).ifelse(order.collected_at, deadline)
    due = ibis.coalesce(due, order.collected_at)
    return Count(
        anchor=due,
        eligible_at=due,
        counted_at=(order.collected_at <= deadline).ifelse(order.collected_at, ibis.null("timestamp")),
        left_out={
            "presale": order.presale,
            "no_promise": order.promised_ship_at.isnull(),
            "cancelled": order.cancelled_at < due,
            "remote": _remote(order, p.remote),
        },
    )


@measure("orders", evidence=("orders",), unit="seconds", params=Logistics)
def delivery_duration(order: ir.Table, p: Logistics, _found: Found) -> Count:
    """How long are parcels on the way?

    Eligible: an order delivered by its logistics trace.
    Counts: seconds from collection to delivery.
    Left out: not collected by the trace; delivered before it was collected; remote.
    Unit: mean seconds.
    Source: source 004, part 3; the plain mean is an assumption.
    """
    return Count(
        anchor=order.delivered_at,
        eligible_at=order.delivered_at,
        amount=seconds_between(order.collected_at, order.delivered_at),
        left_out={
            "not_collected": order.collected_at.isnull(),
            "out_of_order": order.delivered_at < order.collected_at,
            "remote": _remote(order, p.remote),
        },
    )


class LogisticsFeedback(Logistics):
    """`feedback_kinds` within `within_days` of the payment are the seller's shipping faults."""

    within_days: int
    feedback_kinds: tuple[str, ...]


def _logistics_feedback_needs(p: LogisticsFeedback) -> dict[str, Hashable]:
    return {"feedback": EarliestFeedback(p.feedback_kinds)}


@measure("orders", evidence=("feedback",), params=LogisticsFeedback, needs=_logistics_feedback_needs)
def logistics_negative_rate(order: ir.Table, p: LogisticsFeedback, found: Found) -> Count:
    """How many paid orders drew complaints about the shop's own shipping?

    Eligible: an order from its payment on.
    Counts: tagged with a seller's shipping fault within the days after payment, shipped or not.
    Left out: remote. Faults of the courier never count.
    Unit: share of paid orders.
    Source: source 004, part 3.
    """
    limit = order.paid_at + ibis.interval(days=p.within_days)
    in_time = found("feedback", "created_at") < limit
    return Count(
        anchor=order.paid_at,
        eligible_at=order.paid_at,
        counted_at=in_time.ifelse(ibis.greatest(order.paid_at, found("feedback", "at")), ibis.null("timestamp")),
        left_out={"remote": _remote(order, p.remote)},
    )
