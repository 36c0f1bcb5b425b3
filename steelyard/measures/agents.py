"""Agents: what buyers say of those who serve them, what comes back, and how long they are there."""

from collections.abc import Hashable
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.facts.first_waits import NextContact
from steelyard.facts.order_cases import CasesOfKinds
from steelyard.facts.served import Buyers
from steelyard.measures import Count, Found, Params, measure
from steelyard.measures.clocks import Phase
from steelyard.windows import seconds_between

Handler = Literal["human", "bot"]


class Complained(Params):
    """The `phases` of the sessions, and the handlers whose sessions serve nobody."""

    phases: tuple[Phase, ...] = ()
    left_out_handlers: tuple[Handler, ...]


def _served(p: Complained) -> dict[str, Hashable]:
    return {"buyers": Buyers(p.phases, p.left_out_handlers)}


@measure("served", evidence=("complaints",), reads=("sessions",), params=Complained, needs=_served)
def agent_complaints(row: ir.Table, _p: Complained, found: Found) -> Count:
    """How many complaints about agents are there for every buyer served?

    Eligible: each buyer with a session, once, whatever the number of sessions.
    Counts: each complaint about an agent that was not rejected; an open one counts.
    Left out: rejected complaints; sessions handled by those the rule leaves out; of other phases.
    Unit: complaints per buyer served.
    Source: source 001, 投诉率; the denominator is an assumption.
    """
    return Count(
        anchor=row.own_at,
        eligible_at=row.own_at,
        amount=row.complaint.ifelse(1, 0).cast("int64"),
        units=row.complaint.ifelse(0, 1).cast("int64"),
        once=row.buyer_id,
        left_out={"rejected": row.complaint & ~row.upheld, "not_served": found("buyers", "out")},
    )


