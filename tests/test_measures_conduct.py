"""Abnormal collections, refunds with the shop at fault, satisfied chats, bad stars for an item: against Python."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from marketplace import Row
from measured import measured

from steelyard.engines import Engine
from steelyard.windows import Window

NOW = datetime(2022, 6, 1)
START = NOW - timedelta(days=30)
SHOPS = (1, 2)
SEEDS = (0, 1, 2)
Counted = dict[int, tuple[int, int]]


def summed(verdicts: Iterable[tuple[int, bool]]) -> Counted:
    """Numerator and denominator by shop, from the shop and verdict of every row that is asked."""
    found: dict[int, list[bool]] = defaultdict(list)
    for shop, counts in verdicts:
        found[shop].append(counts)
    return {shop: (sum(verdict), len(verdict)) for shop, verdict in found.items()}


def inside(instant: datetime | None) -> bool:
    return instant is not None and START <= instant < NOW


def known(instant: datetime | None) -> datetime | None:
    return instant if instant is not None and instant < NOW else None


def instant(pick: random.Random, around: datetime, missing: float = 0.2) -> datetime | None:
    """A time near another, often on the same hour or second, sometimes none."""
    if pick.random() < missing:
        return None
    return around + timedelta(
        hours=pick.choice([-24, -2, 0, 0, 1, 24, 24, 30, 60]), seconds=pick.choice([0, 0, 0, -1, 1])
    )


def orders(pick: random.Random) -> list[Row]:
    paid = [START + timedelta(hours=pick.randrange(-100, 720)) for _ in range(400)]
    return [
        {
            "order_id": n,
            "shop_id": pick.choice(SHOPS),
            "paid_at": at,
            "shipped_at": instant(pick, at),
            "collected_at": instant(pick, at + timedelta(hours=12)),
            "delivered_at": instant(pick, at + timedelta(days=2)),
            "cancelled_at": instant(pick, at, 0.9),
        }
        for n, at in enumerate(paid)
    ]


def abnormal(rows: list[Row]) -> Counted:
    def verdicts() -> Iterable[tuple[int, bool]]:
        for order in rows:
            if order["paid_at"] >= NOW:
                continue
            paid = order["paid_at"]
            shipped, collected, cancelled = (
                known(order[key]) for key in ("shipped_at", "collected_at", "cancelled_at")
            )
            if shipped is None and collected is None:
                continue
            deadline = shipped + timedelta(hours=24) if shipped else None
            late = deadline is not None and (collected is None or collected > deadline)
            due = deadline if late else collected
            assert due is not None
            if not inside(due) or (cancelled is not None and cancelled < due):
                continue
            early = collected is not None and (collected < paid or (shipped is not None and collected < shipped))
            yield order["shop_id"], late or early

    return summed(verdicts())


def cases(pick: random.Random) -> list[Row]:
    return [
        {
            "case_id": n,
            "order_id": 10 + n % 6,
            "shop_id": pick.choice(SHOPS),
            "kind": pick.choice(["refund_only", "return_refund", "exchange"]),
            "applied_at": START + timedelta(hours=pick.randrange(-100, 700)),
            "completed_at": instant(pick, START + timedelta(hours=pick.randrange(-50, 760))),
            "outcome": pick.choice(["refunded", "refunded", "rejected", None]),
            "liability": pick.choice(["merchant", "both", "buyer", None]),
        }
        for n in range(400)
    ]


def at_fault(rows: list[Row]) -> Counted:
    return summed(
        (case["shop_id"], case["liability"] in ("merchant", "both"))
        for case in rows
        if inside(case["completed_at"]) and case["kind"] != "exchange" and case["outcome"] != "rejected"
    )


def sessions(pick: random.Random) -> list[Row]:
    return [
        {
            "session_id": n,
            "shop_id": pick.choice(SHOPS),
            "buyer_id": n,
            "started_at": START + timedelta(hours=pick.randrange(-50, 720)),
            "handled_by": pick.choice(["human", "human", "bot", None]),
            "rating": pick.choice([1, 2, 3, 4, 5, None]),
            "rated_at": instant(pick, START + timedelta(hours=pick.randrange(-50, 760))),
            "survey": pick.choice([1, 2, 3, None]),
        }
        for n in range(400)
    ]


def satisfied(rows: list[Row]) -> Counted:
    def verdicts() -> Iterable[tuple[int, bool]]:
        for session in rows:
            if session["handled_by"] == "bot" or session["started_at"] >= NOW:
                continue
            rated_at = known(session["rated_at"])
            if session["rating"] is not None and rated_at is not None:
                if inside(rated_at):
                    yield session["shop_id"], session["rating"] >= 4
            elif session["survey"] is not None and inside(session["started_at"]):
                yield session["shop_id"], session["survey"] == 1

    return summed(verdicts())


MEASURES: dict[
    str, tuple[str, dict[str, Any], Callable[[random.Random], list[Row]], Callable[[list[Row]], Counted]]
] = {
    "abnormal_collection_rate": ("orders", {"collected_within_hours": 24}, orders, abnormal),
    "liable_refund_rate": (
        "after_sales",
        {"liable": ["merchant", "both"], "kinds": ["refund_only", "return_refund"]},
        cases,
        at_fault,
    ),
    "satisfied_session_rate": ("sessions", {"rating_at_least": 4, "survey_at_most": 1}, sessions, satisfied),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_counts_what_plain_python_counts(engine: Engine, tmp_path: Path, name: str, seed: int) -> None:
    table, params, rows_of, naive = MEASURES[name]
    rows = rows_of(random.Random(seed))
    asked = {"measure": name, "params": params}
    found = measured(engine, tmp_path, asked, Window(30), NOW.date(), **{table: rows})
    expected = naive(rows)
    assert min(expected[shop][0] for shop in SHOPS) > 0
    assert {shop: found[shop] for shop in SHOPS} == expected


def test_a_review_may_be_bad_for_one_item_only(engine: Engine, tmp_path: Path) -> None:
    paid = START + timedelta(days=1)
    bought = [
        {"order_id": n, "shop_id": 1, "paid_at": paid, "delivered_at": paid + timedelta(days=2)} for n in range(1, 5)
    ]
    written = {"shop_id": 1, "created_at": paid + timedelta(days=3)}
    reviews = [
        {"review_id": 1, "order_id": 1, "stars": 5, "goods_stars": 2, **written},
        {"review_id": 2, "order_id": 2, "stars": 1, "goods_stars": 3, **written},
        {"review_id": 3, "order_id": 3, "stars": 1, "goods_stars": None, **written},
    ]
    asked = {"measure": "bad_review_rate", "params": {"stars_at_most": 2}}
    tables = {"orders": bought, "reviews": reviews}
    overall = measured(engine, tmp_path / "a", asked, Window(30), NOW.date(), **tables)
    asked["params"] = {"stars_at_most": 2, "item": "goods_stars"}
    goods = measured(engine, tmp_path / "b", asked, Window(30), NOW.date(), **tables)
    assert (overall[1], goods[1]) == ((2, 4), (1, 4))
