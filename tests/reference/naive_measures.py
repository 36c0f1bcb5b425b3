"""Every measured value of every shop scorecard, naively: numerator, denominator, value and status per shop.

`READINGS` holds one reading per scorecard version and indicator, written from the definition sheets in `docs/rules`
and the texts they rest on, one file per platform.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from .naive import half_up
from .naive_check import Row, Tables, clean
from .naive_counts import DAY, Folder

Span = tuple[datetime, datetime]
Amounts = Iterator[tuple[Any, int]]
"""The shop of each row of the denominator and what the row adds to the numerator."""

OWN = {
    "orders": ("order_id", "paid_at"), "reviews": ("review_id", "created_at"),
    "feedback": ("feedback_id", "created_at"), "after_sales": ("case_id", "applied_at"),
    "complaints": ("complaint_id", "created_at"),
    "platform_contacts": ("contact_id", "created_at"), "work_orders": ("work_order_id", "created_at"),
    "sessions": ("session_id", "started_at"), "quality_checks": ("check_id", "checked_at"),
}  # fmt: skip
"""Key and own time of the tables whose rows may be excluded."""


@dataclass(frozen=True)
class Rules:
    """What a scorecard says of exclusions: reasons that act on some indicators only, and on evidence only."""

    exempting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    evidence_only: tuple[str, ...] = ()


class Book(Folder):
    """The folder as known on the day, with the exclusions read as one scorecard reads them."""

    def __init__(self, tables: Tables, day: date, rules: Rules) -> None:
        super().__init__(tables, day)
        self.day = day
        self.rules = rules
        self.found: dict[tuple[Any, Any], list[tuple[Any, str]]] = {}
        self.known_orders = {row["order_id"]: row for row in self.rows("orders", "paid_at")}
        self.products = {row["product_id"]: row for row in tables.get("products", [])}
        for row in self.rows("exclusions", "decided_at"):
            if self.past(row, "revoked_at") is None:
                self.found.setdefault((row["table"], row["row_id"]), []).append((row.get("indicator"), row["reason"]))

    def reasons(self, indicator: str, table: str, row_id: Any) -> list[str]:
        """The reasons of the exclusions of this very row that name the indicator or none."""
        return [reason for named, reason in self.found.get((table, row_id), []) if named in (None, indicator)]

    def struck(self, indicator: str, table: str, row_id: Any) -> bool:
        """Whether an exclusion that is no exemption takes this very row out, and with it what hangs on it."""
        return any(reason not in self.rules.exempting for reason in self.reasons(indicator, table, row_id))

    def exempt(self, indicator: str, table: str, row_id: Any) -> bool:
        """Whether an exemption of this indicator takes this very row out."""
        found = self.reasons(indicator, table, row_id)
        return any(indicator in self.rules.exempting.get(reason, ()) for reason in found)

    def marks(self, indicator: str, table: str) -> Iterator[Row]:
        """Known rows of a table that may be held against the shop: none that an exclusion has removed."""
        return self.counting(indicator, table, *OWN[table])

    def judged(self, indicator: str, table: str) -> Iterator[Row]:
        """Known rows of a table that the denominator may hold.

        As `marks`, but reasons that act on evidence only leave the row itself standing.
        """
        key, own = OWN[table]
        for row in self.rows(table, own):
            reasons = self.reasons(indicator, table, row[key])
            gone = any(self._removes(indicator, reason) for reason in reasons)
            order_id = row.get("order_id") if table != "orders" else None
            hanging = order_id is not None and self.struck(indicator, "orders", order_id)
            if not gone and not hanging:
                yield row

    def _removes(self, indicator: str, reason: str) -> bool:
        if reason in self.rules.evidence_only:
            return False
        return reason not in self.rules.exempting or indicator in self.rules.exempting[reason]

    def order(self, order_id: Any) -> Row:
        """The known order, an empty row where there is none."""
        return self.known_orders.get(order_id, {})

    def product(self, product_id: Any) -> Row:
        """The product, an empty row where there is none."""
        return self.products.get(product_id, {})


def inside(instant: datetime | None, span: Span) -> bool:
    """Whether an instant lies in `[start, end)`."""
    return instant is not None and span[0] <= instant < span[1]


def last(days: int, skip: int = 0) -> Callable[[date], Span]:
    """The window `[D − days − skip, D − skip)`."""

    def span(day: date) -> Span:
        end = datetime.combine(day, time()) - skip * DAY
        return end - days * DAY, end

    return span


def calendar_month(day: date) -> Span:
    """From the first of the month of the day before, up to the day."""
    return datetime.combine((day - DAY).replace(day=1), time()), datetime.combine(day, time())


@dataclass(frozen=True)
class Reading:
    """How one value is read; `count` gives `(shop, amount)` or `(shop, amount, units)` for every row it is asked of."""

    evidence: tuple[str, ...]
    """The tables that can put a row in the numerator."""
    count: Callable[[Book, Span], Iterator[tuple[Any, ...]]]
    span: Callable[[date], Span]
    below: int = 0
    """With fewer rows than these the value is not used."""
    longer: Callable[[date], Span] | None = None
    """The window looked at instead where there are few rows."""
    averaged: bool = False
    """`count` gives shares of products, whose mean is the value."""


@dataclass(frozen=True)
class Card:
    """The readings of one scorecard version."""

    readings: Mapping[str, Reading]
    rules: Rules = Rules()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Values for the numbers nobody publishes, so that the scorecard can be scored."""


Values = dict[tuple[Any, str], dict[str, Any]]


def values(card: Card, tables: Tables, day: date) -> Values:
    """Numerator, denominator, value and status by (shop, indicator)."""
    book = Book(clean(tables), day, card.rules)
    shops = [row["shop_id"] for row in book.tables["shops"]]
    return {
        (shop, name): row
        for name, reading in card.readings.items()
        for shop, row in _read(reading, book, shops, day).items()
    }


def _read(reading: Reading, book: Book, shops: list[Any], day: date) -> dict[Any, dict[str, Any]]:
    if not any(table in book.tables for table in reading.evidence):
        return {shop: _row(None, None, None, "no_data") for shop in shops}
    near = _summed(reading, book, reading.span(day))
    far = _summed(reading, book, reading.longer(day)) if reading.longer else {}
    return {shop: _valued(reading, near.get(shop, (Fraction(0), 0)), far.get(shop, (Fraction(0), 0))) for shop in shops}


def _summed(reading: Reading, book: Book, span: Span) -> dict[Any, tuple[Fraction, int]]:
    sums: dict[Any, tuple[Fraction, int]] = {}
    for shop, amount, *units in reading.count(book, span):
        total, rows = sums.get(shop, (Fraction(0), 0))
        sums[shop] = total + amount, rows + (units[0] if units else 1)
    return sums


def _valued(reading: Reading, near: tuple[Fraction, int], far: tuple[Fraction, int]) -> dict[str, Any]:
    total, rows = far if reading.longer and near[1] < reading.below else near
    value = half_up(total / rows, 6) if rows else None
    status = "no_data" if not rows else "below_minimum" if rows < reading.below else "ok"
    return _row(None, None, value, status) if reading.averaged else _row(int(total), rows, value, status)


def _row(numerator: int | None, denominator: int | None, value: Any, status: str) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "value": value, "status": status}
