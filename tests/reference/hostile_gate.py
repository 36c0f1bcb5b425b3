"""Near-perfect marketplaces: shops that tie for the best, so that some reach the gate and fail it."""

from datetime import date, timedelta
from typing import Any

from .hostile_rows import DAY, HOUR, Maker
from .naive_check import Row, Tables

BAD_OF_ALL = ((0, 5), (0, 5), (1, 4), (3, 20), (3, 20), (2, 14), (2, 5))
"""Bad ratings of all: none, many, exactly 15 %, just under it."""


def near_perfect(maker: Maker) -> Tables:
    """Five to twelve shops of thirty orders, each with at most one flaw and some with bad ratings."""
    tables: Tables = {"shops": maker.shops(maker.pick(5, 6, 9, 10, 10, 12)), "orders": [], "exclusions": []}
    tables |= {"products": [], "listing_checks": [], "after_sales": [], "sessions": [], "messages": []}
    tables |= {"reviews": [], "feedback": [], "complaints": []}
    rich = maker.chance(0.7)
    fastest = tables["shops"][0] if maker.chance(0.3) else None
    # few different shares, so that scores tie inside a pool
    shares = maker.draws.sample(BAD_OF_ALL, 3)
    for shop in tables["shops"]:
        orders = maker.plain_orders(shop, 30, hours=11 if shop is fastest else 12)
        tables["orders"] += orders
        tables["sessions"] += ratings(maker, shop, maker.draws.choice(shares))
        product = maker.product(shop) | {"kind": "standard"}
        tables["products"].append(product)
        tables["listing_checks"].append(perfect_check(product, (maker.now - DAY).date()))
        tables["after_sales"].append(perfect_case(maker, orders[0], "refund_only"))
        if rich:
            tables["after_sales"].append(perfect_case(maker, orders[0], "return_refund"))
            tables["messages"] += prompt_reply(tables["sessions"][-1])
        if maker.chance(0.5):
            flaw(maker, tables, orders[1])
    if maker.chance(0.4):
        tables["exclusions"] = [maker.exclusion(tables) for _ in range(maker.draws.randint(1, 6))]
    return tables


def ratings(maker: Maker, shop: Row, share: tuple[int, int]) -> list[Row]:
    """Rated sessions of a shop, every one of another buyer; `share` is bad ratings and all of them."""
    bad, whole = share
    start = maker.now - 10 * DAY + 9 * HOUR
    rows = []
    for place in range(whole):
        at = start + place % 12 * HOUR
        rows.append({
            "session_id": maker.fresh_id("sessions"), "shop_id": shop["shop_id"],
            "buyer_id": maker.id_of(place), "agent_id": shop["shop_id"], "started_at": at,
            "rated_at": at + HOUR, "handled_by": "human", "rating": 3 if place < bad else 4,
            "order_id": None, "arrived_at": None,
        })  # fmt: skip
    return rows


def perfect_check(product: Row, day: date) -> Row:
    passed: dict[str, Any] = {"image_passed": True, "attributes_passed": True}
    return {"product_id": product["product_id"], "shop_id": product["shop_id"], "checked_on": day} | passed


def prompt_reply(session: Row) -> list[Row]:
    """A question of the session answered after a minute."""
    ids = {column: session[column] for column in ("session_id", "shop_id", "buyer_id")}
    start = session["started_at"]
    asked: Row = ids | {"sender": "buyer", "sent_at": start}
    return [asked, ids | {"sender": "agent", "sent_at": start + timedelta(minutes=1)}]


def perfect_case(maker: Maker, order: Row, kind: str) -> Row:
    applied = order["paid_at"] + 5 * DAY
    return hung(maker, order, "after_sales", "case_id") | {
        "kind": kind, "reason_class": "other", "outcome": "refunded", "applied_at": applied,
        "completed_at": applied + 2 * HOUR, "platform_intervened_at": None, "liability": None,
    }  # fmt: skip


def hung(maker: Maker, order: Row, table: str, key: str) -> Row:
    ids = {column: order[column] for column in ("order_id", "shop_id")}
    return {key: maker.fresh_id(table)} | ids | {"arrived_at": None}


def flaw(maker: Maker, tables: Tables, order: Row) -> None:
    """One thing that went wrong: late, slow, tagged, complained about, badly reviewed, or a failed check."""
    after = order["paid_at"] + 6 * DAY
    sort = maker.draws.randrange(9)
    if sort == 0:
        order["collected_at"] = order["promised_ship_at"] + DAY + timedelta(microseconds=1)
    elif sort == 1:
        order["delivered_at"] += maker.pick(timedelta(seconds=1), 5 * HOUR)
    elif sort == 2:
        kind = maker.pick("slow_shipping", "not_as_described", "other")
        tag = {"created_at": after, "kind": kind}
        tables["feedback"].append(hung(maker, order, "feedback", "feedback_id") | tag)
    elif sort == 3:
        complaint = {"created_at": after, "about": None, "upheld": maker.pick(None, True)}
        tables["complaints"].append(hung(maker, order, "complaints", "complaint_id") | complaint)
    elif sort == 4:
        review = {"created_at": after, "stars": maker.pick(1, 2), "removed_at": None}
        tables["reviews"].append(hung(maker, order, "reviews", "review_id") | review)
    elif sort <= 7:
        tables["after_sales"][-1]["completed_at"] += maker.pick(timedelta(seconds=1), HOUR)
    else:
        tables["listing_checks"][-1]["image_passed"] = False
