"""What the payroll reads from the events: agents, orders of a month, returns, and who was heard before an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.events.exclusions import Acting
from steelyard.facts import Past, Use, excluded_column, with_exclusions
from steelyard.service.pay.attribution import Heard, Order
from steelyard.service.pay.commission import Return
from steelyard.service.pay.metrics import Id, Month
from steelyard.service.pay.money import exact
from steelyard.service.pay.people import Agent
from steelyard.service.pay.plan import Attribution, PlanVersion
from steelyard.staged import staged
from steelyard.windows import midnight, shifted

TABLES = ("shops", "orders", "agents", "after_sales", "sessions", "messages", "presence", "complaints", "exclusions")
"""The tables the payroll reads."""
INDICATOR = "pay"
"""What an exclusion names to act on pay alone; one that names nothing acts on it too."""

_USE = Use(INDICATOR, Acting(INDICATOR))


def cutoff(month: Month, days: int) -> date:
    """The first day whose events a statement of `month` does not know."""
    return month.end + timedelta(days=days)


def fetch(events: Events, rows: ir.Table) -> list[dict[str, Any]]:
    """Rows in memory; InputError where a file shows itself to be damaged."""
    with staged(), naming_damaged(events.sources):
        return list(events.engine.arrow(rows).to_pylist())


@dataclass(frozen=True)
class Reader:
    """The events of one month, as they were known on a day."""

    events: Events
    month: Month
    version: PlanVersion
    known_on: date

    @property
    def past(self) -> Past:
        """The events up to the month's cutoff, as known on `known_on`."""
        day = cutoff(self.month, self.version.cutoff_days)
        return Past(day, self.events.id_type, self.events.present, known_on=self.known_on, copies=self.events.copies)

    def has(self, table: str) -> bool:
        """Whether the folder has a table, be it empty."""
        return table in self.events.present

    def fetch(self, rows: ir.Table) -> list[dict[str, Any]]:
        """Rows in memory."""
        return fetch(self.events, rows)

    def within(self, instant: ir.TimestampValue) -> ir.BooleanValue:
        """Whether a time lies in the month."""
        first, end = (ibis.literal(midnight(day)) for day in (self.month.first, self.month.end))
        return (instant >= first) & (instant < end)


def counting(past: Past, table: ir.Table, name: str, key: str) -> ir.Table:
    """Rows that no exclusion takes out of pay: neither their own, nor that of the order they hang on."""
    hangs = name != "orders" and "order_id" in table.columns
    judged = with_exclusions(past, table, (name, key), [_USE], order_id=hangs)
    column = excluded_column(INDICATOR)
    return judged.filter(judged[column].isnull()).drop(column)


def agents(reader: Reader) -> list[Agent]:
    """Every row of `agents`."""
    table = reader.past.table("agents").select("agent_id", "shop_id", "name", "role", "joined_on")
    return [Agent(**row) for row in reader.fetch(table)]


def _returns(reader: Reader) -> ir.Table:
    past = reader.past
    cases = counting(past, past.rows("after_sales"), "after_sales", "case_id")
    meant = cases.kind.isin(reader.version.sales.return_kinds) & (cases.outcome == "refunded")
    return cases.filter(meant, reader.within(cases.completed_at))


def returns(reader: Reader) -> list[Return]:
    """Refunded cases of the return kinds that were completed in the month."""
    rows = _returns(reader).select("case_id", "order_id", "refund_amount", "completed_at")
    return [
        Return(row["case_id"], row["order_id"], exact(row["refund_amount"]), row["completed_at"])
        for row in reader.fetch(rows)
    ]


def _orders(reader: Reader) -> ir.Table:
    """Orders sold, cancelled or returned in the month."""
    past = reader.past
    table = counting(past, past.rows("orders"), "orders", "order_id")
    back = _returns(reader).select(returned_id="order_id").distinct()
    table = table.left_join(back, table.order_id == back.returned_id)
    counted_at = table[reader.version.sales.counted_by]
    meant = reader.within(counted_at) | reader.within(table.cancelled_at) | table.returned_id.notnull()
    return table.mutate(counted_at=counted_at).filter(meant)


def orders(reader: Reader) -> list[Order]:
    """The orders that the month's sales and returns are made of."""
    rows = _orders(reader).select(
        "order_id", "shop_id", "buyer_id", "amount", "counted_at", "cancelled_at", platform_agent="agent_id"
    )
    return [Order(**{**row, "amount": exact(row["amount"])}) for row in reader.fetch(rows)]


def heard(reader: Reader) -> list[Heard]:
    """Per order and time of the rule the last agent who wrote to the buyer before it, within the days allowed.

    Of messages at one instant the one of the highest session counts, then of the highest agent.
    """
    rule = reader.version.attribution
    if "chat" not in rule.automatic or not reader.has("messages"):
        return []
    wanted, said = _wanted(reader, rule), _said(reader, rule)
    same = [wanted.shop_id == said.shop_id, wanted.buyer_id == said.buyer_id]
    met = wanted.join(said, [*same, said.sent_at >= wanted.since, said.sent_at < wanted.until])
    latest = ibis.window(
        group_by=[met.order_id, met.before], order_by=[met.sent_at.desc(), met.session_id.desc(), met.by_agent.desc()]
    )
    last = met.mutate(number=ibis.row_number().over(latest))
    rows = last.filter(last.number == 0).select("order_id", "before", "session_id", "sent_at", agent_id="by_agent")
    return [Heard(**row) for row in reader.fetch(rows)]


def _wanted(reader: Reader, rule: Attribution) -> ir.Table:
    """One row per order of a known buyer and time of the rule: `since` and `until` bound the messages that count."""
    table = _orders(reader).filter(lambda each: each.buyer_id.notnull())
    return ibis.union(*(_until(table, name, rule.within_days) for name in rule.before))


def _until(table: ir.Table, name: str, days: int) -> ir.Table:
    dated = table.filter(table[name].notnull())
    since = shifted(dated[name].date(), 1 - days).cast("timestamp")
    return dated.select("order_id", "shop_id", "buyer_id", before=ibis.literal(name), since=since, until=dated[name])


def _said(reader: Reader, rule: Attribution) -> ir.Table:
    """Messages of agents, with the agent of the session where the message names none."""
    said = spoken(reader)
    said = said.filter(said.sender == "agent", said.by_agent.notnull())
    if rule.automatic_replies == "ignore":
        said = said.filter(~said.auto.fill_null(False))
    return said.select("session_id", "shop_id", "buyer_id", "sent_at", "by_agent")


def spoken(reader: Reader) -> ir.Table:
    """Messages of sessions that no exclusion takes out; `by_agent` is the message's agent, else the session's."""
    past = reader.past
    messages, sessions = past.rows("messages"), past.rows("sessions")
    kept = counting(past, sessions, "sessions", "session_id")
    dropped = sessions.anti_join(kept, "session_id").select("session_id")
    owners = sessions.select(of_session="session_id", session_agent="agent_id")
    said = messages.anti_join(dropped, "session_id")
    said = said.left_join(owners, said.session_id == owners.of_session)
    return said.mutate(by_agent=ibis.coalesce(said.agent_id, said.session_agent))


def ids(found: Sequence[Agent]) -> dict[str, Id]:
    """Agent's id as text → as the events have it."""
    return {str(each.agent_id): each.agent_id for each in found}
