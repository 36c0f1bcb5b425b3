"""Who is paid for a month, and for how much of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from steelyard.service.pay.metrics import Id, Month
from steelyard.service.pay.tables import StaffRow


@dataclass(frozen=True)
class Agent:
    """A row of `agents`."""

    agent_id: Id
    shop_id: Id
    name: str | None = None
    role: str | None = None
    joined_on: date | None = None


@dataclass(frozen=True)
class Member:
    """An agent in a month: the days employed, of the days of the month."""

    agent_id: Id
    shop_id: Id
    name: str
    role: str | None
    region: str | None
    days: int
    of_days: int
    joined_on: date | None = None
    left_on: date | None = None

    @property
    def share(self) -> Fraction:
        """The part of the month that is paid."""
        return Fraction(self.days, self.of_days)


def members(agents: Iterable[Agent], staff: Mapping[str, StaffRow], month: Month) -> list[Member]:
    """Every agent in `month`, by id. What the staff list says stands before what `agents` says."""
    return [_member(agent, staff.get(str(agent.agent_id)), month) for agent in sorted(agents, key=_by_id)]


def _by_id(agent: Agent) -> tuple[bool, Id]:
    return isinstance(agent.agent_id, str), agent.agent_id


def _member(agent: Agent, row: StaffRow | None, month: Month) -> Member:
    joined = row.joined_on if row and row.joined_on else agent.joined_on
    left = row.left_on if row else None
    first = max(month.first, joined) if joined else month.first
    end = min(month.end, left + timedelta(days=1)) if left else month.end
    return Member(
        agent.agent_id,
        agent.shop_id,
        agent.name or str(agent.agent_id),
        row.role if row and row.role else agent.role,
        row.region if row else None,
        max((end - first).days, 0),
        month.days,
        joined,
        left,
    )
