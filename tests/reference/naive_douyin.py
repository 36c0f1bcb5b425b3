"""Naive readings of Douyin's scorecards: three versions of the experience score, the shop rating, the CCR."""

from collections.abc import Callable, Iterator
from datetime import time
from fractions import Fraction
from typing import Any

from .naive import half_up
from .naive_check import Row
from .naive_counts import DAY, MEASURES, _first, product_shares, seconds
from .naive_measures import Book, Card, Reading, Rules, Span, inside, last
from .naive_pdd import malicious, scenarios
from .naive_reviews import Valid, mean_stars

HOUR = DAY / 24
LATE = ("force_majeure", "reported_exemption")


def shares(book: Book, _span: Span) -> Iterator[tuple[Any, Fraction]]:
    """The share of every assessed product, each first rounded to 10⁻¹²."""
    for shop, found in product_shares(book).items():
        for share in found:
            yield shop, Fraction(half_up(share, 12))


def as_before(name: str) -> Callable[[Book, Span], Iterator[tuple[Any, int]]]:
    """The reading of the version of 2022-09-26, whose windows are its own."""
    return lambda book, _span: MEASURES[name](book)


def known(name: str, *evidence: str) -> Reading:
    return Reading(evidence, as_before(name), last(90))


def first_review(book: Book, name: str) -> dict[Any, Row]:
    """The first of the reviews of every order that count, by the time it was known."""
    found: dict[Any, list[tuple[Any, Any, Row]]] = {}
    for row in book.marks(name, "reviews"):
        if row.get("follow_up") is True or row.get("by_default") is True or book.past(row, "removed_at") is not None:
            continue
        found.setdefault(row["order_id"], []).append((book.known_at(row, "created_at"), row["review_id"], row))
    return {order_id: _first(found, order_id) for order_id in found}


def first_case(book: Book, name: str) -> dict[Any, Row]:
    found: dict[Any, list[tuple[Any, Any, Row]]] = {}
    for row in book.marks(name, "after_sales"):
        found.setdefault(row["order_id"], []).append((book.known_at(row, "applied_at"), row["case_id"], row))
    return {order_id: _first(found, order_id) for order_id in found}


def bad(review: Row) -> bool:
    return review.get("stars") is not None and review["stars"] <= 2


def bad_review_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    reviews = first_review(book, "bad_review_rate")
    for order in book.judged("bad_review_rate", "orders"):
        if inside(book.past(order, "delivered_at") or book.past(order, "completed_at"), span):
            yield order["shop_id"], int(bad(reviews.get(order["order_id"], {})))


REFUNDS = ("refund_only", "return_refund")


def returned(
    name: str, *classes: str, kinds: tuple[str, ...] = REFUNDS
) -> Callable[[Book, Span], Iterator[tuple[Any, int]]]:
    """Paid orders whose first case is of these kinds (none named: any) for a reason of these classes."""

    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        cases = first_case(book, name)
        for order in book.judged(name, "orders"):
            if inside(order["paid_at"], span):
                case = cases.get(order["order_id"], {})
                refund = not kinds or case.get("kind") in kinds
                yield order["shop_id"], int(refund and case.get("reason_class") in classes)

    return count


def collected_within(hours: int) -> Callable[[Book, Span], Iterator[tuple[Any, int]]]:
    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        for order in book.judged(f"collected_within_{hours}h", "orders"):
            paid, collected = order["paid_at"], book.past(order, "collected_at")
            virtual = book.product(order.get("product_id")).get("kind") == "virtual"
            if collected is None or not inside(collected, span) or virtual or order.get("presale") is True:
                continue
            if collected >= paid:
                yield order["shop_id"], int(collected - paid < hours * HOUR)

    return count


