"""The fact `reception_days`: one row per agent and calendar day on which the agent had a session or was online."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, excluded_column, with_exclusions
from steelyard.facts.online_days import online_days


@dataclass(frozen=True)
class Received:
    """How many sessions began: `number`; excluded ones and those of `left_out_handlers` are not among them."""

    left_out_handlers: tuple[str, ...]

    def counts(self, session: ir.Table) -> ir.BooleanValue:
        """Whether a session is received by the agent."""
        if not self.left_out_handlers:
            return ibis.literal(True)
        return ~session.handled_by.isin(self.left_out_handlers).fill_null(False)


def reception_days(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per agent and day: `own_at` its midnight, `online`, and `number` per use that needs `Received`.

    Where agents are judged a day is the agent's in all shops, else in one of them.
    """
    since, until = (ibis.literal(edge) for edge in (min(use.since for use in uses), max(use.until for use in uses)))
    sessions = past.rows("sessions")
    begun = sessions.filter(sessions.agent_id.notnull(), sessions.started_at >= since, sessions.started_at < until)
    begun = with_exclusions(past, begun, ("sessions", "session_id"), uses, order_id=True)
    numbers: dict[str, ir.Value] = {}
    for use in uses:
        for alias, need in use.needs.items():
            if not isinstance(need, Received):
                raise TypeError(f"{use.name}__{alias} needs {need!r}, which days of reception cannot give")
            counts = need.counts(begun) & begun[excluded_column(use.name)].isnull()
            numbers[f"{use.name}__{alias}__number"] = counts.ifelse(1, 0).cast("int64")
    begun = begun.select("shop_id", "agent_id", day=begun.started_at.date(), online=ibis.literal(0, "int64"), **numbers)
    there = online_days(past, uses)
    nothing = {name: ibis.literal(0, "int64") for name in numbers}
    there = there.select("shop_id", "agent_id", "day", online=ibis.literal(1, "int64"), **nothing)
    every = begun.union(there)
    key = ("agent_id", "day") if past.judged == "agent" else ("shop_id", "agent_id", "day")
    fact = every.group_by(*key).agg(online=every.online.max(), **{name: every[name].sum() for name in numbers})
    written = [fact.agent_id.cast("string"), fact.day.cast("string")]
    return fact.mutate(
        subject_id=past.subject(fact),
        row_id=ibis.literal(" ").join(written),
        own_at=fact.day.cast("timestamp"),
        online=fact.online == 1,
        **{name: fact[name].cast("int64") for name in numbers},
        **{excluded_column(use.name): ibis.null("string") for use in uses},
    )
