"""What buyers waited for: every message of a buyer with the first reply that answers it, in one pass over the messages.

Within one instant buyers speak first, so a reply at the very instant of a message cannot answer it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past, Use, excluded_column, with_exclusions
from steelyard.facts.clocks import Answer, Replier
from steelyard.windows import seconds_between

WAITS = "waits"
"""The name under which waits that were found beforehand are among the copies of `Past`."""


@dataclass(frozen=True)
class Wanted:
    """Which messages are asked of, `[since, until)`, what may answer them, and whether their session matters."""

    since: datetime
    until: datetime
    answers: tuple[Answer, ...]
    of_sessions: bool = True
    whole_sessions: bool = False
    """Whether messages at other times are asked of too, where their session began in that time."""


def wanted(past: Past, uses: Sequence[Use], answers: Sequence[Answer], *, phases: bool) -> Wanted:
    """What `uses` want of the waits, with these `answers`; `phases`: whether any asks for the session's phase."""
    of_agents = past.judged == "agent" or any(answer.offline == "agent" for answer in answers)
    of_sessions = phases or of_agents or "exclusions" in past.present
    since, until = min(use.since for use in uses), max(use.until for use in uses)
    return Wanted(since, until, tuple(dict.fromkeys(answers)), of_sessions)


def waits(past: Past, asked: Wanted) -> ir.Table:
    """One row per buyer message asked of.

    `session_id` · `shop_id` · `buyer_id` · `sent_at` · `day` · of its session, where it is known, `of_session`,
    `order_id`, `phase`, `session_agent` · of every answer, under its prefix, `reply_at`, `wait` in whole seconds, both
    NULL where nothing answers; where they are asked for `agent_id`, who is credited (who replied, else the session's
    agent), `opens`, whether the message is the first of a burst, and `offline`.
    """
    if WAITS in past.copies:
        return past.copies[WAITS]
    spoken = _with_next_replies(past, _spoken(past, asked), asked.answers)
    found = _with_sessions(past, spoken.filter(spoken.asks == 1), asked)
    found = found.mutate(day=found.sent_at.date())
    for answer in asked.answers:
        found = _with_answer(past, found, answer)
    if not _every(asked):
        found = found.filter(_asked_of(found, asked))
    own = ["session_id", "shop_id", "buyer_id", "sent_at", "day", "of_session", "order_id", "phase", "session_agent"]
    return found.select(*own, *(name for name in found.columns if "__" in name and not name.endswith("__next")))


def kept_waits(past: Past, asked: Wanted, acting: Collection[Acting]) -> ir.Table:
    """As `waits`, to be kept: also why a message is excluded, a column for each of `acting`."""
    uses = [Use(_kept(each), each) for each in dict.fromkeys(acting)]
    return _with_exclusions(past, waits(past, asked), uses)


def standing_waits(past: Past, asked: Wanted, uses: Sequence[Use]) -> ir.Table:
    """As `waits`, and for each of `uses` why a message is excluded: as its session is, or its session's order."""
    found = waits(past, asked)
    if any(excluded_column(_kept(use.acting)) not in found.columns for use in uses):
        return _with_exclusions(past, found, uses)
    return found.mutate(**{excluded_column(use.name): found[excluded_column(_kept(use.acting))] for use in uses})


def _with_exclusions(past: Past, found: ir.Table, uses: Sequence[Use]) -> ir.Table:
    return with_exclusions(past, found, ("sessions", "of_session"), uses, order_id=True)


def _kept(acting: Acting) -> str:
    """The name of what is kept for it; columns of Spark may hold no point, as its indicator may."""
    return f"kept_{repr(acting).encode().hex()}"


def _spoken(past: Past, asked: Wanted) -> ir.Table:
    """Messages of buyers (`asks` 1), and what answers them or hands their session over."""
    messages = past.rows("messages")
    if _every(asked):  # else a burst may have begun before
        messages = _from_then_on(past, messages, asked)
    kinds = dict.fromkeys(kind for answer in asked.answers for kind in answer.replies)
    matter = [messages.sender == "buyer", _is_reply(messages, tuple(kinds))]
    if any(answer.transfer == "resets" for answer in asked.answers):
        matter.append(_hands_over(messages))
    spoken = messages.filter(reduce(or_, matter))
    return spoken.mutate(asks=(spoken.sender == "buyer").ifelse(1, 0).cast("int8"))


def _hands_over(messages: ir.Table) -> ir.BooleanValue:
    """Whether a message of the system names the agent who has the session from then on."""
    return (messages.sender == "system") & messages.agent_id.notnull()


def _is_reply(messages: ir.Table, kinds: Sequence[Replier]) -> ir.BooleanValue:
    """Whether a message is a reply of one of `kinds`."""
    who = _who(messages)
    return reduce(or_, (who[kind] for kind in kinds))


def _who(messages: ir.Table) -> dict[Replier, ir.BooleanValue]:
    """Whether a message is a reply of each kind."""
    agent, auto = messages.sender == "agent", messages.auto.fill_null(False)
    return {
        "agent": agent & ~auto,
        "automatic": agent & auto,
        "bot": messages.sender == "bot",
        "substantive": agent & ~auto & messages.substantive.fill_null(False),
        "unjudged": agent & ~auto & messages.substantive.isnull(),
    }


