"""What counts on a day, naively: for every indicator of A8 the rows in its denominator and what each adds.

Written from the definition sheet alone. A measure yields `(shop_id, amount)` for each row of its denominator;
the numerator is the sum of the amounts (1 or 0 in a share, whole seconds in a duration).
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from .naive_check import Row, Tables

Measure = Callable[["Folder"], Iterator[tuple[Any, int]]]

LOGISTICS = ("collection_timeliness", "delivery_duration", "logistics_negative_rate")
EXEMPTING = ("force_majeure", "reported_exemption")
DAY = timedelta(days=1)


class Folder:
    """A clean folder as known on a day; what is excluded is asked by indicator."""

    def __init__(self, tables: Tables, day: date) -> None:
        self.tables = tables
        self.now = datetime.combine(day, time())
        self.exclusions: dict[tuple[Any, Any], list[tuple[Any, bool]]] = {}
        for row in self.rows("exclusions", "decided_at"):
            if self.past(row, "revoked_at") is None:
                named = (row.get("indicator"), row["reason"] in EXEMPTING)
                self.exclusions.setdefault((row["table"], row["row_id"]), []).append(named)

    def past(self, row: Row, column: str) -> datetime | None:
        """A time of the row, None where it lies on the day or later."""
        instant = row.get(column)
        return instant if isinstance(instant, datetime) and instant < self.now else None

    def known_at(self, row: Row, own: str) -> datetime:
        """When the row came to exist: its own time or its arrival, whichever is later."""
        return max(row[own], row.get("arrived_at") or row[own])

    def rows(self, table: str, own: str) -> Iterator[Row]:
        """The table's rows that exist on the day."""
        return (row for row in self.tables.get(table, []) if self.known_at(row, own) < self.now)

    def struck(self, indicator: str, table: str, row_id: Any) -> bool:
        """Whether an exclusion that is no exemption takes this very row from the indicator."""
        found = self.exclusions.get((table, row_id), [])
        return any(named in (None, indicator) and not exempting for named, exempting in found)

    def exempt(self, indicator: str, table: str, row_id: Any) -> bool:
        """Whether an exemption takes this very row from the indicator, which must be one of logistics."""
        found = self.exclusions.get((table, row_id), [])
        return indicator in LOGISTICS and any(named in (None, indicator) and exempting for named, exempting in found)

    def counting(self, indicator: str, table: str, key: str, own: str) -> Iterator[Row]:
        """Existing rows neither excluded nor exempt themselves nor hanging on an excluded order."""
        for row in self.rows(table, own):
            order_id = row.get("order_id")
            gone = self.struck(indicator, table, row[key]) or self.exempt(indicator, table, row[key])
            if not gone and (order_id is None or not self.struck(indicator, "orders", order_id)):
                yield row

    def window(self, instant: datetime | None, days: int = 90, skip: int = 0) -> bool:
        """Whether the instant lies in `[D − days − skip, D − skip)`."""
        end = self.now - skip * DAY
        return instant is not None and end - days * DAY <= instant < end

    def orders(self, indicator: str) -> Iterator[Row]:
        return self.counting(indicator, "orders", "order_id", "paid_at")

    def cases(self, indicator: str) -> Iterator[Row]:
        return self.counting(indicator, "after_sales", "case_id", "applied_at")


def seconds(start: datetime, end: datetime) -> int:
    """Whole seconds, both ends cut to the second first."""
    return int((end.replace(microsecond=0) - start.replace(microsecond=0)).total_seconds())


def volume(folder: Folder) -> Iterator[Any]:
    """The shop of every paid order in the window that is not excluded from everything."""
    for order in folder.rows("orders", "paid_at"):
        found = folder.exclusions.get(("orders", order["order_id"]), [])
        if folder.window(order["paid_at"]) and (None, False) not in found:
            yield order["shop_id"]


