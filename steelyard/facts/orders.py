"""The fact `orders`: one row per order and shop, with the evidence that hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions


@dataclass(frozen=True)
class FirstReview:
    """The order's first known review, among those not follow-up and not by default: `at`, `stars`."""

    def rows(self, past: Past, indicator: str) -> ir.Table:
        """One row per reviewed order, keyed by `order_id`."""
        known = past.rows("reviews")
        standing = past.masked(known, "removed_at")
        candidates = standing.filter(
            standing.removed_at.isnull(),
            ~standing.follow_up.fill_null(False),
            ~standing.by_default.fill_null(False),
        )
        return _first(past.without_excluded(candidates, "reviews", indicator), "review_id", "stars")


@dataclass(frozen=True)
class FirstCase:
    """The order's first known after-sales case: `at`, `reason_class`."""

    def rows(self, past: Past, indicator: str) -> ir.Table:
        """One row per order with a case, keyed by `order_id`."""
        cases = past.without_excluded(past.rows("after_sales"), "after_sales", indicator)
        return _first(cases, "case_id", "reason_class")


@dataclass(frozen=True)
class EarliestFeedback:
    """The order's earliest known feedback of some kinds: `created_at`, and `at` when it was known."""

    kinds: tuple[str, ...]

    def rows(self, past: Past, indicator: str) -> ir.Table:
        """One row per order with such feedback, keyed by `order_id`."""
        known = past.rows("feedback")
        tags = past.without_excluded(known.filter(known.kind.isin(self.kinds)), "feedback", indicator)
        return tags.group_by("order_id").agg(created_at=tags.created_at.min(), at=tags.known_at.min())


@dataclass(frozen=True)
class EarliestComplaint:
    """The order's earliest known complaint about the shop that was not rejected: `at`."""

    def rows(self, past: Past, indicator: str) -> ir.Table:
        """One row per order with such a complaint, keyed by `order_id`."""
        known = past.rows("complaints")
        about_shop = known.about.fill_null("shop") == "shop"
        standing = known.filter(about_shop, known.upheld.fill_null(True))
        complaints = past.without_excluded(standing, "complaints", indicator)
        return complaints.group_by("order_id").agg(at=complaints.known_at.min())


Evidence = FirstReview | FirstCase | EarliestFeedback | EarliestComplaint


def _first(rows: ir.Table, key: str, value: str) -> ir.Table:
    """The first known row per order, by the time it was known, ties by id: its `at` and `value`."""
    order = ibis.struct({"at": rows.known_at, "id": rows[key], "value": rows[value]})
    firsts = rows.group_by("order_id").agg(first=order.min())
    return firsts.select("order_id", at=firsts["first"]["at"], **{value: firsts["first"]["value"]})


def orders(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known order; each use's evidence in columns `indicator__alias__column`."""
    fact = past.masked(
        past.rows("orders"),
        "grouped_at",
        "shipped_at",
        "collected_at",
        "delivered_at",
        "completed_at",
        "cancelled_at",
    )
    fact = fact.mutate(subject_id=fact.shop_id, row_id=fact.order_id, own_at=fact.paid_at)
    for use in uses:
        for alias, need in use.needs.items():
            if not isinstance(need, Evidence):
                raise TypeError(f"{use.indicator} needs {need!r}, which orders cannot give")
            found = need.rows(past, use.indicator)
            prefix = f"{use.indicator}__{alias}__"
            found = found.rename({f"{prefix}{column}": column for column in found.columns})
            fact = fact.left_join(found, fact.order_id == found[f"{prefix}order_id"]).drop(f"{prefix}order_id")
    return with_exclusions(past, fact, ("orders", "order_id"), uses, order_id=False)
