"""Naive readings of JD's scorecards: the shop rating out of ten points and the score of after-sales providers."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any

from .naive_check import Row
from .naive_counts import DAY, seconds
from .naive_measures import Book, Card, Reading, Span, calendar_month, inside, last
from .naive_reviews import Valid, mean_stars, share

OWN_WORDS = Valid(marks=("by_default", "follow_up"))
ITEMS = {
    "goods_quality": "goods_stars", "service_attitude": "service_stars", "logistics_speed": "logistics_stars",
    "description_match": "description_stars", "returns_handling": "returns_stars",
}  # fmt: skip
STANDARD = ("录音规范", "服务单规范", "待用户反馈超时", "工单超时未处理", "未解决处理超时")


def aftersales_duration(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """Review time and handling time of the cases first handled in the window."""
    for case in book.judged("aftersales_duration", "after_sales"):
        applied, reviewed, handled = case["applied_at"], book.past(case, "reviewed_at"), book.past(case, "handled_at")
        received = book.past(case, "return_delivered_at") or book.past(case, "pending_at")
        if handled is None or reviewed is None or received is None or not inside(handled, span):
            continue
        if applied <= reviewed and received <= handled:
            yield case["shop_id"], seconds(applied, reviewed) + seconds(received, handled)


def cases_by_order(book: Book, name: str, wanted: Callable[[Row], bool]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for case in book.marks(name, "after_sales"):
        if wanted(case):
            found[case["order_id"]] = found.get(case["order_id"], 0) + 1
    return found


def dispute_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """Disputes lost, each counted, of the orders paid in the window."""

    def lost(case: Row) -> bool:
        return book.past(case, "platform_intervened_at") is not None and case.get("liability") in ("merchant", "both")

    disputes = cases_by_order(book, "dispute_rate", lost)
    for order in book.judged("dispute_rate", "orders"):
        if inside(order["paid_at"], span):
            yield order["shop_id"], disputes.get(order["order_id"], 0)


def return_rate(book: Book, span: Span) -> Iterator[tuple[Any, int, int]]:
    """Returns, exchanges and repairs of the orders completed in the window, against their pieces."""
    cases = cases_by_order(book, "return_rate", lambda case: case["kind"] in ("return_refund", "exchange", "repair"))
    for order in book.judged("return_rate", "orders"):
        if inside(book.past(order, "completed_at"), span):
            yield order["shop_id"], cases.get(order["order_id"], 0), max(1, order.get("quantity") or 1)


def service_seconds(start: datetime, end: datetime) -> int:
    """Whole seconds between two instants that lie between 9 and 21 o'clock."""
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    total, day = 0, datetime.combine(start.date(), time())
    while day <= end:
        opens, closes = max(start, day.replace(hour=9)), min(end, day.replace(hour=21))
        total += max(0, int((closes - opens).total_seconds()))
        day += DAY
    return total


def in_time(name: str, began: str, done: str) -> Callable[[Book, Span], Iterator[tuple[Any, int]]]:
    """Cases done in the window, and whether within 20 minutes of service hours."""

    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        for case in book.judged(name, "after_sales"):
            start, end = book.past(case, began), book.past(case, done)
            if start is not None and end is not None and inside(end, span) and start <= end:
                yield case["shop_id"], int(service_seconds(start, end) <= 20 * 60)

    return count


def satisfied_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for case in book.judged("satisfied_rate", "after_sales"):
        if case.get("satisfaction") is not None and inside(book.past(case, "completed_at"), span):
            yield case["shop_id"], int(case["satisfaction"] >= 4)


def dissatisfied_ratings(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for case in book.judged("dissatisfied_ratings", "after_sales"):
        if case.get("satisfaction") is not None and inside(book.past(case, "completed_at"), span):
            yield case["shop_id"], int(case["satisfaction"] <= 2)


def standard_met(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for check in book.judged("standard_met", "quality_checks"):
        if check["item"] in STANDARD and check.get("passed") is not None and inside(check["checked_at"], span):
            yield check["shop_id"], int(check["passed"])


def awaiting_customer_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for case in book.judged("awaiting_customer_rate", "after_sales"):
        if inside(book.past(case, "last_reviewed_at") or book.past(case, "reviewed_at"), span):
            yield case["shop_id"], int(book.past(case, "awaiting_customer_at") is not None)


SHOP_RATING = Card(
    {name: Reading(("reviews",), mean_stars(name, item, OWN_WORDS), last(180)) for name, item in ITEMS.items()}
    | {
        "aftersales_duration": Reading(("after_sales",), aftersales_duration, last(90)),
        "dispute_rate": Reading(("after_sales",), dispute_rate, last(90)),
        "return_rate": Reading(("after_sales",), return_rate, last(90)),
        "good_reviews": Reading(("reviews",), share("good_reviews", 4, 5, OWN_WORDS), last(180)),
    }
)
PROVIDER = Card(
    {
        "satisfied_rate": Reading(("after_sales",), satisfied_rate, calendar_month),
        "dissatisfied_ratings": Reading(("after_sales",), dissatisfied_ratings, calendar_month),
        "reviewed_in_time": Reading(
            ("after_sales",), in_time("reviewed_in_time", "applied_at", "reviewed_at"), calendar_month
        ),
        "handled_in_time": Reading(
            ("after_sales",), in_time("handled_in_time", "pending_at", "handled_at"), calendar_month
        ),
        "standard_met": Reading(("quality_checks",), standard_met, calendar_month),
        "awaiting_customer_rate": Reading(("after_sales",), awaiting_customer_rate, calendar_month),
    },
    settings={
        "dimensions.satisfaction.indicators.satisfied_rate.points.target": "0.9",
        "dimensions.review.indicators.reviewed_in_time.points.target": "0.9",
        "dimensions.handling.indicators.handled_in_time.points.target": "0.9",
        "dimensions.standard.indicators.standard_met.points.target": "0.9",
        "dimensions.awaiting_customer.indicators.awaiting_customer_rate.points.steps.0.bound": "0.1",
    },
)

CARDS = {"jd/shop_rating@legacy": SHOP_RATING, "jd/aftersales_provider@2023-01": PROVIDER}
