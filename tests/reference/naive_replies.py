"""Naive readings of waits for a person, shared by the scorecards that ask how soon buyers are answered."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from .naive_counts import seconds
from .naive_measures import Book, Span, inside


def well_answered_days(
    book: Book, name: str, span: Span, hours: tuple[timedelta, timedelta]
) -> Iterator[tuple[Any, int]]:
    """A buyer's days in a shop with messages within the hours: whether a person answered each within 180 seconds."""
    gone = {row["session_id"] for row in book.rows("sessions", "started_at")}
    gone -= {row["session_id"] for row in book.marks(name, "sessions")}
    talks: dict[Any, list[dict[str, Any]]] = {}
    for row in book.rows("messages", "sent_at"):
        if row["session_id"] not in gone:
            talks.setdefault(row["session_id"], []).append(row)
    days: dict[Any, bool] = {}
    for said in talks.values():
        replies = [row["sent_at"] for row in said if row["sender"] == "agent" and row.get("auto") is not True]
        for row in said:
            at: datetime = row["sent_at"]
            midnight = datetime.combine(at.date(), time())
            if row["sender"] != "buyer" or not hours[0] <= at - midnight < hours[1] or not inside(at, span):
                continue
            later = [seconds(at, reply) for reply in replies if reply > at]
            key = row["shop_id"], row["buyer_id"], at.date()
            days[key] = days.get(key, True) and bool(later) and min(later) <= 180
    for (shop, _buyer, _day), answered in days.items():
        yield shop, int(answered)
