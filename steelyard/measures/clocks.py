"""Reply clocks: how soon buyers' messages are answered, message by message, buyer by buyer, session by session."""

from collections.abc import Hashable
from datetime import date, time
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.facts.clocks import Answer, Burst, Clock, Offline, Replier, Transfer, at_other_times, not_in_phases
from steelyard.facts.consumer_days import Replies
from steelyard.facts.first_waits import FirstWait
from steelyard.measures import Count, Found, Params, measure

Phase = Literal["presale", "aftersale"]


class Asked(Params):
    """What is asked of: the hours `[opens, closes)` (equal: the whole day), without `holidays`, in these `phases`."""

    opens: time = time()
    closes: time = time()
    holidays: tuple[date, ...] = ()
    phases: tuple[Phase, ...] = ()


class Clocked(Asked):
    """A clock: which `replies` stop it, what a `transfer` does, which of a `burst` start it, what `offline` means."""

    replies: tuple[Replier, ...] = ("agent",)
    transfer: Transfer = "carries_on"
    burst: Burst = "every"
    offline: Offline = "counts"

    def clock(self) -> Clock:
        """The clock as facts read it."""
        answer = Answer(self.replies, self.transfer, self.burst, self.offline)
        return Clock(self.opens, self.closes, answer, self.holidays, self.phases)


class ClockedWithin(Clocked):
    """A clock and the longest wait allowed, included."""

    within_seconds: int


def _clock(p: Clocked) -> dict[str, Hashable]:
    return {"clock": p.clock()}


def answers_in_time(message: ir.Table, clock: Clock, in_time: ir.BooleanValue) -> Count:
    """A message that the clock asks of, counted by its answer where that is `in_time`."""
    reply_at = clock.answer.of(message, "reply_at")
    credited = clock.answer.prefix + "__agent_id"
    return Count(
        anchor=message.sent_at,
        eligible_at=message.sent_at,
        counted_at=in_time.fill_null(False).ifelse(reply_at, ibis.null("timestamp")),
        left_out=clock.left_out(message),
        agent=message[credited] if credited in message.columns else None,
        wait=clock.answer.of(message, "wait"),
    )


@measure("buyer_messages", evidence=("messages",), reads=("sessions",), params=ClockedWithin, needs=_clock)
def answered_messages(message: ir.Table, p: ClockedWithin, _found: Found) -> Count:
    """How many messages of buyers are answered within the wait allowed?

    Eligible: a message of a buyer from its sending on.
    Counts: the first later reply of the kinds named comes within so many whole seconds; it may come after the hours.
    Left out: outside the hours; on a holiday; sessions of other phases; where so declared, later messages of a burst
    and messages while nobody is online.
    Unit: share of messages.
    Source: source 001, 30秒应答率; definition sheet of the service metrics.
    """
    return answers_in_time(message, p.clock(), p.clock().answer.of(message, "wait") <= p.within_seconds)


@measure("buyer_messages", evidence=("messages",), reads=("sessions",), params=Clocked, needs=_clock)
def replied_messages(message: ir.Table, p: Clocked, _found: Found) -> Count:
    """How many messages of buyers are answered at all?

    Eligible: a message of a buyer from its sending on.
    Counts: there is a later reply of the kinds named in the session.
    Left out: outside the hours; on a holiday; sessions of other phases; where so declared, later messages of a burst
    and messages while nobody is online.
    Unit: share of messages.
    Source: source 002, 消息回复率; that every message is asked of is an assumption.
    """
    return answers_in_time(message, p.clock(), p.clock().answer.of(message, "reply_at").notnull())


@measure("buyer_messages", evidence=("messages",), reads=("sessions",), unit="seconds", params=Clocked, needs=_clock)
def message_wait(message: ir.Table, p: Clocked, _found: Found) -> Count:
    """How long do buyers wait for the answer to a message?

    Eligible: a message of a buyer from its first later reply of the kinds named on.
    Counts: seconds from the message to that reply.
    Left out: outside the hours; on a holiday; sessions of other phases; unanswered; where so declared, later messages
    of a burst and messages while nobody is online.
    Unit: mean seconds.
    Source: source 001, 平均响应时间; that unanswered messages are no part of the mean is an assumption.
    """
    clock = p.clock()
    reply_at = clock.answer.of(message, "reply_at")
    credited = clock.answer.prefix + "__agent_id"
    return Count(
        anchor=message.sent_at,
        eligible_at=reply_at,
        amount=clock.answer.of(message, "wait"),
        left_out=clock.left_out(message) | {"unanswered": reply_at.isnull()},
        agent=message[credited] if credited in message.columns else None,
    )


def _replies(p: Clocked) -> dict[str, Hashable]:
    return {"replies": Replies(p.clock())}


