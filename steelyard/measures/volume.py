"""Volume: how much there is to judge."""

import ibis.expr.types as ir

from steelyard.measures import Count, Found, Params, measure


@measure("orders", evidence=("orders",))
def paid_orders(order: ir.Table, _p: Params, _found: Found) -> Count:
    """How many orders were paid?

    Eligible: an order from its payment on.
    Counts: every eligible order.
    Left out: nothing.
    Unit: orders.
    Source: facts B, section 1.2.
    """
    return Count(anchor=order.paid_at, eligible_at=order.paid_at, counted_at=order.paid_at)


@measure("sessions", evidence=("sessions",))
def begun_sessions(session: ir.Table, _p: Params, _found: Found) -> Count:
    """How many sessions are there?

    Eligible: a session from its start on.
    Counts: every eligible session.
    Left out: nothing.
    Unit: sessions.
    Source: sources 001 and 002, receptions.
    """
    return Count(anchor=session.started_at, eligible_at=session.started_at, counted_at=session.started_at)
