"""The fact `consumer_days`: one row per shop, buyer and calendar day on which the buyer wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past, Shared, Use, excluded_column, shared_needs, under_own_names
from steelyard.facts.clocks import Answer, Clock
from steelyard.facts.waits import standing_waits, wanted

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

    `first_at` of the messages, NULL where there are none · `unanswered` how many · `longest_wait` of the answered,
    seconds · `last_reply_at`.
    """

    clock: Clock

    def sums(self, waits: ir.Table, standing: ir.BooleanValue) -> dict[str, ir.Value]:
        """The columns by name, to be summed per day over those of `waits` that are `standing`."""
        asked = reduce(and_, [~reason for reason in self.clock.left_out(waits).values()], standing)
        reply_at, wait = (self.clock.answer.of(waits, column) for column in ("reply_at", "wait"))
        return {
            "first_at": waits.sent_at.min(where=asked),
            "unanswered": (asked & reply_at.isnull()).ifelse(1, 0).sum().cast("int64"),
            "longest_wait": wait.max(where=asked),
            "last_reply_at": reply_at.max(where=asked),
        }


def consumer_days(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per consumer's day; messages of excluded sessions, and of those of excluded orders, are not asked.

    Where agents are judged a day has a row for each agent credited with one of its messages. A day is excluded from a
    use where all its messages are; `row_id` is the buyer and the day.
    """
    shared = shared_needs(uses)
    clocks = [_clock(each) for each in shared]
    answers = list(dict.fromkeys(clock.answer for clock in clocks)) or [Answer()]
    asked = wanted(past, uses, answers, phases=any(clock.phases for clock in clocks))
    found = standing_waits(past, asked, uses)
    standing = {each.acting: excluded_column(use.name) for use in uses for each in shared if each.acting == use.acting}
    summed = [each for each in shared if isinstance(each.need, Replies)]
    fact = _days(past, found, answers, Summed(_first_acting(uses), {each: standing[each.acting] for each in summed}))
    fact = _with_every_use(past, fact, uses)
    fact = fact.mutate(
        subject_id=past.subject(fact),
        row_id=ibis.literal(" ").join([fact.buyer_id.cast("string"), fact.day.cast("string")]),
    )
    for each in shared:
        if isinstance(each.need, Evidence):
            asked = _credited(past, found.filter(found[standing[each.acting]].isnull()), each.need.clock.answer)
            evidence = each.need.of_days(past, asked, each.acting)
            evidence = evidence.rename({f"{each.prefix}__{column}": column for column in evidence.columns})
            keys = [key for key in (*KEY, AGENT) if f"{each.prefix}__{key}" in evidence.columns]
            same = [fact[key] == evidence[f"{each.prefix}__{key}"] for key in keys]
            fact = fact.left_join(evidence, same).drop(*(f"{each.prefix}__{key}" for key in keys))
    return under_own_names(fact, shared)


@dataclass(frozen=True)
class Summed:
    """What is summed per day in one pass over the messages."""

    excluded: Sequence[str]
    """Columns with the reason why a message is excluded."""
    evidence: Mapping[Shared, str]
    """Evidence of replies, and which of those columns acts on it."""


def _clock(each: Shared) -> Clock:
    if not isinstance(each.need, Replies | Evidence):
        raise TypeError(f"{each.columns[0]} needs {each.need!r}, which consumer days cannot give")
    return each.need.clock


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


def _days(past: Past, found: ir.Table, answers: Sequence[Answer], summed: Summed) -> ir.Table:
    """One row per day (and agent): `own_at`, the evidence of replies, and per column of what is excluded the reason.

    The reason is NULL unless every message has one.
    """
    excluded = summed.excluded if "exclusions" in past.present else []
    if past.judged == "agent":
        days = _by_agents(past, found, answers, Summed(excluded, summed.evidence))
    else:
        days = found.group_by(*KEY).agg(**_sums(found, excluded, summed.evidence))
    none = ibis.null("string")
    whole = {name: (days[f"{name}__written"] == days.written).ifelse(days[name], none) for name in excluded}
    return days.mutate(**whole).drop("written", *(f"{name}__written" for name in excluded))


def _sums(found: ir.Table, excluded: Sequence[str], evidence: Mapping[Shared, str]) -> dict[str, ir.Value]:
    sums = {
        "own_at": found.sent_at.min(),
        "written": found.count().cast("int64"),
        **{name: found[name].min() for name in excluded},
        **{f"{name}__written": found[name].count().cast("int64") for name in excluded},
    }
    for each, out in evidence.items():
        if isinstance(each.need, Replies):
            columns = each.need.sums(found, found[out].isnull())
            sums |= {f"{each.prefix}__{name}": column for name, column in columns.items()}
    return sums


def _by_agents(past: Past, found: ir.Table, answers: Sequence[Answer], summed: Summed) -> ir.Table:
    """The sums per day and agent: who is credited depends on the answer, so each is summed alone, then put together."""
    parts = []
    for answer in answers:
        its = {each: out for each, out in summed.evidence.items() if _clock(each).answer == answer}
        credited = _credited(past, found, answer)
        parts.append(credited.group_by(*KEY, AGENT).agg(**_sums(credited, summed.excluded, its)))
    if len(parts) == 1:
        return parts[0]
    kinds = {name: kind for part in parts for name, kind in part.schema().items()}
    rows = ibis.union(
        *(
            part.select(
                **{name: part[name] if name in part.columns else ibis.null(kind) for name, kind in kinds.items()}
            )
            for part in parts
        )
    )
    added = {"written", *(f"{name}__written" for name in summed.excluded)}
    first = {"own_at", *summed.excluded}
    return rows.group_by(*KEY, AGENT).agg(
        **{
            name: rows[name].sum() if name in added else rows[name].min() if name in first else rows[name].max()
            for name in kinds
            if name not in (*KEY, AGENT)
        }
    )
