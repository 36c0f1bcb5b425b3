"""The naive reference against sums done by hand, and the hostile marketplaces against what they promise."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from tests.reference import naive
from tests.reference.hostile import DAY as HOSTILE_DAY
from tests.reference.hostile import LARGE, TINY, marketplaces, minimise, random_marketplace
from tests.reference.naive_check import clean
from tests.reference.naive_counts import waits

DAY = date(2022, 10, 10)
NOON = datetime.fromisoformat("2022-09-01T12:00")
TICK = timedelta(microseconds=1)
ONE_DAY = timedelta(days=1)
MIDNIGHT = datetime.fromisoformat("2022-10-10")


def order(order_id="o", **columns):
    return {"order_id": order_id, "shop_id": "s", "paid_at": NOON} | columns


def review(review_id, stars, **columns):
    return {
        "review_id": review_id,
        "order_id": "o",
        "shop_id": "s",
        "created_at": NOON,
        "stars": stars,
    } | columns


def session(session_id="c", **columns):
    row = {"session_id": session_id, "shop_id": "s", "buyer_id": "b", "agent_id": "a", "started_at": NOON}
    return row | columns


def message(seconds, sender="buyer", **columns):
    at = NOON + timedelta(seconds=seconds)
    return {"session_id": "c", "shop_id": "s", "buyer_id": "b", "sent_at": at, "sender": sender} | columns


def exclusion(table, row_id, reason="fake_trade", **columns):
    return {"table": table, "row_id": row_id, "reason": reason, "decided_at": NOON} | columns


def indicator(name, **tables):
    """(numerator, denominator) of shop `s` in a folder of one shop and, unless given, one order `o`."""
    folder = {"shops": [{"shop_id": "s"}], "orders": [order()]} | tables
    row = naive.score(folder, DAY)["indicators"]["s", name]
    return row["numerator"], row["denominator"]


DELIVERED = [order(delivered_at=NOON + ONE_DAY)]


@pytest.mark.parametrize(
    ("reviews", "numerator"),
    [
        ([review("10", 5), review("9", 1)], 0),
        ([review("10", 1), review("9", 5)], 1),
        ([review("1", 5, arrived_at=NOON + TICK), review("2", 1)], 1),
        ([review("1", 5, removed_at=NOON), review("2", 2)], 1),
        ([review("1", 5, removed_at=MIDNIGHT), review("2", 2)], 0),
        ([review("1", 1, follow_up=True), review("2", 1, by_default=True)], 0),
        ([review("1", None), review("2", 1)], 0),
        ([review("1", 1, arrived_at=MIDNIGHT)], 0),
    ],
)
def test_only_the_first_known_review_speaks(reviews, numerator):
    assert indicator("negative_feedback_rate", orders=DELIVERED, reviews=reviews) == (numerator, 1)


def test_an_excluded_first_review_makes_the_next_one_the_first():
    folder = {"orders": DELIVERED, "reviews": [review("1", 5), review("2", 1)]}
    name = "negative_feedback_rate"
    assert indicator(name, **folder, exclusions=[exclusion("reviews", "1")]) == (1, 1)
    assert indicator(name, **folder, exclusions=[exclusion("reviews", "1", revoked_at=NOON)]) == (0, 1)
    assert indicator(name, **folder, exclusions=[exclusion("reviews", "1", decided_at=MIDNIGHT)]) == (0, 1)
    assert indicator(name, **folder, exclusions=[exclusion("reviews", "1", indicator="other")]) == (0, 1)
    assert indicator(name, **folder, exclusions=[exclusion("reviews", "1", "force_majeure")]) == (0, 1)
    assert indicator(name, **folder, exclusions=[exclusion("orders", "o")]) == (0, 0)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"collected_at": NOON + ONE_DAY}, (1, 1)),
        ({"collected_at": NOON + ONE_DAY + TICK}, (0, 1)),
        ({}, (0, 1)),
        ({"presale": True}, (0, 0)),
        ({"cancelled_at": NOON + ONE_DAY}, (0, 1)),
        ({"cancelled_at": NOON + ONE_DAY - TICK}, (0, 0)),
        ({"promised_ship_at": MIDNIGHT}, (0, 0)),
        ({"promised_ship_at": MIDNIGHT, "collected_at": MIDNIGHT - TICK}, (1, 1)),
        ({"promised_ship_at": MIDNIGHT - ONE_DAY - TICK, "collected_at": MIDNIGHT}, (0, 1)),
        ({"distance_km": 3000.0}, (0, 1)),
        ({"distance_km": 3000.1}, (0, 0)),
        ({"distance_km": 700.1, "origin_province": "新疆维吾尔自治区"}, (0, 0)),
        ({"distance_km": 700.1, "origin_province": "吉林"}, (0, 1)),
    ],
)
def test_collection_is_due_a_day_after_the_promise(columns, expected):
    assert indicator("collection_timeliness", orders=[order(promised_ship_at=NOON) | columns]) == expected


def test_exemptions_touch_logistics_only():
    orders = [order(promised_ship_at=NOON, delivered_at=NOON)]
    every, one = exclusion("orders", "o", "force_majeure"), exclusion("orders", "o", "reported_exemption")
    named = one | {"indicator": "delivery_duration"}
    folder = {"orders": orders, "reviews": []}
    assert indicator("collection_timeliness", **folder, exclusions=[every]) == (0, 0)
    assert indicator("collection_timeliness", **folder, exclusions=[named]) == (0, 1)
    assert indicator("negative_feedback_rate", **folder, exclusions=[every]) == (0, 1)


def test_durations_cut_both_ends_to_the_second():
    start = NOON + timedelta(microseconds=999_999)
    times = {"collected_at": start, "delivered_at": start + timedelta(seconds=9, microseconds=1)}
    assert indicator("delivery_duration", orders=[order(**times)]) == (10, 1)
    times["delivered_at"] = start - TICK
    assert indicator("delivery_duration", orders=[order(**times)]) == (0, 0)


def test_logistics_tags_count_for_fourteen_days():
    tag = {"feedback_id": "f", "order_id": "o", "shop_id": "s", "kind": "wrong_goods"}
    inside, outside = NOON + 14 * ONE_DAY - TICK, NOON + 14 * ONE_DAY
    assert indicator("logistics_negative_rate", feedback=[tag | {"created_at": inside}]) == (1, 1)
    assert indicator("logistics_negative_rate", feedback=[tag | {"created_at": outside}]) == (0, 1)
    assert indicator("logistics_negative_rate") == (None, None)
    assert indicator("logistics_negative_rate", feedback=[], orders=[]) == (0, 0)


def test_complaints_count_unless_dismissed_or_about_an_agent():
    complaint = {"complaint_id": "k", "order_id": "o", "shop_id": "elsewhere", "created_at": NOON}
    shops = [{"shop_id": "s"}, {"shop_id": "elsewhere"}]
    for columns, expected in (
        ({}, 1),
        ({"upheld": False}, 0),
        ({"about": "agent"}, 0),
        ({"about": "shop"}, 1),
    ):
        counted = indicator("complaint_rate", shops=shops, complaints=[complaint | columns])
        assert counted == (expected, 1)
    late = [order(paid_at=MIDNIGHT - 14 * ONE_DAY), order("p", paid_at=MIDNIGHT - 104 * ONE_DAY)]
    assert indicator("complaint_rate", complaints=[], orders=late) == (0, 1)


def test_refunds_and_disputes_of_cases():
    case = {"case_id": "k", "order_id": "o", "shop_id": "s", "kind": "refund_only", "applied_at": NOON}
    case |= {"completed_at": NOON + timedelta(minutes=1), "liability": "merchant"}
    intervened = case | {"platform_intervened_at": NOON}
    assert indicator("refund_only_duration", after_sales=[case]) == (60, 1)
    assert indicator("refund_only_duration", after_sales=[case | {"outcome": "rejected"}]) == (0, 0)
    assert indicator("refund_only_duration", after_sales=[intervened]) == (0, 0)
    assert indicator("return_refund_duration", after_sales=[case]) == (0, 0)
    assert indicator("dispute_liability_rate", after_sales=[case]) == (0, 1)
    assert indicator("dispute_liability_rate", after_sales=[intervened]) == (1, 1)
    assert indicator("dispute_liability_rate", after_sales=[intervened | {"liability": "both"}]) == (0, 1)


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        ([message(0), message(60, "agent")], [60]),
        ([message(0), message(0, "agent")], [None]),
        ([message(0), message(5, "agent", auto=True), message(9, "agent", auto=None)], [9]),
        ([message(0), message(30), message(60, "agent"), message(60)], [60]),
        ([message(0), message(60, "agent"), message(61)], [60, None]),
        ([message(0, "agent"), message(1, "bot"), message(2), message(3, "bot")], [None]),
    ],
)
def test_waits_of_questions(talk, expected):
    assert waits(talk) == expected
    assert waits(talk[::-1]) == expected


def test_the_mean_wait_may_be_three_minutes_in_service_hours():
    name, bounds = "im_3min_reply_rate", [message(0), message(100, "agent"), message(200)]
    in_time, late = [*bounds, message(460, "agent")], [*bounds, message(461, "agent")]
    assert indicator(name, sessions=[session()], messages=in_time) == (1, 1)
    assert indicator(name, sessions=[session()], messages=late) == (0, 1)
    assert indicator(name, sessions=[session()], messages=[message(0, "agent")]) == (0, 0)
    for hour, expected in (("08:00", 1), ("07:59:59.999999", 0), ("22:59:59.999999", 1), ("23:00", 0)):
        started = session(started_at=datetime.fromisoformat(f"2022-09-01T{hour}"))
        assert indicator(name, sessions=[started], messages=in_time) == (expected, expected)


def test_a_repeated_rating_within_a_day_is_left_out():
    name, times = "im_dissatisfaction_rate", (NOON, NOON + ONE_DAY - TICK, NOON + 2 * ONE_DAY - TICK)
    rated = [session(str(n), rating=3, rated_at=at) for n, at in enumerate(times)]
    assert indicator(name, sessions=rated) == (2, 2)
    assert indicator(name, sessions=[row | {"agent_id": None} for row in rated]) == (3, 3)
    assert indicator(name, sessions=[rated[0] | {"handled_by": "bot"}, *rated[1:]]) == (2, 2)
    assert indicator(name, sessions=rated, exclusions=[exclusion("sessions", "0")]) == (2, 2)
    assert indicator(name, sessions=[rated[0] | {"rating": None}, rated[1] | {"rating": 4}]) == (0, 1)
    suppressed = [rated[0], rated[1], session("3", rating=1, rated_at=times[1] + ONE_DAY - TICK)]
    assert indicator(name, sessions=suppressed) == (1, 1)


def test_the_catalogue_is_averaged_over_products():
    days = [date(2022, 10, 9), date(2022, 10, 8), date(2022, 10, 7), date(2022, 7, 11)]
    passes = [(True, True), (False, None), (False, True), (True, None)]
    checks = [
        {
            "product_id": "p",
            "shop_id": "s",
            "checked_on": on,
            "image_passed": image,
            "attributes_passed": words,
        }
        for on, (image, words) in zip(days[:3], passes[:3], strict=True)
    ]
    checks.append(checks[0] | {"product_id": "q", "attributes_passed": False})
    checks.append(checks[0] | {"product_id": "bag"})
    checks.append(checks[0] | {"product_id": "unchecked", "attributes_passed": None})
    products = [{"product_id": name, "shop_id": "s"} for name in ("p", "q", "unchecked")]
    products.append({"product_id": "bag", "shop_id": "s", "kind": "lucky_bag"})
    folder = {"shops": [{"shop_id": "s"}], "orders": [], "products": products, "listing_checks": checks}
    row = naive.score(folder, DAY)["indicators"]["s", "goods_base_score"]
    assert (row["numerator"], row["denominator"]) == (None, None)
    assert row["value"] == Decimal("0.583333")  # (⅔ + ½) ÷ 2
    folder["exclusions"] = [exclusion("products", "q")]
    assert naive.score(folder, DAY)["indicators"]["s", "goods_base_score"]["value"] == Decimal("0.666667")


def test_broken_rows_are_left_out():
    good = {"shops": [{"shop_id": "s"}], "orders": [order(), order()], "reviews": [review("1", 5)]}
    assert [len(rows) for rows in clean(good).values()] == [1, 1, 1]
    for table, row in (
        ("orders", order(presale=True)),
        ("orders", order(arrived_at=datetime.fromisoformat("2100-01-01"))),
        ("orders", order(shop_id="nowhere")),
        ("reviews", review("1", 6)),
    ):
        assert clean(good | {table: [row, good[table][0]]})[table] == []
    assert clean(good | {"reviews": [review("1", 5, order_id="nowhere")]})["reviews"] == []
    assert clean(good | {"reviews": [review("1", 5, removal="bad")]})["reviews"] == []
    assert clean(good | {"reviews": [review("1", 5, removal="other")]})["reviews"] != []
    assert clean(good | {"orders": [order(shop_id=None)]})["reviews"] != []


def durations(hours_of_shops, **columns):
    """Shops of thirty orders, all alike but for the hours from collection to delivery."""
    shops = [{"shop_id": shop, "category": "c"} | columns for shop in hours_of_shops]
    orders = [
        order(f"{shop}{n}", shop_id=shop, collected_at=NOON, delivered_at=NOON + timedelta(hours=hours))
        for shop, hours in hours_of_shops.items()
        for n in range(30)
    ]
    return {"shops": shops, "orders": orders}


def test_points_are_the_peer_share():
    result = naive.score(durations({"a": 1, "b": 2, "c": 2, "d": 4, "e": 5}), DAY)
    points = {shop: row["points"] for (shop, name), row in result["dimensions"].items() if name == "logistics"}
    assert points == {
        "a": Decimal("5.000000"),
        "b": Decimal("4.600000"),
        "c": Decimal("4.600000"),
        "d": Decimal("3.800000"),
        "e": Decimal("3.400000"),
    }
    assert result["scores"]["b",]["peer_rank"] == 2
    assert result["scores"]["d",]["peer_rank"] == 4
    assert result["scores"]["a",]["score"] == Decimal("5.00")
    shown = result["indicators"]["e", "delivery_duration"]
    assert (shown["peer_mean"], shown["peer_best10"]) == (Decimal("10080.000000"), Decimal("3600.000000"))
    assert (shown["weight"], result["dimensions"]["e", "logistics"]["weight"]) == (1, 1)
    assert result["dimensions"]["e", "goods"] == {"points": None, "weight": None}


def test_twenty_nine_orders_are_too_few_and_stand_aside():
    folder = durations({"a": 1, "b": 2, "c": 3})
    folder["orders"].pop(0)
    result = naive.score(folder, DAY)
    assert result["scores"]["a",]["status"] == "insufficient"
    assert result["indicators"]["a", "delivery_duration"]["value"] == Decimal("3600.000000")
    assert result["indicators"]["a", "delivery_duration"]["points"] is None
    assert result["scores"]["b",] | {"score": Decimal("5.00"), "peers": 2} == result["scores"]["b",]
    folder["exclusions"] = [exclusion("orders", "b0", indicator="delivery_duration")]
    folder["exclusions"] += [exclusion("orders", "c0")]
    status = {shop: row["status"] for (shop,), row in naive.score(folder, DAY)["scores"].items()}
    assert status == {"a": "insufficient", "b": "scored", "c": "insufficient"}


def test_the_gate_spreads_the_pool_below():
    folder = durations(dict.fromkeys("abcdefgh", 1))
    folder["sessions"] = [
        session(f"{shop}{n}", shop_id=shop, buyer_id=f"{shop}{n}", rating=1 if n < bad else 5, rated_at=NOON)
        for shop, bad in (("a", 3), ("b", 2), ("c", 0), ("d", 0), ("e", 0), ("f", 0), ("g", 0), ("h", 0))
        for n in range(20)
    ]
    result = naive.score(folder, DAY)
    assert result["indicators"]["a", "im_dissatisfaction_rate"]["points"] == Decimal("3.250000")
    assert result["dimensions"]["a", "service"]["weight"] == Fraction(3750, 5750)
    assert result["scores"]["a",]["raw_score"] == Decimal("3.858696")
    assert result["adjustments"] == {}
    folder["feedback"], folder["reviews"], folder["after_sales"], folder["complaints"] = [], [], [], []
    result = naive.score(folder, DAY)
    # service: (complaints 5 + ratings 3.25) ÷ 2 = 4.125; total 5 − 0.375 × 0.875
    assert result["scores"]["a",]["raw_score"] == Decimal("4.671875")
    case = {"order_id": "a0", "applied_at": NOON, "completed_at": NOON + ONE_DAY}
    folder["after_sales"] = [
        case | {"case_id": f"{shop}{kind}", "shop_id": shop, "kind": kind}
        for shop in "abcdefgh"
        for kind in ("refund_only", "return_refund")
    ]
    result = naive.score(folder, DAY)
    # service: (4 × 5 + 3.25) ÷ 5 = 4.65, b: 4.7; totals 4.86875 and 4.8875
    assert result["adjustments"] == {
        ("a",): {"before": Decimal("4.868750"), "after": Decimal("4.700000"), "demoted": True}
    }
    assert result["scores"]["b",]["gated"] == Decimal("4.887500")


def test_hostile_marketplaces_reach_every_rule():
    seen = Counter()
    for seed in range(60):
        tables = random_marketplace(seed)
        assert tables == random_marketplace(seed)
        assert sum(map(len, tables.values())) <= 700
        result = naive.score(tables, HOSTILE_DAY)
        for (_, name), row in result["indicators"].items():
            seen[name] += bool(row["numerator"]) or (row["value"] or 0) > 0
        for row in result["scores"].values():
            seen[row["status"]] += 1
        for row in result["adjustments"].values():
            seen["demoted" if row["demoted"] else "respread"] += 1
        kept = clean(tables)
        seen["quarantined"] += any(len(kept[name]) < len(tables[name]) for name in kept)
        seen["whole ids"] += isinstance(tables["shops"][0]["shop_id"], int)
    wanted = {*naive.INDICATORS, "scored", "insufficient", "demoted", "respread", "quarantined", "whole ids"}
    assert {name for name in wanted if seen[name] < 2} == set()


def test_a_large_marketplace_is_large():
    tables = random_marketplace(1, LARGE)
    assert 5_000 <= sum(map(len, tables.values())) <= 20_000
    assert naive.score(tables, HOSTILE_DAY)["scores"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=marketplaces(TINY))
def test_drawn_marketplaces_score(tables):
    result = naive.score(tables, HOSTILE_DAY)
    for row in result["scores"].values():
        assert (row["score"] is None) == (row["status"] == "insufficient")
    for row in result["indicators"].values():
        assert row["points"] is None or 3 < row["points"] <= 5


def test_minimise_keeps_only_what_matters():
    tables = {"shops": [{"shop_id": n} for n in range(20)], "orders": [order(str(n)) for n in range(9)]}

    def fails(folder):
        return {"shop_id": 13} in folder["shops"] and len(folder["orders"]) >= 2

    assert minimise(tables, fails) == {"shops": [{"shop_id": 13}], "orders": [order("7"), order("8")]}
