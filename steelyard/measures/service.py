"""Service: complaints, disputes, replies, refunds and the buyers' rating of them."""

from collections.abc import Hashable
from datetime import time

import ibis
import ibis.expr.types as ir

from steelyard.facts.orders import EarliestComplaint
from steelyard.facts.sessions import PreviousRating, Questions
from steelyard.measures import Count, Found, Params, measure
from steelyard.windows import seconds_between, within_hours


def _complaint_needs(_p: Params) -> dict[str, Hashable]:
    return {"complaint": EarliestComplaint()}


@measure("orders", evidence=("complaints",), needs=_complaint_needs)
def complaint_rate(order: ir.Table, _p: Params, found: Found) -> Count:
    """How many paid orders led to a complaint about the shop?

    Eligible: an order from its payment on.
    Counts: any complaint about the shop that was not rejected; an open one counts.
    Left out: nothing.
    Unit: share of paid orders.
    Source: facts A, section 1.3.
    """
    at = found("complaint", "at")
    return Count(
        anchor=order.paid_at,
        eligible_at=order.paid_at,
        counted_at=at.isnull().ifelse(ibis.null("timestamp"), ibis.greatest(order.paid_at, at)),
    )


class Dispute(Params):
    """`liable`: the verdicts that count against the shop."""

    liable: tuple[str, ...]


@measure("cases", evidence=("after_sales",), params=Dispute)
def dispute_liability_rate(case: ir.Table, p: Dispute, _found: Found) -> Count:
    """How many completed cases had to be decided by the platform against the shop?

    Eligible: a case from its completion on.
    Counts: the platform stepped in and found the merchant liable.
    Left out: nothing.
    Unit: share of completed cases.
    Source: facts A, section 1.3.
    """
    lost = case.platform_intervened_at.notnull() & case.liability.isin(p.liable)
    return Count(
        anchor=case.completed_at,
        eligible_at=case.completed_at,
        counted_at=lost.ifelse(ibis.greatest(case.completed_at, case.platform_intervened_at), ibis.null("timestamp")),
    )


def _own_refund(case: ir.Table, kind: str) -> Count:
    return Count(
        anchor=case.completed_at,
        eligible_at=case.completed_at,
        amount=seconds_between(case.applied_at, case.completed_at),
        left_out={
            "other_kind": case.kind != kind,
            "not_refunded": case.outcome != "refunded",
            "platform_intervened": case.platform_intervened_at.notnull(),
            "out_of_order": case.completed_at < case.applied_at,
        },
    )


@measure("cases", evidence=("after_sales",), unit="seconds")
def refund_only_duration(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How long does the shop take to finish a refund without return by itself?

    Eligible: a refund-only case from its completion on.
    Counts: seconds from application to completion.
    Left out: other kinds; not refunded; the platform stepped in; completed before it was applied for.
    Unit: mean seconds.
    Source: the name is published, the formula an assumption.
    """
    return _own_refund(case, "refund_only")


@measure("cases", evidence=("after_sales",), unit="seconds")
def return_refund_duration(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How long does the shop take to finish a return with refund by itself?

    Eligible: a return-and-refund case from its completion on.
    Counts: seconds from application to completion.
    Left out: other kinds; not refunded; the platform stepped in; completed before it was applied for.
    Unit: mean seconds.
    Source: the name is published, the formula an assumption.
    """
    return _own_refund(case, "return_refund")


class ReplyWithin(Params):
    """The mean wait allowed, and the hours `[opens, closes)` in which a session must have started."""

    within_seconds: int
    opens: time
    closes: time


def _reply_needs(_p: ReplyWithin) -> dict[str, Hashable]:
    return {"questions": Questions()}


@measure("sessions", evidence=("messages",), params=ReplyWithin, needs=_reply_needs)
def im_3min_reply_rate(session: ir.Table, p: ReplyWithin, found: Found) -> Count:
    """In how many sessions do people answer within three minutes on average?

    Eligible: a session from the buyer's first message on.
    Counts: every question answered by a human agent, with a mean wait within the limit.
    Left out: bot sessions; started outside the hours; no message by the buyer.
    Unit: share of sessions.
    Source: facts A and B, section 1.3; that an unanswered question fails the session is an assumption.
    """
    asked, answered = found("questions", "asked"), found("questions", "answered")
    in_time = (asked == answered) & (found("questions", "waited") <= asked * p.within_seconds)
    first = found("questions", "first_asked_at")
    return Count(
        anchor=session.started_at,
        eligible_at=ibis.greatest(session.started_at, ibis.coalesce(first, session.started_at)),
        counted_at=in_time.ifelse(found("questions", "last_reply_at"), ibis.null("timestamp")),
        left_out={
            "bot": session.handled_by == "bot",
            "outside_hours": ~within_hours(session.started_at, p.opens, p.closes),
            "no_buyer_message": first.isnull(),
        },
    )


class Dissatisfaction(Params):
    """`rating_at_most` is dissatisfied; a rating within `repeat_hours` of the last by the same buyer is a repeat."""

    rating_at_most: int
    repeat_hours: int


def _rating_needs(_p: Dissatisfaction) -> dict[str, Hashable]:
    return {"previous": PreviousRating()}


@measure("sessions", evidence=("sessions",), params=Dissatisfaction, needs=_rating_needs)
def im_dissatisfaction_rate(session: ir.Table, p: Dissatisfaction, found: Found) -> Count:
    """How many rated sessions left the buyer dissatisfied?

    Eligible: a rated session from its rating on.
    Counts: rated with so few stars; invited and voluntary ratings alike.
    Left out: bot sessions; unrated; a rating too soon after the previous one by the same buyer of the same agent.
    Unit: share of rated sessions.
    Source: source 004, parts 1 and 4.
    """
    previous = found("previous", "at")
    rated_at = session.rating.notnull().ifelse(session.rated_at, ibis.null("timestamp"))
    return Count(
        anchor=rated_at,
        eligible_at=rated_at,
        counted_at=(session.rating <= p.rating_at_most).ifelse(rated_at, ibis.null("timestamp")),
        left_out={
            "bot": session.handled_by == "bot",
            "unrated": rated_at.isnull(),
            "repeat_rating": session.rated_at < previous + ibis.interval(hours=p.repeat_hours),
        },
    )
