"""Conduct: how agents answer and handle what comes in, in points, findings and days."""

from collections.abc import Hashable
from math import gcd
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.facts.clocks import Answer, Clock
from steelyard.facts.reception_days import Received
from steelyard.fixed import MILLION, floor_division
from steelyard.measures import Count, Found, Params, measure
from steelyard.measures.clocks import (
    Asked,
    FirstAsked,
    answers_in_time,
    first_credited,
    first_evidence,
    sessions_left_out,
)

THOUSAND = 1_000


class ResponsePoints(FirstAsked):
    """`full_points` up to `full_seconds`, then in proportion down to `last_points` at `last_seconds`, none beyond."""

    full_seconds: int
    last_seconds: int
    full_points: int
    last_points: int

    @property
    def parts(self) -> int:
        """Into how many parts a point is cut, so that the points of every whole second are whole."""
        rise = self.last_seconds - self.full_seconds
        return rise // gcd(rise, self.full_points - self.last_points)


@measure("sessions", evidence=("messages",), unit="points", params=ResponsePoints, needs=first_evidence)
def response_points(session: ir.Table, p: ResponsePoints, found: Found) -> Count:
    """How many points does the speed of the first answer earn?

    Eligible: a session from the buyer's first message on.
    Counts: full points where the first later reply of the kinds named to the buyer's first message comes within the
    shorter limit, included; down to the last points at the longer limit, in proportion; none beyond it or without a
    reply.
    Left out: sessions handled by those the rule leaves out; started outside the hours; on a holiday; of other phases;
    no message by the buyer.
    Unit: mean points of sessions.
    Source: source 001, 响应速度; the points between the limits and the mean over sessions are an assumption.
    """
    asked_at, wait = found("first", "asked_at"), found("first", "wait")
    rise, parts = p.last_seconds - p.full_seconds, p.parts
    slope = (p.full_points - p.last_points) * parts // rise
    full = ibis.literal(p.full_points * parts, "int64")
    earned = ibis.cases(
        (wait <= p.full_seconds, full),
        (wait <= p.last_seconds, full - (wait - p.full_seconds) * slope),
        else_=ibis.literal(0, "int64"),
    )
    return Count(
        anchor=session.started_at,
        eligible_at=ibis.greatest(session.started_at, ibis.coalesce(asked_at, session.started_at)),
        amount=earned,
        units=ibis.literal(parts, "int64"),
        left_out=sessions_left_out(session, p, asked_at),
        agent=first_credited(session, found),
        wait=wait,
    )


class CheckItems(Params):
    """`items` of the checks that are looked at."""

    items: tuple[str, ...]


@measure("quality_checks", evidence=("quality_checks",), unit="points", params=CheckItems)
def check_points(check: ir.Table, p: CheckItems, _found: Found) -> Count:
    """How many points do spot checks of these items give?

    Eligible: a check with points from its own time on.
    Counts: its points, in thousandths, half up.
    Left out: other items; no points.
    Unit: mean points of checks.
    Source: source 001, the items of 1 to 10 points; that their mean counts is an assumption.
    """
    # A score may be a DOUBLE: to its millionth first, which is exact, then to the thousandth.
    exact = (check.score.cast("float64") * MILLION).round().cast("int64")
    return Count(
        anchor=check.checked_at,
        eligible_at=check.checked_at,
        amount=floor_division(exact + THOUSAND // 2, THOUSAND),
        units=ibis.literal(THOUSAND, "int64"),
        left_out={"other_item": ~check["item"].isin(p.items), "no_points": check.score.isnull()},
    )


@measure("quality_checks", evidence=("quality_checks",), unit="count", params=CheckItems)
def failed_checks(check: ir.Table, p: CheckItems, _found: Found) -> Count:
    """How many spot checks of these items find a fault?

    Eligible: nothing is shared out; the number stands alone.
    Counts: a check that was not passed, from its own time on.
    Left out: other items; no verdict; passed.
    Unit: checks.
    Source: source 002, 服务态度; that spot checks are what finds it is an assumption.
    """
    return Count(
        anchor=check.checked_at,
        eligible_at=check.checked_at,
        amount=ibis.literal(1, "int64"),
        units=ibis.literal(0, "int64"),
        left_out={
            "other_item": ~check["item"].isin(p.items),
            "no_verdict": check.passed.isnull(),
            "passed": check.passed,
        },
    )


class InSubstance(Asked):
    """The longest wait allowed, included."""

    within_seconds: int

    def clock(self, reply: Literal["substantive", "unjudged"]) -> Clock:
        """The clock that such replies stop."""
        return Clock(self.opens, self.closes, Answer((reply,)), self.holidays, self.phases)


def _substance(p: InSubstance) -> dict[str, Hashable]:
    return {"substantive": p.clock("substantive"), "unjudged": p.clock("unjudged")}


@measure("buyer_messages", evidence=("messages",), reads=("sessions",), params=InSubstance, needs=_substance)
def answered_in_substance(message: ir.Table, p: InSubstance, _found: Found) -> Count:
    """How many messages of buyers are answered in substance within the wait allowed?

    Eligible: a message of a buyer from its sending on.
    Counts: the first later answer in substance by a person comes within so many whole seconds; it may come after the
    hours.
    Left out: outside the hours; on a holiday; sessions of other phases; not in time, and of a person's reply in time
    nobody says whether it is in substance.
    Unit: share of messages.
    Source: source 002, 10 seconds; unconfirmed, and what is left out is an assumption.
    """
    clock, unjudged = p.clock("substantive"), p.clock("unjudged")
    in_time = (clock.answer.of(message, "wait") <= p.within_seconds).fill_null(False)
    unknown = (unjudged.answer.of(message, "wait") <= p.within_seconds).fill_null(False)
    count = answers_in_time(message, clock, in_time)
    return Count(
        anchor=count.anchor,
        eligible_at=count.eligible_at,
        counted_at=count.counted_at,
        left_out={**count.left_out, "not_judged": ~in_time & unknown},
        agent=count.agent,
        wait=count.wait,
    )


class Corridor(Params):
    """From `at_least_sessions` to `at_most_sessions` a day, both included; `left_out_handlers` receive nobody.

    Nobody publishes the bounds: a scorecard may leave them `required`.
    """

    at_least_sessions: int | Literal["required"]
    at_most_sessions: int | Literal["required"]
    left_out_handlers: tuple[Literal["human", "bot"], ...]


def _received(p: Corridor) -> dict[str, Hashable]:
    return {"received": Received(p.left_out_handlers)}


def _bound(sessions: int | Literal["required"]) -> ir.IntegerValue:
    """A bound that is not given is unknown: nothing lies within it, and who scores is told before."""
    return ibis.literal(None if isinstance(sessions, str) else sessions, "int64")


@measure("reception_days", evidence=("sessions",), reads=("presence",), params=Corridor, needs=_received)
def days_in_corridor(day: ir.Table, p: Corridor, found: Found) -> Count:
    """On how many days does an agent receive neither too few nor too many sessions?

    Eligible: an agent's day with a session begun or a stretch online.
    Counts: the number of the agent's sessions begun on that day lies in the corridor, both bounds included.
    Left out: without a session and never online.
    Unit: share of days.
    Source: source 002, 工作量; what a day at work is is an assumption.
    """
    number = found("received", "number")
    fits = (number >= _bound(p.at_least_sessions)) & (number <= _bound(p.at_most_sessions))
    return Count(
        anchor=day.own_at,
        eligible_at=day.own_at,
        counted_at=fits.ifelse(day.own_at, ibis.null("timestamp")),
        left_out={"not_at_work": (number == 0) & ~day.online},
    )