def product_shares(folder: Folder) -> dict[Any, list[Fraction]]:
    """For every shop the share of each of its products that was checked for both points."""
    kinds = {row["product_id"]: row.get("kind") for row in folder.tables.get("products", [])}
    days: dict[tuple[Any, Any], tuple[list[Any], list[Any]]] = {}
    for row in folder.tables.get("listing_checks", []):
        product = row["product_id"]
        start = datetime.combine(row["checked_on"], time())
        known = start + DAY <= folder.now and (row.get("arrived_at") or start) < folder.now
        left_out = kinds.get(product) in ("bundle", "lucky_bag")
        left_out = left_out or folder.struck("goods_base_score", "products", product)
        if known and folder.window(start) and not left_out:
            image, attributes = days.setdefault((row["shop_id"], product), ([], []))
            image.append(row.get("image_passed"))
            attributes.append(row.get("attributes_passed"))
    shares: dict[Any, list[Fraction]] = {}
    for (shop, _), points in days.items():
        checked = [[passed for passed in point if passed is not None] for point in points]
        if all(checked):
            share = sum(Fraction(point.count(True), len(point)) for point in checked) / 2
            shares.setdefault(shop, []).append(share)
    return shares


def negative_feedback_rate(folder: Folder) -> Iterator[tuple[Any, int]]:
    name = "negative_feedback_rate"
    reviews: dict[Any, list[tuple[datetime, Any, Row]]] = {}
    for row in folder.counting(name, "reviews", "review_id", "created_at"):
        ignored = row.get("follow_up") is True or row.get("by_default") is True
        if not ignored and folder.past(row, "removed_at") is None:
            entry = (folder.known_at(row, "created_at"), row["review_id"], row)
            reviews.setdefault(row["order_id"], []).append(entry)
    cases: dict[Any, list[tuple[datetime, Any, Row]]] = {}
    for row in folder.cases(name):
        entry = (folder.known_at(row, "applied_at"), row["case_id"], row)
        cases.setdefault(row["order_id"], []).append(entry)
    tags = ("false_advertising", "not_as_described", "would_not_recommend")
    tagged = {
        row["order_id"] for row in folder.counting(name, "feedback", "feedback_id", "created_at") if row["kind"] in tags
    }
    for order in folder.orders(name):
        order_id = order["order_id"]
        if folder.window(folder.past(order, "delivered_at")):
            stars = _first(reviews, order_id).get("stars")
            quality = _first(cases, order_id).get("reason_class") == "goods_quality"
            bad_review = stars is not None and stars <= 2
            yield order["shop_id"], int(bad_review or quality or order_id in tagged)


def _first(entries: dict[Any, list[tuple[datetime, Any, Row]]], order_id: Any) -> Row:
    """The row known first, the smaller id among those known at once; an empty row if there is none."""
    if order_id not in entries:
        return {}
    return min(entries[order_id], key=lambda entry: entry[:2])[2]


def remote(order: Row) -> bool:
    distance, origin = order.get("distance_km"), str(order.get("origin_province") or "")
    if distance is None:
        return False
    if origin.startswith(("内蒙", "新疆", "西藏", "宁夏", "海南", "青海")) and distance > 700:
        return True
    if origin.startswith(("黑龙江", "吉林", "甘肃")) and distance > 2000:
        return True
    return distance > 3000


def collection_timeliness(folder: Folder) -> Iterator[tuple[Any, int]]:
    for order in folder.orders("collection_timeliness"):
        promised = order.get("promised_ship_at")
        if order.get("presale") is True or not isinstance(promised, datetime) or remote(order):
            continue
        deadline = promised + DAY
        collected = folder.past(order, "collected_at")
        eligible = deadline if collected is None else min(collected, deadline)
        cancelled = folder.past(order, "cancelled_at")
        if folder.window(eligible) and not (cancelled is not None and cancelled < eligible):
            yield order["shop_id"], int(collected is not None and collected <= deadline)


def delivery_duration(folder: Folder) -> Iterator[tuple[Any, int]]:
    for order in folder.orders("delivery_duration"):
        collected, delivered = folder.past(order, "collected_at"), folder.past(order, "delivered_at")
        if collected is None or delivered is None or delivered < collected or remote(order):
            continue
        if folder.window(delivered):
            yield order["shop_id"], seconds(collected, delivered)


def logistics_negative_rate(folder: Folder) -> Iterator[tuple[Any, int]]:
    name = "logistics_negative_rate"
    tags = ("slow_shipping", "wrong_goods", "missing_goods", "empty_parcel")
    tagged: dict[Any, list[datetime]] = {}
    for row in folder.counting(name, "feedback", "feedback_id", "created_at"):
        if row["kind"] in tags:
            tagged.setdefault(row["order_id"], []).append(row["created_at"])
    for order in folder.orders(name):
        paid = order["paid_at"]
        if folder.window(paid) and not remote(order):
            times = tagged.get(order["order_id"], [])
            yield order["shop_id"], int(any(at < paid + 14 * DAY for at in times))