@measure("consumer_days", evidence=("messages",), reads=("sessions",), params=ClockedWithin, needs=_replies)
def answered_consumers(_day: ir.Table, p: ClockedWithin, found: Found) -> Count:
    """How many consumers of a day get every message answered within the wait allowed?

    Eligible: a buyer's day in a shop from the first message that is asked of on.
    Counts: each of the day's messages that are asked of has a later reply of the kinds named in the session within the
    limit, included; the reply may come after the hours. Of an agent: of the messages credited to the agent.
    Left out: days without a message that is asked of.
    Unit: share of consumer-days.
    Source: source 001 and facts A, sections 2.1 and 2.2; the wait of each message is an assumption.
    """
    first = found("replies", "first_at")
    in_time = (found("replies", "unanswered") == 0) & (found("replies", "longest_wait") <= p.within_seconds)
    return Count(
        anchor=first,
        eligible_at=first,
        counted_at=in_time.fill_null(False).ifelse(found("replies", "last_reply_at"), ibis.null("timestamp")),
        left_out={"not_asked_of": first.isnull()},
    )


class FirstAsked(Asked):
    """When sessions asked of begin, which `replies` count, and sessions of which handlers are left out."""

    replies: tuple[Replier, ...] = ("agent",)
    left_out_handlers: tuple[Literal["human", "bot"], ...] = ()


class FirstWithin(FirstAsked):
    """The longest first wait allowed, included, and whether sessions that nobody answered count as misses."""

    within_seconds: int
    unanswered: Literal["miss", "left_out"] = "miss"


def first_evidence(p: FirstAsked) -> dict[str, Hashable]:
    """The buyer's first message of a session, and what answers it."""
    return {"first": FirstWait(Answer(p.replies))}


def sessions_left_out(session: ir.Table, p: FirstAsked, asked_at: ir.TimestampValue) -> dict[str, ir.BooleanValue]:
    """Why a session is not asked of."""
    reasons = {"handler": session.handled_by.isin(p.left_out_handlers)} if p.left_out_handlers else {}
    reasons |= at_other_times(session.started_at, p.opens, p.closes, p.holidays)
    if p.phases:
        reasons["other_phase"] = not_in_phases(session.phase, p.phases)
    return reasons | {"no_buyer_message": asked_at.isnull()}


def first_credited(session: ir.Table, found: Found) -> ir.Column | None:
    """Who replied first, where agents are judged: shops need no such column."""
    has = any(column.endswith("__first__agent_id") for column in session.columns)
    return found("first", "agent_id") if has else None


@measure("sessions", evidence=("messages",), params=FirstWithin, needs=first_evidence)
def first_answered_sessions(session: ir.Table, p: FirstWithin, found: Found) -> Count:
    """In how many sessions is the buyer's first message answered within the wait allowed?

    Eligible: a session from the buyer's first message on.
    Counts: the first later reply of the kinds named comes within so many whole seconds.
    Left out: sessions handled by those the rule leaves out; started outside the hours; on a holiday; of other phases;
    no message by the buyer; where so declared, unanswered.
    Unit: share of sessions.
    Source: facts A, section 3b-4, 咚咚首次30秒应答率.
    """
    unanswered = {"unanswered": found("first", "replied_at").isnull()} if p.unanswered == "left_out" else {}
    asked_at, replied_at = found("first", "asked_at"), found("first", "replied_at")
    in_time = (found("first", "wait") <= p.within_seconds).fill_null(False)
    return Count(
        anchor=session.started_at,
        eligible_at=ibis.greatest(session.started_at, ibis.coalesce(asked_at, session.started_at)),
        counted_at=in_time.ifelse(
            ibis.greatest(session.started_at, ibis.coalesce(replied_at, session.started_at)), ibis.null("timestamp")
        ),
        left_out=sessions_left_out(session, p, asked_at) | unanswered,
        agent=first_credited(session, found),
        wait=found("first", "wait"),
    )


@measure("sessions", evidence=("messages",), unit="seconds", params=FirstAsked, needs=first_evidence)
def first_wait(session: ir.Table, p: FirstAsked, found: Found) -> Count:
    """How long does a buyer wait for the first answer of a session?

    Eligible: a session from the first later reply of the kinds named to the buyer's first message on.
    Counts: seconds from that message to that reply.
    Left out: sessions handled by those the rule leaves out; started outside the hours; on a holiday; of other phases;
    no message by the buyer; unanswered.
    Unit: mean seconds.
    Source: source 001, 首次响应时间; what starts the clock is an assumption.
    """
    asked_at, replied_at = found("first", "asked_at"), found("first", "replied_at")
    return Count(
        anchor=session.started_at,
        eligible_at=ibis.greatest(session.started_at, ibis.coalesce(replied_at, session.started_at)),
        amount=found("first", "wait"),
        left_out=sessions_left_out(session, p, asked_at) | {"unanswered": replied_at.isnull()},
        agent=first_credited(session, found),
    )
