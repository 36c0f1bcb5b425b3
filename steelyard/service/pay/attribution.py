"""Whose sale an order is: the register, then what the plan asks automatically. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from steelyard.service.pay.metrics import Id, Row
from steelyard.service.pay.plan import Attribution
from steelyard.service.pay.tables import Claim

By = Literal["register", "platform", "chat", "nobody", "undecided"]


@dataclass(frozen=True)
class Order:
    """An order that is sold, cancelled or returned in the month; `counted_at` places it."""

    order_id: Id
    shop_id: Id
    buyer_id: Id | None
    amount: Decimal | None
    counted_at: datetime | None
    cancelled_at: datetime | None = None
    platform_agent: Id | None = None


@dataclass(frozen=True)
class Heard:
    """The last agent a buyer heard before a time of an order: who, in which session, when."""

    order_id: Id
    before: str
    agent_id: Id
    session_id: Id
    sent_at: datetime


@dataclass(frozen=True)
class Credit:
    """Who has the sale, and what decided so; `undecided` where the chats that would tell are missing."""

    agent_id: Id | None
    by: By
    session_id: Id | None = None
    message_at: datetime | None = None
    detail: str = ""

    @property
    def words(self) -> str:
        """What decided, as one word or two: `chat placed_at`, `register C-17`."""
        return f"{self.by} {self.detail}".strip()

    def row(self, order_id: Id, value: str) -> Row:
        """The order as a row behind an amount."""
        return Row("orders", order_id, value, self.words, self.session_id, self.message_at)


@dataclass(frozen=True)
class Clues:
    """What tells whose sale an order is."""

    heard: tuple[Heard, ...] = ()
    claims: Mapping[str, Claim] = field(default_factory=dict)
    """Order → the claim of the register that wins it."""
    agents: Mapping[str, Id] = field(default_factory=dict)
    """Agent's id as text → as the events have it."""
    has_chats: bool = True
    """Whether the folder has messages: without them a rule over chats decides nothing."""


def credits_of(orders: Iterable[Order], clues: Clues, rule: Attribution) -> dict[Id, Credit]:
    """Order → credit, by the first of: accepted claim, then what `rule.automatic` lists."""
    last = {(each.order_id, each.before): each for each in clues.heard}
    return {order.order_id: _credit(order, clues, last, rule) for order in orders}


def _credit(order: Order, clues: Clues, last: Mapping[tuple[Id, str], Heard], rule: Attribution) -> Credit:
    claim = clues.claims.get(str(order.order_id))
    if claim is not None:
        return Credit(
            clues.agents.get(claim.agent_id, claim.agent_id), "register", claim.session_id, None, claim.claim_id
        )
    for way in rule.automatic:
        if way == "platform" and order.platform_agent is not None:
            return Credit(order.platform_agent, "platform")
        if way == "chat":
            found = next((last[order.order_id, time] for time in rule.before if (order.order_id, time) in last), None)
            if found is not None:
                return Credit(found.agent_id, "chat", found.session_id, found.sent_at, found.before)
    undecided = "chat" in rule.automatic and not clues.has_chats
    return Credit(None, "undecided" if undecided else "nobody")
