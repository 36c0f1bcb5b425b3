"""After-sales service: how fast cases are reviewed and handled, and how well."""

from collections.abc import Hashable
from datetime import time
from typing import Self

import ibis
import ibis.expr.types as ir
from pydantic import model_validator

from steelyard.facts.order_cases import CasesOfKinds, LostDisputes
from steelyard.measures import Count, Found, Params, measure
from steelyard.windows import seconds_between, service_seconds

MOST_UNITS = 10**9
"""Units that one order counts at most: beyond that a quantity is a slip, and its sum must fit 64 bits."""


@measure("cases", evidence=("after_sales",), unit="seconds")
def aftersales_duration(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How long do buyers wait for the shop to review their case and to handle it?

    Eligible: a case from its first handling result on.
    Counts: seconds from application to first review, and from receipt (of the returned parcel, else the moment it
    became pending) to the first handling result.
    Left out: not reviewed; neither received nor pending; times of either part out of order.
    Unit: mean seconds.
    Source: facts A, section 3b-1.
    """
    received_at = ibis.coalesce(case.return_delivered_at, case.pending_at)
    return Count(
        anchor=case.handled_at,
        eligible_at=case.handled_at,
        amount=seconds_between(case.applied_at, case.reviewed_at) + seconds_between(received_at, case.handled_at),
        left_out={
            "not_reviewed": case.reviewed_at.isnull(),
            "not_pending": received_at.isnull(),
            "out_of_order": (case.reviewed_at < case.applied_at) | (case.handled_at < received_at),
        },
    )


class Disputes(Params):
    """`liable`: the verdicts that count against the shop."""

    liable: tuple[str, ...]


def _dispute_needs(p: Disputes) -> dict[str, Hashable]:
    return {"lost": LostDisputes(p.liable)}


@measure("orders", evidence=("after_sales",), params=Disputes, needs=_dispute_needs)
def disputes_per_order(order: ir.Table, _p: Disputes, found: Found) -> Count:
    """How many disputes does the shop lose for every order it takes?

    Eligible: an order from its payment on.
    Counts: each of its cases in which the platform stepped in and gave a verdict against the shop.
    Left out: nothing.
    Unit: disputes per paid order.
    Source: facts A, section 3b-1.
    """
    return Count(
        anchor=order.paid_at,
        eligible_at=order.paid_at,
        amount=ibis.coalesce(found("lost", "number"), 0),
    )


class Returns(Params):
    """`kinds` of cases that are counted."""

    kinds: tuple[str, ...]


def _return_needs(p: Returns) -> dict[str, Hashable]:
    return {"cases": CasesOfKinds(p.kinds)}


@measure("orders", evidence=("after_sales",), params=Returns, needs=_return_needs)
def returns_per_unit(order: ir.Table, _p: Returns, found: Found) -> Count:
    """How many returns, exchanges and repairs are there for every unit sold?

    Eligible: the units of an order from its completion on; an unknown quantity is one, more than a
    billion are a billion.
    Counts: each of its cases of the kinds, whatever came of it.
    Left out: nothing.
    Unit: cases per unit of completed orders.
    Source: facts A, section 3b-1; that an unknown quantity is one is an assumption.
    """
    return Count(
        anchor=order.completed_at,
        eligible_at=order.completed_at,
        amount=ibis.coalesce(found("cases", "number"), 0),
        units=ibis.least(ibis.greatest(ibis.coalesce(order.quantity, 1), 1), MOST_UNITS),
    )


class Satisfaction(Params):
    """Ratings from `at_least` to `at_most` count."""

    at_least: int
    at_most: int


@measure("cases", evidence=("after_sales",), params=Satisfaction)
def case_satisfaction(case: ir.Table, p: Satisfaction, _found: Found) -> Count:
    """How many buyers rated their case so?

    Eligible: a rated case from its completion on, for the rating has no time of its own.
    Counts: the rating lies between the two bounds, both included.
    Left out: unrated.
    Unit: share of rated cases.
    Source: source 002; the date of a rating is an assumption.
    """
    counts = case.satisfaction.between(p.at_least, p.at_most)
    return Count(
        anchor=case.completed_at,
        eligible_at=case.completed_at,
        counted_at=counts.ifelse(case.completed_at, ibis.null("timestamp")),
        left_out={"unrated": case.satisfaction.isnull()},
    )


class InServiceHours(Params):
    """At most `within_seconds`, of which only those in the daily hours `[opens, closes)` pass."""

    within_seconds: int
    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("`closes` must lie after `opens`")
        return self


def _in_time(start: ir.TimestampValue, end: ir.TimestampValue, p: InServiceHours) -> ir.TimestampValue:
    """`end` where it came within the limit."""
    return (service_seconds(start, end, p.opens, p.closes) <= p.within_seconds).ifelse(end, ibis.null("timestamp"))


@measure("cases", evidence=("after_sales",), params=InServiceHours)
def review_timeliness(case: ir.Table, p: InServiceHours, _found: Found) -> Count:
    """How many cases are reviewed in time?

    Eligible: a case from its first review on.
    Counts: reviewed within the limit after the application, seconds outside the service hours not counted.
    Left out: reviewed before it was applied for.
    Unit: share of reviewed cases.
    Source: source 002; that the clock stands still outside the hours is an assumption.
    """
    return Count(
        anchor=case.reviewed_at,
        eligible_at=case.reviewed_at,
        counted_at=_in_time(case.applied_at, case.reviewed_at, p),
        left_out={"out_of_order": case.reviewed_at < case.applied_at},
    )


@measure("cases", evidence=("after_sales",), params=InServiceHours)
def handling_timeliness(case: ir.Table, p: InServiceHours, _found: Found) -> Count:
    """How many cases get a first result in time once they wait for one?

    Eligible: a case from its first handling result on.
    Counts: handled within the limit after it became pending, seconds outside the service hours not counted.
    Left out: never pending; handled before it was pending.
    Unit: share of handled cases.
    Source: source 002; that the clock stands still outside the hours is an assumption.
    """
    return Count(
        anchor=case.handled_at,
        eligible_at=case.handled_at,
        counted_at=_in_time(case.pending_at, case.handled_at, p),
        left_out={
            "not_pending": case.pending_at.isnull(),
            "out_of_order": case.handled_at < case.pending_at,
        },
    )


def _last_review(case: ir.Table) -> ir.TimestampValue:
    """The last known review; where only the first is recorded, that one."""
    return ibis.coalesce(case.last_reviewed_at, case.reviewed_at)


@measure("cases", evidence=("after_sales",))
def awaiting_customer_rate(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How many cases are put off by waiting for the customer?

    Eligible: a case from its last review on; from its first where no later one is known.
    Counts: ever moved to waiting for the customer.
    Left out: nothing.
    Unit: share of reviewed cases.
    Source: source 002.
    """
    at = _last_review(case)
    return Count(anchor=at, eligible_at=at, counted_at=case.awaiting_customer_at)


@measure("cases", evidence=("after_sales",))
def reviewed_cases(case: ir.Table, _p: Params, _found: Found) -> Count:
    """How many cases were reviewed?

    Eligible: a case from its first review on.
    Counts: every eligible case.
    Left out: nothing.
    Unit: cases.
    Source: source 002.
    """
    return Count(anchor=case.reviewed_at, eligible_at=case.reviewed_at, counted_at=case.reviewed_at)


class Checked(Params):
    """`items` that are checked."""

    items: tuple[str, ...]


@measure("quality_checks", evidence=("quality_checks",), params=Checked)
def checks_passed(check: ir.Table, p: Checked, _found: Found) -> Count:
    """How many spot checks does the service pass?

    Eligible: a check from its own time on.
    Counts: passed.
    Left out: other items; no verdict.
    Unit: share of checks.
    Source: source 002.
    """
    return Count(
        anchor=check.checked_at,
        eligible_at=check.checked_at,
        counted_at=check.passed.ifelse(check.checked_at, ibis.null("timestamp")),
        left_out={"other_item": ~check["item"].isin(p.items), "no_verdict": check.passed.isnull()},
    )
