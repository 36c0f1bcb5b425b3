"""Calls for help and the rest of a service desk: contacts, work orders, checks, flags on buyers, exclusions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .hostile_lives import CODES, SCENARIOS, buyer, edge, month_edge, somewhen
from .hostile_rows import DAY, HOUR, SECOND, TICK, Maker
from .hostile_talks import MOMENTS, STEPS, messages
from .naive_check import KEYS, LISTS, Row, Tables

CHANNELS = ("online", "hotline", "intervention", "complaint")
ITEMS = ("录音规范", "服务单规范", "待用户反馈超时", "工单超时未处理", "未解决处理超时", "服务态度")
EXCLUDABLE = (
    *["orders"] * 4, "reviews", "feedback", "after_sales", "after_sales", "complaints", "sessions",
    "platform_contacts", "work_orders", "quality_checks", "products",
)  # fmt: skip
WAITS = (*STEPS, *[30 * SECOND] * 3, 30 * SECOND + TICK, 31 * SECOND)
REASONS = (*LISTS["exclusions", "reason"].split(), "malicious_buyer", "malicious_buyer", "fake_trade")


def staff(maker: Maker, tables: Tables, rows: int, names: Sequence[str]) -> None:
    """Adds the tables of the service desk, about so many rows of each; exclusions name some of `names`."""
    orders = tables["orders"]
    some = [maker.draws.choice(orders) for _ in range(rows)]
    tables["scenarios"] = [
        {"scenario": code, "module": module, "routine": routine} for code, module, routine in SCENARIOS
    ]
    for complaint in tables.get("complaints", []):
        complaint |= {"buyer_id": buyer(maker), "scenario": maker.draws.choice(CODES)}
        complaint |= {"channel": maker.pick("platform", "regulator", None)}
    for session in tables.get("sessions", []):
        session |= {
            "buyer_id": buyer(maker),
            "scenario": maker.draws.choice(CODES),
            "survey": maker.pick(1, 2, 3, None),
        }
        session |= {"phase": maker.pick("presale", "aftersale", None)}
    talks = [_session(maker, order) for order in some if maker.chance(0.6)]
    tables.setdefault("sessions", []).extend(talks)
    tables.setdefault("messages", []).extend(row for session in talks for row in messages(maker, session, WAITS))
    owner = {session["session_id"]: session["buyer_id"] for session in tables["sessions"]}
    for message in tables["messages"]:
        message["buyer_id"] = owner.get(message["session_id"], message["buyer_id"])
    tables["platform_contacts"] = [_contact(maker, order) for order in some]
    tables["work_orders"] = [_work_order(maker, order) for order in some]
    tables["quality_checks"] = [_check(maker, order) for order in some]
    asked = [(row["buyer_id"], row["created_at"]) for row in [*tables["platform_contacts"], *tables["complaints"]]]
    asked += [(session["buyer_id"], session["started_at"]) for session in tables["sessions"]]
    tables["buyers"] = _flags(maker, [each for each in asked if each[0] is not None])
    if maker.chance(0.3):
        del tables["scenarios"]
    gone = [_exclusion(maker, tables, names) for _ in range(rows)]
    tables.setdefault("exclusions", []).extend(gone + [_behind(maker, tables, row) for row in gone[::4]])


def _near(maker: Maker, order: Row) -> datetime:
    """An instant that belongs to the order, to its window of thirty days, or to nothing."""
    grouped = order.get("grouped_at") or order["paid_at"]
    return maker.pick(
        grouped + DAY, maker.nudged(grouped + 30 * DAY), maker.nudged(grouped), grouped - HOUR, somewhen(maker),
        maker.nudged(maker.now), min(grouped + 2 * DAY, maker.now - TICK),
    )  # fmt: skip


def _session(maker: Maker, order: Row) -> Row:
    own = _near(maker, order)
    if maker.chance(0.4):
        own = datetime.combine(own.date(), maker.draws.choice(MOMENTS))
    rated = maker.pick(None, own + HOUR, own + DAY, maker.nudged(maker.now))
    return {
        "session_id": maker.fresh_id("sessions"),
        "shop_id": order["shop_id"], "buyer_id": order.get("buyer_id") or buyer(maker),
        "agent_id": maker.pick(maker.id_of(1), None), "started_at": own,
        "order_id": order["order_id"] if maker.chance(0.5) else None,
        "handled_by": maker.pick("human", "human", None, "bot"), "scenario": maker.draws.choice(CODES),
        "rating": rated and maker.pick(1, 3, 4, 5), "rated_at": rated, "survey": maker.pick(1, 2, 3, None),
        "phase": maker.pick("presale", "aftersale", None),
    } | maker.arrival(own)  # fmt: skip


def _contact(maker: Maker, order: Row) -> Row:
    own = _near(maker, order)
    return {
        "contact_id": maker.fresh_id("platform_contacts"), "shop_id": order["shop_id"],
        "order_id": maker.pick(order["order_id"], order["order_id"], order["order_id"], None),
        "buyer_id": maker.pick(order.get("buyer_id"), order.get("buyer_id"), buyer(maker), None),
        "created_at": own, "channel": maker.draws.choice(CHANNELS), "scenario": maker.draws.choice(CODES),
    } | maker.arrival(own)  # fmt: skip


def _work_order(maker: Maker, order: Row) -> Row:
    own = somewhen(maker)
    closed = maker.pick(own + HOUR, edge(maker, 0, 30), edge(maker, 30), None, somewhen(maker), own - SECOND)
    return {
        "work_order_id": maker.fresh_id("work_orders"), "shop_id": order["shop_id"],
        "order_id": maker.pick(order["order_id"], None), "created_at": own, "due_at": own + 2 * DAY,
        "closed_at": closed, "closed_by": maker.pick("merchant", "system", "overdue", "merchant", None),
    } | maker.arrival(own)  # fmt: skip


def _check(maker: Maker, order: Row) -> Row:
    own = maker.pick(month_edge(maker), somewhen(maker), maker.now - maker.pick(1, 2, 5) * DAY)
    return {
        "check_id": maker.fresh_id("quality_checks"), "shop_id": order["shop_id"],
        "item": maker.draws.choice(ITEMS), "passed": maker.pick(True, True, False, None),
        "score": maker.pick(None, 0.0, 10.0), "checked_at": own,
    } | maker.arrival(own)  # fmt: skip


def _flags(maker: Maker, requests: Sequence[tuple[Any, datetime]]) -> list[Row]:
    """Periods of buyers, some open at an end, many beginning or ending at a request of theirs; no two begin alike."""
    rows: dict[tuple[Any, Any], Row] = {}
    for buyer_id, at in maker.draws.sample(requests, min(len(requests), maker.draws.randint(30, 80))):
        begins = maker.pick(at, maker.nudged(at), at - 10 * DAY, None, somewhen(maker))
        ends = maker.pick(None, at, maker.nudged(at), at + 10 * DAY, maker.nudged(maker.now))
        row = {"buyer_id": buyer_id, "risk": maker.pick("malicious", "malicious", "malicious", "high", "normal", None)}
        rows[buyer_id, begins] = row | {"from_at": begins, "to_at": ends}
    return list(rows.values())


def _exclusion(maker: Maker, tables: Tables, names: Sequence[str]) -> Row:
    table = maker.draws.choice([name for name in EXCLUDABLE if tables.get(name)])
    named = maker.pick(*names, *names, "no_such_indicator") if maker.chance(0.75) else None
    own = maker.pick(maker.now - DAY, maker.now - DAY, maker.now - 20 * DAY, maker.now - TICK, maker.now)
    revoked = maker.pick(None, None, None, None, maker.now - TICK, maker.now, own)
    return {
        "table": table, "row_id": maker.draws.choice(tables[table])[KEYS[table][0]], "indicator": named,
        "reason": maker.draws.choice(REASONS), "decided_at": own, "revoked_at": revoked,
    } | maker.arrival(own)  # fmt: skip


def _behind(maker: Maker, tables: Tables, exclusion: Row) -> Row:
    """The same exclusion of an order that a chat without an order may be about."""
    chat = maker.draws.choice([row for row in tables["sessions"] if row["order_id"] is None])
    orders = [row for row in tables["orders"] if row["buyer_id"] == chat["buyer_id"]]
    order = maker.draws.choice(orders or tables["orders"])
    return exclusion | {
        "table": "orders",
        "row_id": order["order_id"],
        "reason": maker.pick("malicious_buyer", "other"),
    }
