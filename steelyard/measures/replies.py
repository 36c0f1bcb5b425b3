"""Replies: how soon a person answers what a buyer writes first."""

from collections.abc import Hashable
from datetime import time

import ibis
import ibis.expr.types as ir

from steelyard.facts.first_replies import FirstReply
from steelyard.measures import Count, Found, Params, measure
from steelyard.windows import seconds_between, within_hours


class FirstReplies(Params):
    """The hours `[opens, closes)` in which a session must have started, and who handled those left out."""

    opens: time
    closes: time
    left_out_handlers: tuple[str, ...]


class FirstReplyWithin(FirstReplies):
    """The wait allowed."""

    within_seconds: int


def _first_reply_needs(_p: FirstReplies) -> dict[str, Hashable]:
    return {"first": FirstReply()}


def _not_asked(session: ir.Table, p: FirstReplies, asked_at: ir.TimestampValue) -> dict[str, ir.BooleanValue]:
    return {
        "bot": session.handled_by.isin(p.left_out_handlers),
        "outside_hours": ~within_hours(session.started_at, p.opens, p.closes),
        "no_buyer_message": asked_at.isnull(),
    }


@measure("sessions", evidence=("messages",), params=FirstReplyWithin, needs=_first_reply_needs)
def first_answer_rate_30s(session: ir.Table, p: FirstReplyWithin, found: Found) -> Count:
    """In how many sessions does a person answer the buyer's first message within the wait allowed?

    Eligible: a session from the buyer's first message on.
    Counts: the first later reply by a person comes within so many whole seconds.
    Left out: sessions handled by those the rule leaves out; started outside the hours; no message by the buyer.
    Unit: share of sessions.
    Source: definition sheet of the reply metrics, 咚咚首次30秒应答率.
    """
    asked_at, replied_at = found("first", "asked_at"), found("first", "replied_at")
    in_time = seconds_between(asked_at, replied_at) <= p.within_seconds
    return Count(
        anchor=session.started_at,
        eligible_at=ibis.greatest(session.started_at, ibis.coalesce(asked_at, session.started_at)),
        counted_at=in_time.ifelse(
            ibis.greatest(session.started_at, ibis.coalesce(replied_at, session.started_at)), ibis.null("timestamp")
        ),
        left_out=_not_asked(session, p, asked_at),
    )


@measure("sessions", evidence=("messages",), unit="seconds", params=FirstReplies, needs=_first_reply_needs)
def first_reply_time(session: ir.Table, p: FirstReplies, found: Found) -> Count:
    """How long does a buyer wait for the first answer by a person?

    Eligible: a session from the first reply by a person to the buyer's first message on.
    Counts: seconds from that message to that reply.
    Left out: sessions handled by those the rule leaves out; started outside the hours; no message by the buyer;
    never answered by a person.
    Unit: mean seconds.
    Source: definition sheet of the reply metrics, 首次响应时间.
    """
    asked_at, replied_at = found("first", "asked_at"), found("first", "replied_at")
    return Count(
        anchor=session.started_at,
        eligible_at=ibis.greatest(session.started_at, ibis.coalesce(replied_at, session.started_at)),
        amount=seconds_between(asked_at, replied_at),
        left_out=_not_asked(session, p, asked_at) | {"unanswered": replied_at.isnull()},
    )
