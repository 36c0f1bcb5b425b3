"""Enquiries: what a buyer who wrote on a day had ordered before, and ordered after; evidence of `consumer_days`."""

from dataclasses import dataclass, field
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past
from steelyard.facts.clocks import Clock
from steelyard.windows import shifted

KEY = ("shop_id", "buyer_id", "day")
Placed = Literal["grouped_at", "paid_at"]
"""What makes an order: its grouping, or on a platform without grouping its payment."""


@dataclass(frozen=True)
class Enquiry:
    """The day's first message and the orders around it.

    `first_at` · `ordered_at`, the first order from then to the end of the `days`-th day after · `serviced`, whether an
    order's after-sales period covers the day and none was made on it or on the next. Where agents are judged the day's
    first message is the buyer's, whoever is credited with it.
    """

    clock: Clock = field(default_factory=Clock)
    placed: Placed = "grouped_at"
    days: int = 2
    aftersales_days: int = 15

    def of_days(self, past: Past, waits: ir.Table, acting: Acting) -> ir.Table:
        """One row per day on which the buyer wrote, and agent credited where agents are judged."""
        agents = ["agent_id"] if "agent_id" in waits.columns else []
        written = credited = waits.group_by(*KEY, *agents).agg(first_at=waits.sent_at.min())
        if agents:
            written = credited.group_by(*KEY).agg(first_at=credited.first_at.min())
        orders = past.standing(past.rows("orders"), "orders", acting)
        orders = orders.select(
            of_shop="shop_id",
            of_buyer="buyer_id",
            placed_at=orders[self.placed],
            begins_at=ibis.coalesce(orders[self.placed], orders.delivered_at),
            ends_at=orders.delivered_at + ibis.interval(days=self.aftersales_days),
        ).filter(lambda t: t.begins_at.notnull())
        same = [written.shop_id == orders.of_shop, written.buyer_id == orders.of_buyer]
        pairs = written.left_join(orders, same)
        midnight, following = pairs.day.cast("timestamp"), shifted(pairs.day, 1).cast("timestamp")
        on_day = (pairs.placed_at >= midnight) & (pairs.placed_at < shifted(pairs.day, 2).cast("timestamp"))
        covers = (pairs.begins_at < following) & (pairs.ends_at.isnull() | (pairs.ends_at > midnight))
        in_time = (pairs.placed_at >= pairs.first_at) & (
            pairs.placed_at < shifted(pairs.day, self.days + 1).cast("timestamp")
        )
        found = pairs.group_by(*KEY).agg(
            first_at=pairs.first_at.min(),
            ordered_at=in_time.ifelse(pairs.placed_at, ibis.null("timestamp")).min(),
            covered=covers.ifelse(1, 0).max(),
            near=on_day.ifelse(1, 0).max(),
        )
        serviced = (found.covered == 1) & (found.near == 0)
        found = found.select(*KEY, "first_at", "ordered_at", serviced=serviced.fill_null(False))
        return found.inner_join(credited.select(*KEY, *agents), KEY) if agents else found
