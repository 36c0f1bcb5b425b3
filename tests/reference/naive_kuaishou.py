"""Naive readings of Kuaishou's scorecards: the dynamic shop rating and the shopping experience stars."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from .naive_check import Row
from .naive_counts import DAY, seconds
from .naive_douyin import LATE, delivery_duration, first_case, first_review
from .naive_measures import Book, Card, Reading, Rules, Span, inside, last
from .naive_replies import well_answered_days
from .naive_reviews import Valid, mean_stars, share

Count = Callable[[Book, Span], Iterator[tuple[Any, int]]]
RATED = Valid(marks=("by_default", "follow_up"), days=15, kinds=("virtual",))
DYNAMIC = Card(
    {
        f"{what}_rating": Reading(("reviews",), mean_stars(f"{what}_rating", f"{what}_stars", RATED), last(90))
        for what in ("goods", "service", "logistics")
    }
    | {
        name: Reading(("reviews",), share(name, low, high, RATED), last(90))
        for name, low, high in (("good_share", 4, 5), ("neutral_share", 3, 3), ("bad_share", 1, 2))
    }
)


def quality_bad_review_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """Delivered orders whose first review gives the goods two stars or fewer."""
    reviews = first_review(book, "quality_bad_review_rate")
    for order in book.judged("quality_bad_review_rate", "orders"):
        if inside(book.past(order, "delivered_at") or book.past(order, "completed_at"), span):
            stars = reviews.get(order["order_id"], {}).get("goods_stars")
            yield order["shop_id"], int(stars is not None and stars <= 2)


def quality_return_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """Paid orders whose first case is a refund for the quality of the goods."""
    cases = first_case(book, "quality_return_rate")
    for order in book.judged("quality_return_rate", "orders"):
        if inside(order["paid_at"], span):
            case = cases.get(order["order_id"], {})
            refund = case.get("kind") in ("refund_only", "return_refund")
            yield order["shop_id"], int(refund and case.get("reason_class") == "goods_quality")


def satisfied_session_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    """Human sessions with stars, by the time of the rating; without, those with an answer to the survey."""
    for session in book.judged("satisfied_session_rate", "sessions"):
        if session.get("handled_by") == "bot":
            continue
        rated_at = book.past(session, "rated_at")
        if session.get("rating") is not None and rated_at is not None:
            if inside(rated_at, span):
                yield session["shop_id"], int(session["rating"] >= 4)
        elif session.get("survey") is not None and inside(session["started_at"], span):
            yield session["shop_id"], int(session["survey"] == 1)


def due(promised: datetime | None, done: datetime | None) -> datetime | None:
    """When a day after `promised` has passed, or it was done before."""
    limits = [limit for limit in (promised and promised + DAY, done) if limit is not None]
    return min(limits) if limits else None


def cancelled_before(book: Book, order: Row, instant: datetime) -> bool:
    cancelled = book.past(order, "cancelled_at")
    return cancelled is not None and cancelled < instant


def collection_timeliness(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for order in book.judged("collection_timeliness", "orders"):
        promised, collected = order.get("promised_ship_at"), book.past(order, "collected_at")
        if promised is None or order.get("presale") is True:
            continue
        at = due(promised, collected)
        if at is not None and inside(at, span) and not cancelled_before(book, order, at):
            yield order["shop_id"], int(collected is not None and collected <= promised + DAY)


def abnormal_collection_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for order in book.judged("abnormal_collection_rate", "orders"):
        shipped, collected = book.past(order, "shipped_at"), book.past(order, "collected_at")
        at = due(shipped, collected)
        if at is None or not inside(at, span) or cancelled_before(book, order, at):
            continue
        late = collected is None or (shipped is not None and collected > shipped + DAY)
        early = collected is not None and (
            collected < order["paid_at"] or (shipped is not None and collected < shipped)
        )
        yield order["shop_id"], int(late or early)


def finished(name: str, kind: str) -> Count:
    """Seconds from application to completion of the refunds the shop finished by itself."""

    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        for case in book.judged(name, "after_sales"):
            completed = book.past(case, "completed_at")
            alone = book.past(case, "platform_intervened_at") is None
            own = alone and case["kind"] == kind and case.get("outcome") in (None, "refunded")
            if own and completed is not None and inside(completed, span) and completed >= case["applied_at"]:
                yield case["shop_id"], seconds(case["applied_at"], completed)

    return count


def dispute_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for case in book.judged("dispute_rate", "after_sales"):
        refund = case["kind"] in ("refund_only", "return_refund") and case.get("outcome") in (None, "refunded")
        if refund and inside(book.past(case, "completed_at"), span):
            yield case["shop_id"], int(case.get("liability") in ("merchant", "both"))


def reply_rate_3min(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    return well_answered_days(book, "reply_rate_3min", span, (timedelta(hours=8), timedelta(hours=24)))


def thirty(table: str, count: Callable[..., Iterator[tuple[Any, int]]], below: int = 0) -> Reading:
    return Reading((table,), count, last(30), below=below)


STARS = {
    "quality_bad_review_rate": thirty("reviews", quality_bad_review_rate, 30),
    "quality_return_rate": thirty("after_sales", quality_return_rate, 30),
    "satisfied_session_rate": thirty("sessions", satisfied_session_rate, 10),
    "reply_rate_3min": thirty("messages", reply_rate_3min, 10),
    "collection_timeliness": thirty("orders", collection_timeliness, 30),
    "delivery_duration": thirty("orders", delivery_duration, 30),
    "refund_only_duration": thirty("after_sales", finished("refund_only_duration", "refund_only"), 10),
    "return_refund_duration": thirty("after_sales", finished("return_refund_duration", "return_refund"), 10),
    "abnormal_collection_rate": thirty("orders", abnormal_collection_rate, 10),
    "dispute_rate": thirty("after_sales", dispute_rate, 10),
}
EXEMPT = Rules(dict.fromkeys(LATE, ("collection_timeliness", "delivery_duration", "abnormal_collection_rate")))


def _published() -> dict[str, str]:
    """Numbers for everything the published file leaves open; they decide on points only, but for the minimums."""
    dimension = {
        "quality_bad_review_rate": "goods", "quality_return_rate": "goods", "satisfied_session_rate": "service",
        "reply_rate_3min": "service", "collection_timeliness": "logistics", "delivery_duration": "logistics",
        "refund_only_duration": "after_sales", "return_refund_duration": "after_sales",
    }  # fmt: skip
    settings = {}
    for name, part in dimension.items():
        path = f"dimensions.{part}.indicators.{name}"
        rising = name in ("satisfied_session_rate", "reply_rate_3min", "collection_timeliness")
        settings |= {f"{path}.points.worst.bound": "0" if rising else "1", f"{path}.points.worst.points": "2"}
        settings |= {f"{path}.points.best.bound": "1" if rising else "0", f"{path}.points.best.points": "5"}
        settings[f"{path}.low_volume.below"] = str(STARS[name].below)
    for name in ("abnormal_collection_rate", "dispute_rate"):
        settings[f"observed.{name}.low_volume.below"] = str(STARS[name].below)
    return settings | _limits()


def _limits() -> dict[str, str]:
    degrees = "adjustments.disputes.degrees"
    settings = {
        "adjustments.abnormal_collection.degrees.0.reaches": "0.05",
        "adjustments.abnormal_collection.degrees.0.cap": "4",
    }
    for place, (reaches, points) in enumerate((("0.02", "1"), ("0.01", "0.5"), ("0.005", "0.2"))):
        settings |= {f"{degrees}.{place}.reaches": reaches, f"{degrees}.{place}.points": points}
    for place, name in enumerate(("five_stars", "four_stars", "three_stars")):
        settings |= {
            f"bands.{name}.at_least": str(5 - place),
            f"bands.{name}.dimensions_at_least": str(Fraction(4 - place)),
        }
    return settings


CARDS = {
    "kuaishou/dynamic@90-days": DYNAMIC,
    "kuaishou/star@2022-05-19": Card(STARS, EXEMPT),
    "kuaishou/star@2022-05-19-published": Card(STARS, EXEMPT, _published()),
}