def _with_next_replies(past: Past, spoken: ir.Table, answers: Sequence[Answer]) -> ir.Table:
    """`spoken` with `PREFIX__next` per answer: the time of the next reply, or a struct of it and what else matters."""
    if any(answer.transfer == "resets" for answer in answers):
        handed = _hands_over(spoken).ifelse(spoken.sent_at, ibis.null("timestamp"))
        order = [spoken.sent_at, spoken.sender.desc()]  # the system within an instant first
        so_far = ibis.window(group_by=spoken.session_id, order_by=order, rows=(None, 0))
        spoken = spoken.mutate(handed_at=handed.max().over(so_far))
    named = {f"{answer.prefix}__next": _reply(past, spoken, answer) for answer in answers}
    spoken = spoken.mutate(**named)
    # From the end backwards, the buyer first within an instant: what came before in this order was said later.
    order = [spoken.sent_at.desc(), spoken.asks.desc()]
    backwards = ibis.window(group_by=spoken.session_id, order_by=order, rows=(None, 0))
    return spoken.mutate(**{name: spoken[name].min().over(backwards) for name in named})


def _reply(past: Past, spoken: ir.Table, answer: Answer) -> ir.Value:
    """When a message that answers was sent; with the agent, and when the session was handed over, where they matter."""
    parts = {"at": spoken.sent_at}
    if past.judged == "agent" or answer.offline == "agent":
        parts |= {"nobody": spoken.agent_id.isnull(), "agent_id": spoken.agent_id}
    if answer.transfer == "resets":
        parts["handed_at"] = spoken.handed_at
    reply = spoken.sent_at if len(parts) == 1 else ibis.struct(parts)
    return _is_reply(spoken, answer.replies).ifelse(reply, ibis.null(reply.type()))


def _from_then_on(past: Past, messages: ir.Table, asked: Wanted) -> ir.Table:
    """`messages` that can be asked of or answer; of whole sessions, where they are wanted, also what came before."""
    since, until = ibis.literal(asked.since), ibis.literal(asked.until)
    recent = messages.filter(messages.sent_at >= since)
    if not asked.whole_sessions:
        return recent
    sessions = past.rows("sessions")
    begun = sessions.filter(sessions.started_at >= since, sessions.started_at < until).select("session_id")
    return recent.union(messages.filter(messages.sent_at < since).semi_join(begun, "session_id"))


def _asked_of(found: ir.Table, asked: Wanted) -> ir.BooleanValue:
    """Whether a message lies in the time asked of; of whole sessions, where they are wanted, whether those do."""
    since, until = ibis.literal(asked.since), ibis.literal(asked.until)
    inside = (found.sent_at >= since) & (found.sent_at < until)
    if not asked.whole_sessions:
        return inside
    return inside | ((found.started_at >= since) & (found.started_at < until)).fill_null(False)


def _with_sessions(past: Past, found: ir.Table, asked: Wanted) -> ir.Table:
    """`found` with the columns of the session; messages that are not asked of are gone, unless a burst needs them."""
    if asked.of_sessions or asked.whole_sessions:
        sessions = past.rows("sessions")
        sessions = sessions.select("order_id", "phase", "started_at", of_session="session_id", session_agent="agent_id")
        found = found.left_join(sessions, found.session_id == sessions.of_session)
    else:
        unknown = ibis.null(past.id_type)
        found = found.mutate(of_session=unknown, order_id=unknown, session_agent=unknown, phase=ibis.null("string"))
    return found.filter(_asked_of(found, asked)) if _every(asked) else found


def _every(asked: Wanted) -> bool:
    return all(answer.burst == "every" for answer in asked.answers)


def _with_answer(past: Past, found: ir.Table, answer: Answer) -> ir.Table:
    """`found` with the columns of one answer."""
    following = found[f"{answer.prefix}__next"]
    fields = following.type().names if following.type().is_struct() else ()
    reply_at = following["at"] if fields else following
    begins = found.sent_at
    if "handed_at" in fields:
        begins = ibis.greatest(found.sent_at, ibis.coalesce(following["handed_at"], found.sent_at))
    columns = {"reply_at": reply_at, "wait": seconds_between(begins, reply_at)}
    if "agent_id" in fields:
        columns["agent_id"] = ibis.coalesce(following["agent_id"], found.session_agent)
    if answer.burst == "first":
        before = ibis.window(group_by=found.session_id, order_by=found.sent_at)
        answered_before = (reply_at.lag(1).over(before) < found.sent_at).fill_null(False)
        columns["opens"] = answered_before | (ibis.row_number().over(before) == 0)
    found = found.mutate(**{f"{answer.prefix}__{name}": column for name, column in columns.items()})
    return found if answer.offline == "counts" else _with_offline(past, found, answer)


def _with_offline(past: Past, found: ir.Table, answer: Answer) -> ir.Table:
    """`found` with whether the agent, or everybody of the shop, was offline; nobody is without any presence known."""
    presence = past.rows("presence")
    online = presence.filter(presence.state == "online")
    who = answer.of(found, "agent_id") if answer.offline == "agent" else found.shop_id
    asked = found.mutate(who__=who, at__=found.sent_at, until__=ibis.null("timestamp"))
    whose = online.agent_id if answer.offline == "agent" else online.shop_id
    there = online.select(who__=whose, at__=online.from_at, until__=online.to_at)
    blank = {name: ibis.null(kind) for name, kind in asked.schema().items() if name not in there.columns}
    every = asked.union(there.mutate(**blank).select(*asked.columns))
    so_far = ibis.window(
        group_by=every["who__"], order_by=[every["at__"], every.session_id.isnull().desc()], rows=(None, 0)
    )
    known = every["until__"].notnull().ifelse(1, 0).sum().over(ibis.window(group_by=every["who__"])) > 0
    latest = every["until__"].max().over(so_far)
    offline = known & every["who__"].notnull() & ~(latest > every["at__"]).fill_null(False)
    every = every.mutate(**{f"{answer.prefix}__offline": offline})
    return every.filter(every.session_id.notnull()).drop("who__", "at__", "until__")
