"""Naive readings of stars, shared by the scorecards that look at reviews."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .naive_check import Row
from .naive_measures import Book, Span, inside

Count = Callable[[Book, Span], Iterator[tuple[Any, int]]]


@dataclass(frozen=True)
class Valid:
    """Which reviews a scorecard looks at."""

    marks: tuple[str, ...] = ()
    """Reviews with one of these marks do not count: `by_default`, `follow_up`."""
    days: int | None = None
    """Reviews written so many days after the order's completion, or later, do not count."""
    kinds: tuple[str, ...] = ()
    """Reviews of such goods do not count."""

    def reviews(self, book: Book, name: str, span: Span) -> Iterator[Row]:
        for row in book.judged(name, "reviews"):
            order = book.order(row["order_id"])
            completed = book.past(order, "completed_at")
            late = self.days is not None and completed is not None
            late = late and row["created_at"] >= completed + timedelta(days=self.days or 0)
            unwanted = book.product(order.get("product_id")).get("kind") in self.kinds
            marked = any(row.get(mark) is True for mark in self.marks)
            removed = book.past(row, "removed_at") is not None
            if inside(row["created_at"], span) and not (late or unwanted or marked or removed):
                yield row


def mean_stars(name: str, item: str, valid: Valid) -> Count:
    """The stars of every review that has some for the item."""

    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        for row in valid.reviews(book, name, span):
            if row.get(item) is not None:
                yield row["shop_id"], row[item]

    return count


def share(name: str, low: int, high: int, valid: Valid) -> Count:
    """Whether the overall stars lie between two, both included."""

    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        for row in valid.reviews(book, name, span):
            if row.get("stars") is not None:
                yield row["shop_id"], int(low <= row["stars"] <= high)

    return count
