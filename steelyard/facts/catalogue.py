"""Every fact by name: how it is built, which event tables it reads, and what one row of it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from steelyard.facts import Past, Use
from steelyard.facts.buyer_messages import buyer_messages
from steelyard.facts.cases import cases
from steelyard.facts.consumer_days import consumer_days
from steelyard.facts.judgements import judgements
from steelyard.facts.kin import Kin
from steelyard.facts.listings import listings
from steelyard.facts.online_days import online_days
from steelyard.facts.orders import orders
from steelyard.facts.purchases import purchases
from steelyard.facts.quality_checks import quality_checks
from steelyard.facts.reception_days import reception_days
from steelyard.facts.reviews import reviews
from steelyard.facts.served import served
from steelyard.facts.sessions import sessions
from steelyard.facts.work_orders import work_orders


@dataclass(frozen=True)
class Fact:
    """One fact table."""

    build: Callable[[Past, Sequence[Use]], ir.Table]
    """From the events as known on a day and the uses to one row per thing, with `subject_id`, `row_id`, `own_at`."""
    reads: frozenset[str]
    """The event tables it is made of; evidence is named by the measures that need it."""
    row: str
    """What one row is, in words."""
    kin: Kin
    """Which event rows decide one of its rows."""
    agents: bool = True
    """Whether its rows name agents, so that it can be counted for them."""


_ON_ORDERS = tuple(
    (table, "order_id")
    for table in ("reviews", "feedback", "after_sales", "complaints", "platform_contacts", "sessions")
)

FACTS = {
    "buyer_messages": Fact(
        buyer_messages,
        frozenset({"messages", "sessions", "presence"}),
        "a message of a buyer",
        Kin("messages", ("session_id",), (("sessions", "session_id"),)),
    ),
    "cases": Fact(cases, frozenset({"after_sales"}), "an after-sales case", Kin("after_sales", ("case_id",))),
    "consumer_days": Fact(
        consumer_days,
        frozenset({"messages", "sessions"}),
        "a buyer's day of messages in a shop",
        Kin("messages", ("session_id",), (("sessions", "session_id"),), ("shop_id", "buyer_id")),
    ),
    "judgements": Fact(
        judgements,
        frozenset({"sessions", "after_sales"}),
        "a buyer's rating of a session or an after-sales case",
        Kin("sessions", ("session_id",), (("after_sales", "shop_id"),)),
    ),
    "listings": Fact(
        listings,
        frozenset({"listing_checks", "products"}),
        "a product's day on the shelf",
        Kin("listing_checks", ("product_id", "checked_on")),
        agents=False,
    ),
    "online_days": Fact(
        online_days,
        frozenset({"presence"}),
        "an agent's stretch online on one day",
        Kin("presence", ("agent_id",)),
    ),
    "orders": Fact(orders, frozenset({"orders"}), "an order of one shop", Kin("orders", ("order_id",), _ON_ORDERS)),
    "purchases": Fact(
        purchases,
        frozenset({"orders"}),
        "an order of one shop",
        Kin("orders", ("order_id",), (), ("shop_id", "buyer_id")),
    ),
    "quality_checks": Fact(
        quality_checks,
        frozenset({"quality_checks"}),
        "a spot check of the service",
        Kin("quality_checks", ("check_id",)),
    ),
    "reception_days": Fact(
        reception_days,
        frozenset({"sessions", "presence"}),
        "an agent's day",
        Kin("sessions", ("session_id",), (("presence", "agent_id"),), ("agent_id",)),
    ),
    "reviews": Fact(
        reviews,
        frozenset({"reviews", "orders", "products"}),
        "a review of an order",
        Kin("reviews", ("review_id",), (("orders", "order_id"),)),
        agents=False,
    ),
    "served": Fact(
        served,
        frozenset({"sessions", "complaints"}),
        "a session, or a complaint about an agent",
        Kin("sessions", ("session_id",), (("complaints", "shop_id"),), ("shop_id", "buyer_id")),
    ),
    "sessions": Fact(
        sessions,
        frozenset({"sessions"}),
        "a customer-service session",
        Kin("sessions", ("session_id",), (("messages", "session_id"),)),
    ),
    "work_orders": Fact(
        work_orders,
        frozenset({"work_orders"}),
        "a work order of a shop",
        Kin("work_orders", ("work_order_id",)),
        agents=False,
    ),
}
