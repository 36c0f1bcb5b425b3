"""Rows of a hostile marketplace: one method per sort of row, every choice drawn from one random source."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from .naive import INDICATORS
from .naive_check import KEYS, LISTS, Row, Tables

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NUDGES = (TICK * 0, TICK * 0, TICK * 0, -TICK, TICK, -SECOND, SECOND, SECOND / 2, -SECOND / 2, SECOND - TICK)
PLACES = (
    (None, None), ("浙江省", float("nan")), ("新疆", float("nan")),
    ("浙江省", 3000.0), ("广东", 3000.0000001), ("浙江省", 2999.9),
    ("新疆维吾尔自治区", 700.0), ("新疆", 700.1), ("内蒙古自治区", 701.0), ("西藏", None),
    ("黑龙江省", 2000.0), ("吉林", 2000.5),
    ("甘肃省", 1999.0), ("海南", 701.0), ("青海省", 3500.0), (None, 3001.0), (None, 800.0),
    ("湖南吉林路", 2500.0),
)  # fmt: skip
EXCLUDABLE = (*["orders"] * 4, "reviews", "feedback", "after_sales", "complaints", "sessions", "products")
REASONS = (*LISTS["exclusions", "reason"].split(), "force_majeure", "reported_exemption", "fake_trade")
EXCLUDABLE = (
    "orders", "orders", "reviews", "feedback", "after_sales", "complaints", "sessions", "products",
)  # fmt: skip
KINDS = (*LISTS["feedback", "kind"].split(), "slow_shipping", "wrong_goods", "missing_goods")


class Maker:
    """Draws rows as of a day; ids are text or whole numbers for the whole marketplace."""

    def __init__(self, draws: random.Random, day: date) -> None:
        self.draws = draws
        self.now = datetime.combine(day, time())
        self.whole_ids = self.chance(0.4)
        self.first_id = draws.choice((0, -5, 10**16 - 5)) if self.whole_ids else 0
        self.unused: dict[str, list[int]] = {}
        self.used: dict[str, int] = {}

    def chance(self, share: float) -> bool:
        """True in about this share of cases; False is the simpler draw."""
        return self.draws.randrange(1000) >= 1000 - share * 1000

    def pick(self, *values: Any) -> Any:
        return self.draws.choice(values)

    def id_of(self, number: int) -> Any:
        """An id: '9' after '10', capitals before small letters, Chinese last."""
        if self.whole_ids:
            return self.first_id + number
        return f"{('', '', 'A', '', 'a', '', '订')[number % 7]}{number}"

    def fresh_id(self, table: str) -> Any:
        """An id the table has not used; the order of creation tells nothing of the order of ids."""
        if not self.unused.get(table):
            start = self.used.get(table, 1)
            self.unused[table] = list(range(start, start + 12))
            self.draws.shuffle(self.unused[table])
            self.used[table] = start + 12
        return self.id_of(self.unused[table].pop())

    def nudged(self, instant: datetime) -> datetime:
        """The instant or one just beside it."""
        return instant + self.draws.choice(NUDGES)

    def instant(self) -> datetime:
        """Mostly inside the window, often on an edge of one, sometimes on the day or later."""
        sort = self.draws.randrange(10)
        if sort < 5:
            back = timedelta(seconds=self.draws.randrange(1, 89 * 86400))
            return self.now - back + timedelta(microseconds=self.pick(0, 0, 1, 999999))
        if sort < 9:
            return self.nudged(self.now - self.pick(0, 90, 14, 104, 1, 89, 15, 105) * DAY)
        return self.now + self.pick(5 * HOUR, 2 * DAY, -120 * DAY, -400 * DAY)

    def arrival(self, own: datetime) -> dict[str, Any]:
        """Mostly no arrival, else one before, at or after the row's own time and the day."""
        if not self.chance(0.3):
            return {"arrived_at": None}
        early, late = own - HOUR, own + self.pick(HOUR, 3 * DAY)
        return {"arrived_at": self.pick(own, early, late, self.nudged(self.now), self.now - TICK)}

    def shops(self, count: int) -> list[Row]:
        """Shops in groups of four, five and six, or any; one group may have no category."""
        sizes = self.pick((12, 0, 0), (5, 4, 3), (6, 5, 1), (4, 4, 4), (12, 0, 0), (5, 6, 1))
        names = self.draws.sample(("食品", "beauty", None), 3)
        groups = [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]
        return [
            {"shop_id": self.fresh_id("shops"), "category": groups[place % 12], "name": f"店{place}"}
            for place in range(count)
        ]

    def plain_orders(self, shop: Row, count: int, hours: int = 0) -> list[Row]:
        """Orders that do everything in time, every one inside both order windows; hardly a draw is used."""
        hours = hours or self.pick(24, 24, 30, 48)
        rows = []
        for place in range(count):
            paid = self.now - 20 * DAY - place % 400 * 4 * HOUR
            collected = paid + 10 * HOUR
            ids = {"order_id": self.fresh_id("orders") if count < 40 else self.numbered_order()}
            rows.append(ids | {
                "shop_id": shop["shop_id"], "paid_at": paid, "promised_ship_at": paid + DAY,
                "collected_at": collected, "delivered_at": collected + hours * HOUR,
            })  # fmt: skip
        return rows

    def numbered_order(self) -> Any:
        """A fresh order id without a draw, far from the others."""
        self.used["many"] = self.used.get("many", 10**6) + 1
        return self.id_of(self.used["many"])

    def odd_order(self, shop: Row) -> Row:
        paid = self.instant()
        promised = self.pick(paid + DAY, paid + DAY, self.instant(), None)
        deadline = (promised or paid) + DAY
        collected = self.pick(self.nudged(deadline), paid + 9 * HOUR, None, self.instant())
        start = collected or paid
        delivered = self.pick(start + 2 * DAY, self.instant(), self.nudged(start), None, self.nudged(self.now))
        cancelled = self.pick(None, None, None, self.nudged(collected or deadline), self.nudged(deadline))
        origin, distance = self.pick((None, None), self.draws.choice(PLACES))
        return {
            "order_id": self.fresh_id("orders"), "shop_id": shop["shop_id"], "buyer_id": self.id_of(1),
            "paid_at": paid, "promised_ship_at": promised, "collected_at": collected,
            "delivered_at": delivered, "cancelled_at": cancelled,
            "presale": self.pick(None, False, None, True), "origin_province": origin, "distance_km": distance,
        } | self.arrival(paid)  # fmt: skip

    def hanging(self, order: Row, shops: list[Row]) -> dict[str, Any]:
        """The order a row hangs on, now and then with another shop's id in its own column."""
        shop = self.draws.choice(shops) if self.chance(0.1) else order
        return {"order_id": order["order_id"], "shop_id": shop["shop_id"]}

    def reviews(self, order: Row, shops: list[Row]) -> list[Row]:
        """Up to three reviews of one order, often created at the same instant."""
        if self.chance(0.3):
            return self.tied_reviews(order)
        at, rows = self.instant(), []
        for _ in range(self.pick(2, 1, 3)):
            own = self.pick(at, at, at, at, self.nudged(at), self.instant())
            removed = self.pick(None, None, None, None, own + HOUR, self.nudged(self.now))
            rows.append({
                "review_id": self.fresh_id("reviews"), "created_at": own,
                "stars": self.pick(1, 5, 5, 2, 3, None),
                "follow_up": self.pick(None, False, False, False, True),
                "by_default": self.pick(False, None, False, False, True),
                "removed_at": removed, "removal": self.pick("malicious", None) if removed else None,
            } | self.hanging(order, shops) | self.arrival(own))  # fmt: skip
        return rows

    def tied_reviews(self, order: Row) -> list[Row]:
        """A bad and a good review of one instant: only their ids tell which is the first."""
        ids = {"order_id": order["order_id"], "shop_id": order["shop_id"], "created_at": self.now - 2 * DAY}
        return [ids | {"review_id": self.fresh_id("reviews"), "stars": stars} for stars in (1, 5)]

    def feedback(self, order: Row, shops: list[Row]) -> list[Row]:
        limit = order["paid_at"] + 14 * DAY
        own = self.pick(self.nudged(limit), limit, order["paid_at"] - HOUR, order["paid_at"] + DAY, self.instant())
        row = {"feedback_id": self.fresh_id("feedback"), "created_at": own, "kind": self.draws.choice(KINDS)}
        return [row | self.hanging(order, shops) | self.arrival(own)]

    def cases(self, order: Row, shops: list[Row]) -> list[Row]:
        """One or two cases of an order, completed anywhere, at times before they were applied for."""
        at, rows = self.instant(), []
        for _ in range(self.pick(1, 1, 2)):
            own = self.pick(at, at, self.instant())
            done = self.pick(own + 30 * HOUR, self.instant(), self.nudged(own), self.nudged(self.now), None)
            rows.append({
                "case_id": self.fresh_id("after_sales"), "applied_at": own, "completed_at": done,
                "kind": self.pick("refund_only", "return_refund", "refund_only", "return_refund", "exchange"),
                "reason_class": self.pick(None, "goods_quality", "other", "logistics"),
                "outcome": self.pick("refunded", None, "refunded", "rejected", "cancelled"),
                "platform_intervened_at": self.pick(None, None, own + HOUR, self.nudged(self.now)),
                "liability": self.pick("merchant", None, "both", "merchant", "none"),
            } | self.hanging(order, shops) | self.arrival(own))  # fmt: skip
        return rows

    def complaints(self, order: Row, shops: list[Row]) -> list[Row]:
        own = self.instant()
        row = {"complaint_id": self.fresh_id("complaints"), "created_at": own}
        row |= {"about": self.pick(None, "shop", "agent"), "upheld": self.pick(None, True, False)}
        row |= self.hanging(order, shops) | self.arrival(own)
        return [row | {"order_id": self.pick(row["order_id"], row["order_id"], row["order_id"], None)}]

    def product(self, shop: Row) -> Row:
        kind = self.pick("standard", None, "virtual", "bundle", "lucky_bag", "standard")
        return {"product_id": self.fresh_id("products"), "shop_id": shop["shop_id"], "kind": kind}

    def listing_checks(self, product: Row, shops: list[Row]) -> list[Row]:
        """Days of one product, each once, about the ends of the window."""
        backs = self.draws.sample((1, 2, 3, 0, 45, 89, 90, 91, -1), self.draws.randint(1, 7))
        shop = self.draws.choice(shops) if self.chance(0.1) else product
        return [
            {
                "product_id": product["product_id"], "shop_id": shop["shop_id"],
                "checked_on": (self.now - back * DAY).date(),
                "image_passed": self.pick(True, False, True, False, None),
                "attributes_passed": self.pick(True, False, True, False, None),
            } | self.arrival(self.now - (back - 1) * DAY)
            for back in backs
        ]  # fmt: skip

    def exclusion(self, tables: Tables) -> Row:
        """Any reason on any row, often an order, for all indicators, one, or one that does not exist."""
        table = self.draws.choice([name for name in EXCLUDABLE if tables.get(name)])
        rows = tables[table]
        latest = rows[-max(40, len(rows) // 3) :]
        row_id = self.draws.choice(latest if self.chance(0.7) else rows)[KEYS[table][0]]
        hung = [row["order_id"] for row in [*tables["after_sales"], *tables["sessions"]] if row["order_id"]]
        if table == "orders" and hung and self.chance(0.5):
            row_id = self.draws.choice(hung)
        named = self.draws.choice((*INDICATORS, "logistics", "no_such_indicator")) if self.chance(0.5) else None
        day = self.now - DAY
        own = self.pick(day, day, day, self.now - TICK, self.now - 95 * DAY, self.now, self.now + TICK)
        revoked = self.pick(None, None, None, None, self.now - TICK, self.now, self.now + HOUR, own, own - HOUR)
        return {
            "table": self.pick(table, table, table, table, table, "agents"), "row_id": row_id,
            "indicator": named, "reason": self.draws.choice(REASONS),
            "decided_at": own, "revoked_at": revoked,
        } | self.arrival(own)  # fmt: skip