@measure("cases", evidence=("after_sales",), unit="seconds")
def refund_time(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How long does a refund take?

    Eligible: a refunded case from its completion on.
    Counts: seconds from application to completion.
    Left out: not refunded; completed before it was applied for.
    Unit: mean seconds.
    Source: source 001, 平均退款速度; that the clock starts with the application is inferred.
    """
    return Count(
        anchor=case.completed_at,
        eligible_at=case.completed_at,
        amount=seconds_between(case.applied_at, case.completed_at),
        left_out={
            "not_refunded": ~(case.outcome == "refunded").fill_null(False),
            "out_of_order": case.completed_at < case.applied_at,
        },
    )


class Answers(Params):
    """`answers` of the survey that count: 1 very satisfied, 2 fairly, 3 not."""

    answers: tuple[Literal[1, 2, 3], ...]


@measure("sessions", evidence=("sessions",), params=Answers)
def survey_answers(session: ir.Table, p: Answers, _found: Found) -> Count:
    """How many buyers who answered the survey after a session gave this answer?

    Eligible: a session with an answer, from its start on, for the answer has no time of its own.
    Counts: the answer is one of those named.
    Left out: no answer.
    Unit: share of answered surveys.
    Source: source 001, the 1/2/3 survey; the date of an answer is an assumption.
    """
    return Count(
        anchor=session.started_at,
        eligible_at=session.started_at,
        counted_at=session.survey.isin(p.answers).ifelse(session.started_at, ibis.null("timestamp")),
        left_out={"unrated": session.survey.isnull()},
    )


class Stars(Params):
    """Ratings `of` sessions, or of cases too, from `at_least` stars on are good."""

    of: tuple[Literal["sessions", "cases"], ...]
    at_least: int


@measure("judgements", evidence=("sessions", "after_sales"), params=Stars)
def good_ratings(rating: ir.Table, p: Stars, _found: Found) -> Count:
    """How many ratings are good?

    Eligible: a rating of what is named, from the rating on; of a case from its completion on.
    Counts: at least so many stars.
    Left out: ratings of other things.
    Unit: share of ratings.
    Source: source 002, 好评率; that four stars are good is an assumption.
    """
    return Count(
        anchor=rating.own_at,
        eligible_at=rating.own_at,
        counted_at=(rating.stars >= p.at_least).ifelse(rating.own_at, ibis.null("timestamp")),
        left_out={"other_kind": rating.of.notin(p.of)},
    )


class Kinds(Params):
    """`kinds` of cases that are returns."""

    kinds: tuple[str, ...]


def _returns(p: Kinds) -> dict[str, Hashable]:
    return {"cases": CasesOfKinds(p.kinds)}


@measure("orders", evidence=("after_sales",), params=Kinds, needs=_returns)
def returns_per_order(order: ir.Table, _p: Kinds, found: Found) -> Count:
    """How many returns are there for every order sold?

    Eligible: an order from its payment on.
    Counts: each of its cases of the kinds, whatever came of it.
    Left out: nothing.
    Unit: cases per paid order.
    Source: source 002, 退货率; the definition is an assumption.
    """
    return Count(anchor=order.paid_at, eligible_at=order.paid_at, amount=ibis.coalesce(found("cases", "number"), 0))


@measure("cases", evidence=("after_sales",), params=Kinds)
def returned_cases(case: ir.Table, p: Kinds, _found: Found) -> Count:
    """How many handled cases end in a return?

    Eligible: a case from its first handling result on.
    Counts: it is of the kinds and was refunded.
    Left out: nothing.
    Unit: share of handled cases.
    Source: source 002, 退货率; the definition is an assumption.
    """
    returned = case.kind.isin(p.kinds) & (case.outcome == "refunded")
    return Count(
        anchor=case.handled_at,
        eligible_at=case.handled_at,
        counted_at=returned.fill_null(False).ifelse(case.handled_at, ibis.null("timestamp")),
    )


@measure("cases", evidence=("after_sales",), unit="count")
def changed_reviews(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How many bad reviews were changed after a case?

    Eligible: nothing is shared out; the number stands alone.
    Counts: a case after which a bad review was changed, from its completion on, else from its application.
    Left out: no changed review.
    Unit: reviews.
    Source: source 002, 改评数; the date is an assumption.
    """
    at = ibis.coalesce(case.completed_at, case.applied_at)
    nothing = ibis.literal(0, "int64")
    changed = case.review_changed.fill_null(False)
    return Count(
        anchor=at, eligible_at=at, amount=ibis.literal(1, "int64"), units=nothing, left_out={"unchanged": ~changed}
    )


@measure("online_days", evidence=("presence",), unit="time")
def time_online(stretch: ir.Table, _p: Params, _found: Found) -> Count:
    """How long are agents online?

    Eligible: nothing is shared out; the number stands alone.
    Counts: the seconds of a stretch online that lie on a day of the period.
    Left out: nothing.
    Unit: seconds.
    Source: source 002, 在线时长.
    """
    return Count(
        anchor=stretch.own_at,
        eligible_at=stretch.own_at,
        amount=stretch.seconds,
        units=ibis.literal(0, "int64"),
    )


class Resolved(Params):
    """Solved from `at_least` stars on or, unrated, without a further contact for `quiet_hours`.

    Sessions of `left_out_handlers` are left out.
    """

    at_least: int
    quiet_hours: int
    left_out_handlers: tuple[Handler, ...]


def _contact(p: Resolved) -> dict[str, Hashable]:
    return {"next": NextContact(p.quiet_hours)}


@measure("sessions", evidence=("sessions",), reads=("platform_contacts",), params=Resolved, needs=_contact)
def resolved_sessions(session: ir.Table, p: Resolved, found: Found) -> Count:
    """How many sessions solve what the buyer came for?

    Eligible: a session from its start on.
    Counts: rated with so many stars; or unrated, with no further session or request to the platform about the same
    order within the hours after its end.
    Left out: sessions handled by those the rule leaves out.
    Unit: share of sessions.
    Source: source 002; the definition is an assumption.
    """
    solved = session.rating.isnull().ifelse(found("next", "at").isnull(), session.rating >= p.at_least)
    return Count(
        anchor=session.started_at,
        eligible_at=session.started_at,
        counted_at=solved.ifelse(session.started_at, ibis.null("timestamp")),
        left_out={"handler": session.handled_by.isin(p.left_out_handlers)},
    )
