"""The fact `consumer_days`: one row per shop, buyer and calendar day on which the buyer wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past, Shared, Use, excluded_column, shared_needs, under_own_names, with_exclusions
from steelyard.facts.clocks import Answer, Clock
from steelyard.facts.waits import waits, wanted

KEY = ("shop_id", "buyer_id", "day")
AGENT = "agent_id"


@runtime_checkable
class Evidence(Protocol):
    """What may be asked of a consumer's day; compares by value, so that indicators that need the same share it."""

    clock: Clock
    """Which messages are asked of, and what answers them."""

    def of_days(self, past: Past, waits: ir.Table, acting: Acting) -> ir.Table:
        """At most one row per day, keyed by `shop_id`, `buyer_id`, `day`, and `agent_id` where `waits` has it.

        `waits` are the messages that no exclusion takes away, `agent_id` who is credited with the answer.
        """


@dataclass(frozen=True)
class Replies:
    """The day's messages that the clock asks of, and the replies to them.

    `first_at` of the messages · `unanswered` how many · `longest_wait` of the answered, seconds · `last_reply_at`.
    """

    clock: Clock

    def of_days(self, _past: Past, waits: ir.Table, _acting: Acting) -> ir.Table:
        """One row per day with a message that the clock asks of."""
        out = list(self.clock.left_out(waits).values())
        asked = waits.filter(reduce(and_, [~reason for reason in out])) if out else waits
        reply_at, wait = (self.clock.answer.of(asked, column) for column in ("reply_at", "wait"))
        return asked.group_by(*(key for key in (*KEY, AGENT) if key in asked.columns)).agg(
            first_at=asked.sent_at.min(),
            unanswered=reply_at.isnull().ifelse(1, 0).sum().cast("int64"),
            longest_wait=wait.max(),
            last_reply_at=reply_at.max(),
        )


def consumer_days(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per consumer's day; messages of excluded sessions, and of those of excluded orders, are not asked.

    Where agents are judged a day has a row for each agent credited with one of its messages. A day is excluded from a
    use where all its messages are; `row_id` is the buyer and the day.
    """
    shared = shared_needs(uses)
    clocks = [_asking(each).clock for each in shared]
    answers = list(dict.fromkeys(clock.answer for clock in clocks)) or [Answer()]
    found = waits(past, wanted(past, uses, answers, phases=any(clock.phases for clock in clocks)))
    found = with_exclusions(past, found, ("sessions", "of_session"), uses, order_id=True)
    fact = _with_every_use(past, _days(past, found, answers, _first_acting(uses)), uses)
    fact = fact.mutate(
        subject_id=past.subject(fact),
        row_id=ibis.literal(" ").join([fact.buyer_id.cast("string"), fact.day.cast("string")]),
    )
    for each, clock in zip(shared, clocks, strict=True):
        use = next(use for use in uses if use.acting == each.acting)
        asked = found.filter(found[excluded_column(use.name)].isnull())
        evidence = _asking(each).of_days(past, _credited(past, asked, clock.answer), each.acting)
        evidence = evidence.rename({f"{each.prefix}__{column}": column for column in evidence.columns})
        keys = [key for key in (*KEY, AGENT) if f"{each.prefix}__{key}" in evidence.columns]
        same = [fact[key] == evidence[f"{each.prefix}__{key}"] for key in keys]
        fact = fact.left_join(evidence, same).drop(*(f"{each.prefix}__{key}" for key in keys))
    return under_own_names(fact, shared)


def _asking(each: Shared) -> Evidence:
    if not isinstance(each.need, Evidence):
        raise TypeError(f"{each.columns[0]} needs {each.need!r}, which consumer days cannot give")
    return each.need


def _credited(past: Past, found: ir.Table, answer: Answer) -> ir.Table:
    """`found`, with `agent_id` where agents are judged; messages that nobody is credited with are not among it."""
    if past.judged != "agent":
        return found
    credited = found.mutate(agent_id=answer.of(found, "agent_id"))
    return credited.filter(credited.agent_id.notnull())


def _first_acting(uses: Sequence[Use]) -> list[str]:
    """The columns that say what is excluded, one for all uses on which the same exclusions act."""
    return [excluded_column(name) for name in {use.acting: use.name for use in reversed(uses)}.values()]


def _with_every_use(past: Past, days: ir.Table, uses: Sequence[Use]) -> ir.Table:
    """`days` with the column of every use, where it has the first of those that act alike."""
    first = {use.acting: use.name for use in reversed(uses)}
    none = ibis.null("string")
    any_out = "exclusions" in past.present
    columns = {use.name: days[excluded_column(first[use.acting])] if any_out else none for use in uses}
    return days.mutate(**{excluded_column(name): column for name, column in columns.items()})


def _days(past: Past, found: ir.Table, answers: Sequence[Answer], excluded: Sequence[str]) -> ir.Table:
    """One row per day (and agent): `own_at`, and per column of `excluded` the reason where every message has one."""
    excluded = excluded if "exclusions" in past.present else []
    by_answer = answers if past.judged == "agent" else answers[:1]
    counted = [_counted(_credited(past, found, answer), excluded) for answer in by_answer]
    rows = ibis.union(*counted) if len(counted) > 1 else counted[0]
    keys = [key for key in (*KEY, AGENT) if key in rows.columns]
    days = rows.group_by(*keys).agg(
        own_at=rows.own_at.min(),
        written=rows.written.sum(),
        **{name: rows[name].min() for name in excluded},
        **{f"{name}__written": rows[f"{name}__written"].sum() for name in excluded},
    )
    none = ibis.null("string")
    whole = {name: (days[f"{name}__written"] == days.written).ifelse(days[name], none) for name in excluded}
    return days.select(*keys, "own_at", **whole)


def _counted(part: ir.Table, excluded: Sequence[str]) -> ir.Table:
    return part.group_by(*(key for key in (*KEY, AGENT) if key in part.columns)).agg(
        own_at=part.sent_at.min(),
        written=part.count().cast("int64"),
        **{name: part[name].min() for name in excluded},
        **{f"{name}__written": part[name].count().cast("int64") for name in excluded},
    )
