"""The service metrics that the payroll counts itself, until a fuller measurement is given: see `Metrics`.

From the events: receptions, conversion, online time, good reviews, changed reviews. Any other metric has no value, and
what looks at it says so.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from steelyard.events.check import Events
from steelyard.service.pay.metrics import Id, Month, Reading, Readings, Row
from steelyard.service.pay.plan import Plan
from steelyard.service.pay.plans import in_force
from steelyard.service.pay.reading import Reader, agents, counting, spoken
from steelyard.windows import midnight, seconds_between, shifted

AFTERSALE_DAYS = 15
"""Days after delivery in which an enquiry is an after-sales one (assumed by the definition sheet)."""
CONVERSION_DAYS = 3
"""Days in which an enquiry may become an order, its own among them (published for 询单转化率)."""
GOOD_STARS = 4
"""The least stars of a good review (published)."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Counted:
    """Metrics counted from an events folder; a `Metrics`."""

    events: Events
    plan: Plan

    def readings(self, month: Month, known_on: date, wanted: Collection[str]) -> Readings:
        """The metrics of `wanted` that are counted here and have their evidence in the folder, of every agent."""
        reader = Reader(self.events, month, in_force(self.plan, month), known_on)
        found: dict[Id, dict[str, Reading]] = {agent.agent_id: {} for agent in agents(reader)}
        for name in sorted(wanted & _COUNTED.keys()):
            evidence, count = _COUNTED[name]
            if reader.has(evidence):
                counted = count(reader)
                for agent, mine in found.items():
                    mine[name] = counted.get(agent, _nothing(name))
        return found


def _nothing(name: str) -> Reading:
    return Reading(0, 0) if name in {"conversion_rate", "positive_rate"} else Reading(0)


def receptions(reader: Reader) -> dict[Id, Reading]:
    """接待人数: buyers to whom the agent wrote, not automatically, each calendar day anew."""
    said = spoken(reader)
    human = (said.sender == "agent") & ~said.auto.fill_null(False)
    mine = said.filter(human, said.by_agent.notnull(), reader.within(said.sent_at))
    days = mine.select("by_agent", "buyer_id", day=mine.sent_at.date()).distinct()
    return {agent: Reading(len(rows), None, _days(rows)) for agent, rows in _by_agent(reader.fetch(days)).items()}


def conversion_rate(reader: Reader) -> dict[Id, Reading]:
    """询单转化率: consumer-days with an order soon after, of those that are no after-sales enquiries.

    A day belongs to the agent who wrote last to the buyer on it, else to that of the session of the last message.
    """
    days = _enquiries(reader)
    table = reader.past.rows("orders")
    placed = counting(reader.past, table, "orders", "order_id")
    placed = placed.mutate(counted_at=placed[reader.version.sales.counted_by])
    placed = placed.filter(placed.counted_at.notnull(), placed.buyer_id.notnull())
    placed = placed.select(of_shop="shop_id", of_buyer="buyer_id", counted_at="counted_at", delivered_at="delivered_at")
    same = [days.shop_id == placed.of_shop, days.buyer_id == placed.of_buyer]
    met = days.left_join(placed, same)
    bought_on = met.counted_at.date()
    again = (bought_on == met.day) | (bought_on == shifted(met.day, 1))
    over = shifted(met.delivered_at.date(), AFTERSALE_DAYS)
    covers = (bought_on <= met.day) & (met.delivered_at.isnull() | (over >= met.day))
    until = shifted(met.day, CONVERSION_DAYS).cast("timestamp")
    ordered = (met.counted_at >= met.first_at) & (met.counted_at < until)
    judged = met.group_by("shop_id", "buyer_id", "day", "by_agent").agg(
        again=_any(again), covered=_any(covers), ordered=_any(ordered)
    )
    rows = reader.fetch(judged.filter(~((judged.covered == 1) & (judged.again == 0)), judged.by_agent.notnull()))
    return {
        agent: Reading(sum(row["ordered"] for row in mine), len(mine), _days(mine, "ordered"))
        for agent, mine in _by_agent(rows).items()
    }


