"""The service metrics that the payroll looks at: those of the definition sheet, and receptions, which it counts itself.

Average order value and return rate are those of the payroll's own books: there a sale is whose the plan says it is.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from steelyard.events.check import Events
from steelyard.service.pay.metrics import METRICS, Id, Month, Reading, Readings, Row
from steelyard.service.pay.plan import Plan
from steelyard.service.pay.plans import in_force
from steelyard.service.pay.reading import Reader, agents, spoken
from steelyard.service.report import Asked, Counted, counted
from steelyard.service.settings import Settings, settings_of
from steelyard.windows import Period

RECEPTIONS = "receptions"
OWN = frozenset({RECEPTIONS, "average_order_value", "return_rate"})
"""Metrics that the sheet does not measure for the payroll."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Measured:
    """Metrics of an events folder, of the agents credited; a `Metrics`."""

    events: Events
    plan: Plan
    settings: Settings = field(default_factory=settings_of)

    def readings(self, month: Month, known_on: date, wanted: Collection[str]) -> Readings:
        """The metrics of `wanted` that have their evidence in the folder, of every agent."""
        reader = Reader(self.events, month, in_force(self.plan, month), known_on)
        found: dict[Id, dict[str, Reading]] = {agent.agent_id: {} for agent in agents(reader)}
        for name, by_agent in self._of_sheet(reader, set(wanted) & METRICS.keys() - OWN).items():
            for agent, mine in found.items():
                mine[name] = by_agent.get(agent, _nothing(name))
        if RECEPTIONS in wanted and reader.has("messages"):
            received = receptions(reader)
            for agent, mine in found.items():
                mine[RECEPTIONS] = received.get(agent, Reading(0))
        return found

    def _of_sheet(self, reader: Reader, names: Collection[str]) -> dict[str, dict[Any, Reading]]:
        if not names:
            return {}
        period = Period(reader.month.first, reader.month.end)
        asked = Asked(self.events, self.settings.only(names), "agent", period, reader.past)
        facts = {metric.name: self.settings.measure(metric).fact for metric in asked.settings.metrics}
        return {
            name: {agent: _reading(facts[name], mine) for agent, mine in by_agent.items()}
            for name, by_agent in counted(asked).items()
        }


def _nothing(name: str) -> Reading:
    return Reading(0) if METRICS[name].total else Reading(0, 0)


def _reading(fact: str, mine: Counted) -> Reading:
    rows = [Row(fact, row["row_id"], str(_worth(row))) for row in mine.rows if row["state"] != "left_out"]
    return Reading(mine.numerator, mine.denominator, tuple(sorted(rows, key=lambda row: (row.key, row.value))))


def _worth(row: dict[str, Any]) -> int:
    """What a row adds: its amount, or whether it counts."""
    return int(row["amount"]) if row["amount"] is not None else int(row["state"] == "counted")


def receptions(reader: Reader) -> dict[Id, Reading]:
    """接待人数: buyers to whom the agent wrote, not automatically, each calendar day anew."""
    said = spoken(reader)
    human = (said.sender == "agent") & ~said.auto.fill_null(False)
    mine = said.filter(human, said.by_agent.notnull(), reader.within(said.sent_at))
    days = mine.select("by_agent", "buyer_id", day=mine.sent_at.date()).distinct()
    return {agent: Reading(len(rows), None, _days(rows)) for agent, rows in _by_agent(reader.fetch(days)).items()}


def _by_agent(rows: Iterable[dict[str, Any]]) -> dict[Id, Rows]:
    found: dict[Id, Rows] = {}
    for row in rows:
        found.setdefault(row["by_agent"], []).append(row)
    return found


def _days(rows: Rows) -> tuple[Row, ...]:
    """Consumer-days as rows: the buyer and the day."""
    found = [Row("consumer_days", f"{row['buyer_id']} {row['day']}") for row in rows]
    return tuple(sorted(found, key=lambda row: row.key))
