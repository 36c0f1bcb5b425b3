"""Sales: what comes of enquiries, and what buyers spend."""

from collections.abc import Hashable

import ibis.expr.types as ir

from steelyard.facts.enquiries import Enquiry, Placed
from steelyard.measures import Count, Found, Params, measure


class Conversion(Params):
    """What `placed` an order, within how many days, whether after-sales enquirers are out, and how long they are such.

    `days_after`: days after the enquiry's that still count, to their end. `aftersales_days`: after delivery.
    """

    placed: Placed
    days_after: int
    left_out_aftersales: bool
    aftersales_days: int


def _enquiry(p: Conversion) -> dict[str, Hashable]:
    return {"enquiry": Enquiry(placed=p.placed, days=p.days_after, aftersales_days=p.aftersales_days)}


@measure("consumer_days", evidence=("orders",), reads=("messages", "sessions"), params=Conversion, needs=_enquiry)
def converted_enquirers(_day: ir.Table, p: Conversion, found: Found) -> Count:
    """How many enquirers order?

    Eligible: a buyer's day in a shop from the first message on, at any hour.
    Counts: an order of the buyer in the shop is made from the day's first message to the end of the days allowed.
    Left out: days without a message that stands; where so declared, after-sales enquirers: an order's after-sales
    period covers the day, and none is made on it or on the next.
    Unit: share of consumer-days.
    Source: facts A, section 2.5; the length of the after-sales period is an assumption.
    """
    first, ordered_at = found("enquiry", "first_at"), found("enquiry", "ordered_at")
    out = {"aftersales_enquirer": found("enquiry", "serviced")} if p.left_out_aftersales else {}
    return Count(anchor=first, eligible_at=first, counted_at=ordered_at, left_out={"no_message": first.isnull()} | out)


def _bought(order: ir.Table, amount: ir.IntegerValue) -> Count:
    return Count(
        anchor=order.paid_at,
        eligible_at=order.paid_at,
        amount=amount,
        once=order.buyer_id,
        left_out={"cancelled": order.cancelled_at.notnull()},
    )


@measure("purchases", evidence=("orders",), unit="money")
def order_value(order: ir.Table, _p: Params, _found: Found) -> Count:
    """How much does a buyer spend?

    Eligible: each buyer with a paid order, once, whatever the number of orders.
    Counts: the amounts of the orders, in millionths of the currency.
    Left out: cancelled.
    Unit: money per buyer.
    Source: source 001, 客单价.
    """
    return _bought(order, order.millionths)


@measure("purchases", evidence=("orders",), unit="pieces")
def items_bought(order: ir.Table, _p: Params, _found: Found) -> Count:
    """How many items does a buyer take?

    Eligible: each buyer with a paid order, once, whatever the number of orders.
    Counts: the quantities of the orders; an unknown quantity is one.
    Left out: cancelled.
    Unit: items per buyer.
    Source: source 001, 客件数; that an unknown quantity is one is an assumption.
    """
    return _bought(order, order.units)