def _enquiries(reader: Reader) -> ir.Table:
    """One row per consumer-day of the month: `shop_id`, `buyer_id`, `day`, `first_at` its first message, `by_agent`."""
    said = spoken(reader)
    said = said.filter(said.sender.isin(["buyer", "agent"]), reader.within(said.sent_at))
    said = said.mutate(day=said.sent_at.date(), answers=(said.sender == "agent").ifelse(1, 0))
    first = said.group_by("shop_id", "buyer_id", "day").agg(first_at=said.sent_at.min(where=said.answers == 0))
    last = ibis.window(
        group_by=[said.shop_id, said.buyer_id, said.day],
        order_by=[said.answers.desc(), said.sent_at.desc(), said.session_id.desc(), said.by_agent.desc()],
    )
    numbered = said.mutate(number=ibis.row_number().over(last))
    credited = numbered.filter(numbered.number == 0)
    credited = credited.select(c_shop="shop_id", c_buyer="buyer_id", c_day="day", by_agent="by_agent")
    same = [first.shop_id == credited.c_shop, first.buyer_id == credited.c_buyer, first.day == credited.c_day]
    days = first.join(credited, same).drop("c_shop", "c_buyer", "c_day")
    return days.filter(days.first_at.notnull())


def _any(holds: ir.BooleanValue) -> ir.IntegerValue:
    return holds.fill_null(False).ifelse(1, 0).max().cast("int64")


def online_time(reader: Reader) -> dict[Id, Reading]:
    """在线时长: seconds online, cut to the month."""
    presence = reader.past.rows("presence")
    first, end = (ibis.literal(midnight(day)) for day in (reader.month.first, reader.month.end))
    online = presence.filter(presence.state == "online", presence.from_at < end, presence.to_at > first)
    seconds = seconds_between(ibis.greatest(online.from_at, first), ibis.least(online.to_at, end))
    rows = reader.fetch(online.select(by_agent="agent_id", row_id=online.from_at.cast("string"), value=seconds))
    return {
        agent: Reading(sum(row["value"] for row in mine), None, _rows("presence", mine))
        for agent, mine in _by_agent(rows).items()
    }


def positive_rate(reader: Reader) -> dict[Id, Reading]:
    """好评率: sessions rated with 4 or 5 stars, of those rated in the month."""
    past = reader.past
    rated = counting(past, past.rows("sessions"), "sessions", "session_id")
    rated = rated.filter(rated.rating.notnull(), rated.agent_id.notnull(), reader.within(rated.rated_at))
    rows = reader.fetch(rated.select(by_agent="agent_id", row_id="session_id", value="rating"))
    return {
        agent: Reading(sum(row["value"] >= GOOD_STARS for row in mine), len(mine), _rows("sessions", mine))
        for agent, mine in _by_agent(rows).items()
    }


def changed_reviews(reader: Reader) -> dict[Id, Reading]:
    """改评数: cases of the agent that were completed in the month and after which a bad review was changed."""
    past = reader.past
    cases = counting(past, past.rows("after_sales"), "after_sales", "case_id")
    cases = cases.filter(cases.review_changed, cases.agent_id.notnull(), reader.within(cases.completed_at))
    rows = reader.fetch(cases.select(by_agent="agent_id", row_id="case_id", value=ibis.literal(1)))
    return {agent: Reading(len(mine), None, _rows("after_sales", mine)) for agent, mine in _by_agent(rows).items()}


_COUNTED: Mapping[str, tuple[str, Callable[[Reader], dict[Id, Reading]]]] = {
    "receptions": ("messages", receptions),
    "conversion_rate": ("messages", conversion_rate),
    "online_time": ("presence", online_time),
    "positive_rate": ("sessions", positive_rate),
    "changed_reviews": ("after_sales", changed_reviews),
}
"""Metric → the table without which it has no data, and how it is counted."""


def _by_agent(rows: Iterable[dict[str, Any]]) -> dict[Id, Rows]:
    found: dict[Id, Rows] = {}
    for row in rows:
        found.setdefault(row["by_agent"], []).append(row)
    return found


def _rows(table: str, rows: Rows) -> tuple[Row, ...]:
    found = [Row(table, row["row_id"], str(row["value"])) for row in rows]
    return tuple(sorted(found, key=lambda row: (row.key, row.value)))


def _days(rows: Rows, value: str | None = None) -> tuple[Row, ...]:
    """Consumer-days as rows: the buyer and the day."""
    found = [
        Row("consumer_days", f"{row['buyer_id']} {row['day']}", "" if value is None else str(row[value]))
        for row in rows
    ]
    return tuple(sorted(found, key=lambda row: row.key))
