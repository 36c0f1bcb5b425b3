"""Hostile sessions: talks about the three minutes, ratings about a day apart."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from .hostile_rows import DAY, HOUR, SECOND, TICK, Maker
from .naive_check import Row

MOMENTS = (
    time(8), time(7, 59, 59, 999999), time(22, 59, 59, 999999), time(23), time(12, 30, 0, 500000),
    time(0), time(23, 59, 59), time(8, 0, 0, 1),
)  # fmt: skip
SENDERS = {"b": "buyer", "a": "agent", "o": "bot", "s": "system"}
TALKS = (
    "ba", "bba", "bba", "baba", "bbaba", "bAa", "bA", "bbaba", "ab", "", "bbbaa", "baab", "boas", "sbAaba",
    "baBa", "aba", "b", "babababa", "bsoa",
)  # fmt: skip
"""Who speaks in turn; a capital is an automatic message."""
STEPS = (
    179 * SECOND, TICK * 0, TICK * 0, TICK * 0, 180 * SECOND, 180 * SECOND - TICK, 180 * SECOND + TICK,
    SECOND / 2, 181 * SECOND, TICK, 20 * SECOND, 360 * SECOND,
)  # fmt: skip
GAPS = (DAY, DAY, DAY - TICK, DAY + TICK, 13 * HOUR, 13 * HOUR, TICK * 0)


def sessions(maker: Maker, shop: Row, orders: list[Row]) -> list[Row]:
    """Sessions of one buyer and agent near the service hours, their ratings a chain about a day apart."""
    pair = {"shop_id": shop["shop_id"], "buyer_id": maker.id_of(maker.pick(1, 2))}
    pair |= {"agent_id": maker.pick(maker.id_of(1), maker.id_of(2), None)}
    rated = maker.pick(maker.instant(), maker.now - 90 * DAY - HOUR, maker.now - 91 * DAY, maker.now - 3 * DAY)
    rows = []
    for _ in range(maker.pick(1, 1, 3, 4)):
        own = rated - HOUR
        if maker.chance(0.6):
            own = datetime.combine(own.date() - maker.pick(0, 1) * DAY, maker.draws.choice(MOMENTS))
        rows.append(pair | {
            "session_id": maker.fresh_id("sessions"), "started_at": own,
            "order_id": maker.draws.choice(orders)["order_id"] if maker.chance(0.4) else None,
            "handled_by": maker.pick("human", "human", None, "human", "bot"),
            "rating": maker.pick(5, 1, 3, 4, None), "rated_at": None if maker.chance(0.1) else rated,
        } | maker.arrival(own))  # fmt: skip
        rated += maker.draws.choice(GAPS)
    return rows


def messages(maker: Maker, session: Row, steps: Sequence[timedelta] = STEPS) -> list[Row]:
    """A talk in steps about the three minutes, buyer and agent often at the same instant."""
    at = session["started_at"] + maker.pick(TICK * 0, SECOND / 2, -SECOND, HOUR)
    ids = {column: session[column] for column in ("session_id", "shop_id", "buyer_id")}
    rows = []
    for sender in maker.draws.choice(TALKS):
        row: Row = ids | {"sender": SENDERS[sender.lower()], "sent_at": at}
        row |= {"auto": True if sender.isupper() else maker.pick(None, False, None)}
        rows.append(row | (maker.arrival(at) if maker.chance(0.1) else {}))
        at += maker.draws.choice(steps)
    return rows