def complaint_rate(folder: Folder) -> Iterator[tuple[Any, int]]:
    complained = {
        row.get("order_id")
        for row in folder.counting("complaint_rate", "complaints", "complaint_id", "created_at")
        if row.get("about") != "agent" and row.get("upheld") is not False
    }
    for order in folder.orders("complaint_rate"):
        if folder.window(order["paid_at"], 90, 14):
            yield order["shop_id"], int(order["order_id"] in complained)


def dispute_liability_rate(folder: Folder) -> Iterator[tuple[Any, int]]:
    for case in folder.cases("dispute_liability_rate"):
        if folder.window(folder.past(case, "completed_at")):
            intervened = folder.past(case, "platform_intervened_at") is not None
            yield case["shop_id"], int(intervened and case.get("liability") == "merchant")


def refund_duration(name: str, kind: str) -> Measure:
    """The measure of one kind of refund."""

    def measure(folder: Folder) -> Iterator[tuple[Any, int]]:
        for case in folder.cases(name):
            applied, completed = case["applied_at"], folder.past(case, "completed_at")
            if case["kind"] != kind or case.get("outcome") not in (None, "refunded"):
                continue
            if folder.past(case, "platform_intervened_at") is not None or not folder.window(completed):
                continue
            if completed >= applied:
                yield case["shop_id"], seconds(applied, completed)

    return measure


def waits(messages: list[Row]) -> list[int | None]:
    """The wait of every question of a session in whole seconds, None for one nobody answered."""
    found: list[int | None] = []
    asked: datetime | None = None
    for row in sorted(messages, key=lambda row: (row["sent_at"], row["sender"] != "buyer")):
        at: datetime = row["sent_at"]
        if row["sender"] == "buyer":
            asked = asked or at
        elif row["sender"] == "agent" and row.get("auto") is not True and asked and at > asked:
            found.append(seconds(asked, at))
            asked = None
    return [*found, None] if asked else found


def im_3min_reply_rate(folder: Folder) -> Iterator[tuple[Any, int]]:
    messages: dict[Any, list[Row]] = {}
    for row in folder.rows("messages", "sent_at"):
        messages.setdefault(row["session_id"], []).append(row)
    for session in folder.counting("im_3min_reply_rate", "sessions", "session_id", "started_at"):
        started: datetime = session["started_at"]
        said = messages.get(session["session_id"], [])
        open_hours = time(8) <= started.time() < time(23)
        if session.get("handled_by") == "bot" or not open_hours or not folder.window(started):
            continue
        if any(row["sender"] == "buyer" for row in said):
            answered = [wait for wait in waits(said) if wait is not None]
            all_answered = None not in waits(said)
            yield session["shop_id"], int(all_answered and sum(answered) <= 180 * len(answered))


def im_dissatisfaction_rate(folder: Folder) -> Iterator[tuple[Any, int]]:
    name, last = "im_dissatisfaction_rate", dict[tuple[Any, Any], datetime]()
    rated = [
        session
        for session in folder.counting(name, "sessions", "session_id", "started_at")
        if session.get("rating") is not None
        and session.get("rated_at") is not None
        and folder.known_at(session, "rated_at") < folder.now
        and session.get("handled_by") != "bot"
    ]
    for session in sorted(rated, key=lambda row: (row["rated_at"], row["session_id"])):
        at: datetime = session["rated_at"]
        pair = session["buyer_id"], session.get("agent_id")
        repeated = pair[1] is not None and pair in last and at - last[pair] < DAY
        last[pair] = at
        if folder.window(at) and not repeated:
            yield session["shop_id"], int(session["rating"] <= 3)


MEASURES: dict[str, Measure] = {
    "negative_feedback_rate": negative_feedback_rate,
    "collection_timeliness": collection_timeliness,
    "delivery_duration": delivery_duration,
    "logistics_negative_rate": logistics_negative_rate,
    "complaint_rate": complaint_rate,
    "dispute_liability_rate": dispute_liability_rate,
    "im_3min_reply_rate": im_3min_reply_rate,
    "refund_only_duration": refund_duration("refund_only_duration", "refund_only"),
    "return_refund_duration": refund_duration("return_refund_duration", "return_refund"),
    "im_dissatisfaction_rate": im_dissatisfaction_rate,
}