def delivery_duration(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """As later, but remote orders count too."""
    for order in book.judged("delivery_duration", "orders"):
        collected, delivered = book.past(order, "collected_at"), book.past(order, "delivered_at")
        if collected is not None and delivered is not None and delivered >= collected and inside(delivered, span):
            yield order["shop_id"], seconds(collected, delivered)


def first_waits(book: Book, name: str, span: Span) -> Iterator[tuple[Any, int | None]]:
    """Human sessions begun in the hours: how long the buyer's first message waited for a person, None for ever."""
    said: dict[Any, list[Row]] = {}
    for row in book.rows("messages", "sent_at"):
        said.setdefault(row["session_id"], []).append(row)
    for session in book.judged(name, "sessions"):
        started = session["started_at"]
        asked = [row["sent_at"] for row in said.get(session["session_id"], []) if row["sender"] == "buyer"]
        in_hours = time(8) <= started.time() < time(23)
        if session.get("handled_by") == "bot" or not in_hours or not inside(started, span) or not asked:
            continue
        first = min(asked)
        replies = [
            row["sent_at"]
            for row in said[session["session_id"]]
            if row["sender"] == "agent" and row.get("auto") is not True and row["sent_at"] > first
        ]
        yield session["shop_id"], seconds(first, min(replies)) if replies else None


def first_answer_rate_30s(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for shop, wait in first_waits(book, "first_answer_rate_30s", span):
        yield shop, int(wait is not None and wait <= 30)


def first_reply_time(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for shop, wait in first_waits(book, "first_reply_time", span):
        if wait is not None:
            yield shop, wait


def negative_order_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """Paid orders with any negative voice: a bad first review, a first case for a fault, a complaint, any tag, a chat.

    A chat counts on the order it names, about a scenario that the catalogue knows as no ordinary enquiry.
    """
    name = "negative_order_rate"
    reviews, cases = first_review(book, name), first_case(book, name)
    tagged = {row["order_id"] for row in book.marks(name, "feedback")}
    complained = {
        row.get("order_id")
        for row in book.marks(name, "complaints")
        if row.get("about") != "agent" and row.get("upheld") is not False
    }
    known = scenarios(book)
    talked = {
        session.get("order_id")
        for session in book.marks(name, "sessions")
        if not known.get(session.get("scenario") or "", (None, True))[1]
        and not malicious(book, session["buyer_id"], session["started_at"])
    }
    for order in book.judged(name, "orders"):
        if inside(order["paid_at"], span):
            order_id = order["order_id"]
            fault = cases.get(order_id, {}).get("reason_class") in ("goods_quality", "logistics")
            voices = (
                bad(reviews.get(order_id, {})),
                fault,
                *(order_id in those for those in (tagged, complained, talked)),
            )
            yield order["shop_id"], int(any(voices))


SERVICE = {
    "complaint_rate": known("complaint_rate", "complaints"),
    "dispute_liability_rate": known("dispute_liability_rate", "after_sales"),
    "im_3min_reply_rate": known("im_3min_reply_rate", "messages"),
    "refund_only_duration": known("refund_only_duration", "after_sales"),
    "return_refund_duration": known("return_refund_duration", "after_sales"),
}
GOODS = {
    "goods_base_score": Reading(("listing_checks",), shares, last(90), averaged=True),
    "negative_feedback_rate": known("negative_feedback_rate", "reviews", "after_sales", "feedback"),
}
RATED = {"im_dissatisfaction_rate": known("im_dissatisfaction_rate", "sessions")}
BANDS = {
    f"collected_within_{hours}h": Reading(("orders",), collected_within(hours), last(90)) for hours in (24, 36, 48)
}
OLD_DURATION = {"delivery_duration": Reading(("orders",), delivery_duration, last(90))}

EARLY_2022 = Card(
    {
        "bad_review_rate": Reading(("reviews",), bad_review_rate, last(90)),
        "quality_return_rate": Reading(
            ("after_sales",), returned("quality_return_rate", "goods_quality", "logistics"), last(90, 14)
        ),
    }
    | BANDS
    | OLD_DURATION
    | SERVICE,
    Rules(dict.fromkeys(LATE, (*BANDS, *OLD_DURATION))),
)
MID_2022 = Card(
    GOODS
    | BANDS
    | OLD_DURATION
    | {
        "logistics_return_rate": Reading(
            ("after_sales",), returned("logistics_return_rate", "logistics", kinds=()), last(90, 14)
        ),
    }
    | SERVICE
    | RATED,
    Rules(dict.fromkeys(LATE, (*BANDS, *OLD_DURATION, "logistics_return_rate"))),
)
LATE_2022 = Card(
    GOODS
    | {
        "collection_timeliness": known("collection_timeliness", "orders"),
        "delivery_duration": known("delivery_duration", "orders"),
        "logistics_negative_rate": known("logistics_negative_rate", "feedback"),
        "first_answer_rate_30s": Reading(("messages",), first_answer_rate_30s, last(90)),
        "first_reply_time": Reading(("messages",), first_reply_time, last(90)),
    }
    | SERVICE
    | RATED,
    Rules(dict.fromkeys(LATE, ("collection_timeliness", "delivery_duration", "logistics_negative_rate"))),
)
CCR = Card(
    {
        "negative_order_rate": Reading(
            ("reviews", "after_sales", "feedback", "complaints", "sessions"), negative_order_rate, last(30)
        ),
    }
)
DSR = Card(
    {
        name: Reading(("reviews",), mean_stars(name, item, Valid()), last(60))
        for name, item in (
            ("description_rating", "description_stars"),
            ("service_rating", "service_stars"),
            ("shipping_rating", "logistics_stars"),
        )
    }
)

CARDS = {
    "douyin/experience@50-15-35": EARLY_2022,
    "douyin/experience@2022-mid": MID_2022,
    "douyin/experience@2022-09-26": LATE_2022,
    "douyin/ccr@2022": CCR,
    "douyin/dsr@2020": DSR,
}
