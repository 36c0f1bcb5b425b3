"""Calls for help: how often buyers need somebody to step in, and how they are answered."""

from collections.abc import Hashable
from datetime import time

import ibis
import ibis.expr.types as ir

from steelyard.facts.clocks import Clock
from steelyard.facts.consumer_days import Replies
from steelyard.facts.help import PLATFORM, Channel, DisputedRefund, HelpRequests, Module
from steelyard.measures import Count, Found, Params, measure


class PlatformHelp(Params):
    """What is a request: `routine_reasons` of cases are none; a chat hangs on an order of the `chat_order_days`."""

    routine_reasons: tuple[str, ...] = ()
    chat_order_days: int


class Help(PlatformHelp):
    """`module` of the scenario (none: any), and the `channels` by which help was asked."""

    module: Module | None = None
    channels: tuple[Channel, ...]


def _help_needs(p: Help) -> dict[str, Hashable]:
    return {"help": HelpRequests(p.channels, p.module, p.routine_reasons, p.chat_order_days)}


def _platform_needs(p: PlatformHelp) -> dict[str, Hashable]:
    return {"help": HelpRequests(PLATFORM, None, p.routine_reasons, p.chat_order_days)}


def _grouped(order: ir.Table, at: ir.TimestampValue) -> Count:
    """Orders from their grouping on; those with something known `at` count, never before the grouping."""
    return Count(
        anchor=order.grouped_at,
        eligible_at=order.grouped_at,
        counted_at=at.isnull().ifelse(ibis.null("timestamp"), ibis.greatest(order.grouped_at, at)),
    )


@measure("orders", evidence=("orders",))
def grouped_orders(order: ir.Table, _p: Params, _found: Found) -> Count:
    """How many orders were grouped?

    Eligible: an order from its grouping (成团) on.
    Counts: every eligible order.
    Left out: nothing.
    Unit: orders.
    Source: facts A, sections 1.3 and 1.6.
    """
    return _grouped(order, order.grouped_at)


@measure(
    "orders",
    evidence=("sessions", "after_sales", "platform_contacts", "complaints"),
    reads=("buyers", "scenarios"),
    params=Help,
    needs=_help_needs,
)
def help_request_rate(order: ir.Table, _p: Help, found: Found) -> Count:
    """How many grouped orders made a buyer call for help, from the shop or the platform?

    Eligible: an order from its grouping on.
    Counts: once per order, with any request of the module by one of the channels; ordinary enquiries, and requests
    of a buyer flagged as malicious at that moment, are none.
    Left out: nothing.
    Unit: share of grouped orders.
    Source: sources 000 and 001, part 4; that the unit is the order is inferred from facts A.
    """
    return _grouped(order, found("help", "at"))


@measure(
    "orders",
    evidence=("after_sales", "platform_contacts", "complaints"),
    reads=("buyers", "scenarios"),
    params=PlatformHelp,
    needs=_platform_needs,
)
def platform_help_rate(order: ir.Table, _p: PlatformHelp, found: Found) -> Count:
    """How many grouped orders made a buyer turn to the platform?

    Eligible: an order from its grouping on.
    Counts: once per order, with an intervention, a contact of the platform's service or a complaint, whatever the
    module; ordinary enquiries and requests of malicious buyers are none.
    Left out: nothing.
    Unit: share of grouped orders.
    Source: sources 000 and 001, part 4; facts A, section 1.3.
    """
    return _grouped(order, found("help", "at"))


class DisputeRefund(Params):
    """`liable`: the verdicts that count against the shop."""

    liable: tuple[str, ...]


def _dispute_needs(p: DisputeRefund) -> dict[str, Hashable]:
    return {"refund": DisputedRefund(p.liable)}


@measure("orders", evidence=("after_sales",), params=DisputeRefund, needs=_dispute_needs)
def dispute_refund_rate(order: ir.Table, _p: DisputeRefund, found: Found) -> Count:
    """How many grouped orders ended in a refund the platform decided against the shop?

    Eligible: an order from its grouping on.
    Counts: the platform stepped in, found the merchant liable, and the refund is done.
    Left out: nothing.
    Unit: share of grouped orders.
    Source: source 001, after-sales metrics; facts A, section 1.8.
    """
    return _grouped(order, found("refund", "at"))


class Finished(Params):
    """`finished_by`: the ways of closing that finish a work order."""

    finished_by: tuple[str, ...]


@measure("work_orders", evidence=("work_orders",), params=Finished)
def work_order_completion_rate(work: ir.Table, p: Finished, _found: Found) -> Count:
    """How many work orders are finished before they fall overdue?

    Eligible: a work order from its closing on, however it was closed.
    Counts: closed by hand or by the system.
    Left out: nothing.
    Unit: share of closed work orders.
    Source: source 000, question 8; the denominator is an assumption.
    """
    finished = work.closed_by.isin(p.finished_by).fill_null(False)
    return Count(
        anchor=work.closed_at,
        eligible_at=work.closed_at,
        counted_at=finished.ifelse(work.closed_at, ibis.null("timestamp")),
    )


class HumanReply(Params):
    """The longest wait allowed, and the hours `[opens, closes)` in which messages are asked of."""

    within_seconds: int
    opens: time
    closes: time


def _reply_needs(p: HumanReply) -> dict[str, Hashable]:
    return {"replies": Replies(Clock(p.opens, p.closes))}


@measure("consumer_days", evidence=("messages",), reads=("sessions",), params=HumanReply, needs=_reply_needs)
def human_reply_rate_3min(_day: ir.Table, p: HumanReply, found: Found) -> Count:
    """How many consumers of a day get every message answered by a person within three minutes?

    Eligible: a buyer's day in a shop from the first message within the hours on.
    Counts: each of the day's messages within the hours answered by a person in the session within the limit; the
    reply may come after the hours.
    Left out: days with messages outside the hours only.
    Unit: share of consumer-days.
    Source: facts A, section 2.1; waits per message and the calendar day are assumptions.
    """
    first = found("replies", "first_at")
    in_time = (found("replies", "unanswered") == 0) & (found("replies", "longest_wait") <= p.within_seconds)
    return Count(
        anchor=first,
        eligible_at=first,
        counted_at=in_time.fill_null(False).ifelse(found("replies", "last_reply_at"), ibis.null("timestamp")),
        left_out={"outside_hours": first.isnull()},
    )
