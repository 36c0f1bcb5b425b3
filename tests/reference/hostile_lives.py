"""What later scorecards look at, put into a hostile marketplace: orders, reviews and cases with every time and mark.

The rows of the marketplaces of `hostile` stay as they are there: these are the same rows with more columns and their
times moved to the edges of other windows.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from .hostile_rows import DAY, HOUR, SECOND, TICK, Maker
from .naive_check import Row, Tables

MINUTE = timedelta(minutes=1)
EDGES = (0, 0, 1, 14, 15, 30, 30, 30, 31, 60, 60, 90, 90, 104, 180, 180, 181)
"""Days before the score at which some window begins or ends."""
BUYERS = 25
SCENARIOS: tuple[tuple[str, str | None, bool | None], ...] = (
    ("质量问题", "goods", False), ("描述不符", "goods", False), ("如何安装", "goods", True),
    ("怀疑假货", "goods", None), ("催发货", "shipping", False), ("少件漏发", "shipping", False),
    ("何时发货", "shipping", True),
    ("物流停滞", "logistics", False), ("派送问题", "logistics", None), ("查物流", "logistics", True),
    ("客服态度", "basic_service", False), ("退款进度", "basic_service", False), ("发票", "basic_service", True),
    ("无模块", None, False),
)  # fmt: skip
CODES = (*(code for code, _, _ in SCENARIOS), "质量问题", "催发货", "物流停滞", "客服态度", "没有这个场景", None)
CLOCKS = (
    time(9), time(8, 59, 59, 999999), time(20, 50), time(20, 40), time(20, 39, 59), time(20, 59, 59, 500000), time(21),
    time(3), time(12, 0, 0, 500000), time(23, 59, 59, 999999), time(20, 59, 59, 999999), time(14, 30),
)  # fmt: skip


def edge(maker: Maker, *days: int) -> datetime:
    """An instant on the edge of a window, or just beside it."""
    return maker.nudged(maker.now - maker.draws.choice(days or EDGES) * DAY)


def month_edge(maker: Maker) -> datetime:
    """The beginning of the month of the day before the score, of the one before, or just beside."""
    first = (maker.now - DAY).replace(day=1)
    return maker.nudged(maker.pick(first, first, (first - DAY).replace(day=1), maker.now))


def somewhen(maker: Maker) -> datetime:
    """An instant of any sort."""
    return maker.pick(maker.instant(), edge(maker), month_edge(maker), maker.instant())


def enliven(maker: Maker, tables: Tables) -> None:
    """Fills and moves what `orders`, `products`, `reviews` and `after_sales` say; the ids stay."""
    for product in tables.setdefault("products", []):
        product |= {"kind": maker.pick("standard", "standard", None, "virtual", "bundle")}
        product |= {"category": maker.pick("食品", "beauty", "食品", None)}
    goods: dict[Any, list[Row]] = {}
    for product in tables["products"]:
        goods.setdefault(product["shop_id"], []).append(product)
    for order in tables["orders"]:
        _order(maker, order, goods.get(order["shop_id"], []))
    orders = {order["order_id"]: order for order in tables["orders"]}
    for review in tables.get("reviews", []):
        _review(maker, review, orders.get(review["order_id"], {}))
    for case in tables.get("after_sales", []):
        _case(maker, case, orders.get(case["order_id"], {}))


def buyer(maker: Maker) -> Any:
    return maker.id_of(maker.draws.randint(1, BUYERS))


def _order(maker: Maker, order: Row, goods: Sequence[Row]) -> None:
    paid: datetime = order["paid_at"]
    if maker.chance(0.15):
        order["paid_at"] = paid = edge(maker)
    product = (
        maker.draws.choice(goods)["product_id"] if goods and maker.chance(0.9) else maker.pick(None, maker.id_of(999))
    )
    order |= {
        "buyer_id": buyer(maker) if maker.chance(0.95) else None,
        "product_id": product,
        "quantity": maker.pick(1, 1, 2, 3, None, 1),
        "amount": 10.0,
        "placed_at": maker.pick(paid - MINUTE, None),
        "grouped_at": maker.pick(
            paid + HOUR, paid, paid + HOUR, edge(maker, 30), edge(maker, 0, 1, 30), paid - HOUR, None
        ),
    }
    if maker.chance(0.4):
        order["collected_at"] = maker.nudged(paid + maker.pick(24, 36, 48, 72, -1, 0) * HOUR)
    collected = order.get("collected_at") or paid
    order["shipped_at"] = maker.pick(
        collected - HOUR, collected + HOUR, None, maker.nudged(collected), maker.nudged(collected - DAY)
    )
    if maker.chance(0.3):
        order["delivered_at"] = maker.pick(None, edge(maker), maker.nudged(collected), collected + 3 * DAY)
    delivered = order.get("delivered_at") or paid + 5 * DAY
    order["completed_at"] = maker.pick(
        delivered + 2 * DAY, delivered + 2 * DAY, None, edge(maker), month_edge(maker), delivered, paid - HOUR
    )
    order["promised_delivery_at"] = maker.pick(None, delivered, paid + 3 * DAY)
    order.setdefault("presale", maker.pick(None, False, False))


def _review(maker: Maker, review: Row, order: Row) -> None:
    limit = order.get("completed_at")
    if limit is not None and maker.chance(0.6):
        review["created_at"] = maker.pick(
            maker.nudged(limit + 15 * DAY), limit + DAY, limit - HOUR, maker.nudged(limit)
        )
    elif maker.chance(0.4):
        review["created_at"] = somewhen(maker)
    own: datetime = review["created_at"]
    for item in ("goods", "description", "service", "logistics", "returns"):
        review[f"{item}_stars"] = maker.pick(1, 2, 3, 4, 5, 5, None, None)
    review["buyer_id"] = buyer(maker)
    if maker.chance(0.3):
        review["removal"] = maker.pick("malicious", "false", "other", None)
        review["removed_at"] = maker.pick(own + HOUR, maker.nudged(maker.now), maker.now - TICK, None)


def _case(maker: Maker, case: Row, order: Row) -> None:
    own: datetime = case["applied_at"]
    if maker.chance(0.5):
        own = datetime.combine(somewhen(maker).date(), maker.draws.choice(CLOCKS))
    paid = order.get("paid_at")
    if paid is not None and maker.chance(0.3):
        own = maker.pick(paid + 2 * DAY, maker.nudged(paid + 14 * DAY), paid - HOUR)
    reviewed = worked(maker, own)
    pending = maker.pick(reviewed or own, (reviewed or own) + HOUR, _at_an_odd_hour(maker, own), None)
    handled = worked(maker, pending or own)
    last = maker.pick(reviewed, reviewed, reviewed and reviewed + HOUR, month_edge(maker), None)
    case |= {
        "applied_at": own, "buyer_id": buyer(maker), "scenario": maker.draws.choice(CODES),
        "reason": maker.pick("defective", "seven_days_no_reason", "wrong_size", "seven_days_no_reason", None),
        "reviewed_at": reviewed, "last_reviewed_at": last, "pending_at": pending, "handled_at": handled,
        "awaiting_customer_at": maker.pick(
            None, None, (reviewed or own) + HOUR, maker.nudged(maker.now), month_edge(maker)
        ),
        "satisfaction": maker.pick(1, 2, 3, 4, 5, None),
        "liability": maker.pick("merchant", "both", "both", "buyer", "carrier", "none", None, "merchant"),
    }  # fmt: skip
    if maker.chance(0.5):
        case["completed_at"] = maker.pick(
            somewhen(maker), own + DAY, own - SECOND, edge(maker, 30, 90), month_edge(maker)
        )
    if maker.chance(0.4):
        case["platform_intervened_at"] = maker.pick(
            own + HOUR, maker.nudged(maker.now), edge(maker, 30, 90), own - HOUR
        )
    if maker.chance(0.5):
        case["outcome"] = "refunded"
    case["return_delivered_at"] = maker.pick(None, own + DAY)
    case["refund_amount"] = maker.pick(None, 5.0, 10.0)


def _at_an_odd_hour(maker: Maker, instant: datetime) -> datetime:
    return datetime.combine(instant.date() + maker.pick(0, 1) * DAY, maker.draws.choice(CLOCKS))


def worked(maker: Maker, start: datetime) -> datetime | None:
    """About twenty minutes of work between 9 and 21 o'clock after the start; or something else altogether."""
    sort = maker.draws.randrange(10)
    if sort == 0:
        return None
    if sort == 1:
        return maker.pick(start - SECOND, maker.nudged(start), maker.nudged(maker.now), month_edge(maker))
    if sort == 2:
        return _at_an_odd_hour(maker, start)
    left = maker.pick(20, 20, 20, 19, 21, 5, 720, 740) * MINUTE
    return maker.nudged(after_work(start, left))


def after_work(start: datetime, left: timedelta) -> datetime:
    """When so much time between 9 and 21 o'clock has passed since the start."""
    while True:
        opens, closes = (datetime.combine(start.date(), time(hour)) for hour in (9, 21))
        begins = max(start, opens)
        if begins < closes and begins + left <= closes:
            return begins + left
        left -= max(closes - begins, timedelta())
        start = datetime.combine(start.date() + DAY, time())
