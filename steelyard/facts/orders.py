"""The fact `orders`: one row per order and shop, with the evidence that hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past, Shared, Use, shared_needs, under_own_names, with_exclusions


@runtime_checkable
class Evidence(Protocol):
    """What may hang on an order; compares by value, so that indicators that need the same share it."""

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """At most one row per order, keyed by `order_id`."""


@dataclass(frozen=True)
class FirstReview:
    """The order's first known review, not follow-up and not by default, if it has so few stars for `item`: `at`."""

    stars_at_most: int
    item: str = "stars"

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order whose first review is so bad, keyed by `order_id`."""
        known = past.rows("reviews")
        candidates = known.filter(
            known.removed_at.isnull(),
            ~known.follow_up.fill_null(False),
            ~known.by_default.fill_null(False),
        )
        reviews = past.standing(candidates, "reviews", acting)
        return _first_if(reviews, "review_id", reviews[self.item] <= self.stars_at_most)


@dataclass(frozen=True)
class FirstCase:
    """The order's first known after-sales case, if of one of the reason classes and (none named: any) kinds: `at`."""

    reason_classes: tuple[str, ...]
    kinds: tuple[str, ...] = ()

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order whose first case is of these classes and kinds, keyed by `order_id`."""
        cases = past.standing(past.rows("after_sales"), "after_sales", acting)
        meant = cases.reason_class.isin(self.reason_classes)
        return _first_if(cases, "case_id", meant & cases.kind.isin(self.kinds) if self.kinds else meant)


@dataclass(frozen=True)
class EarliestFeedback:
    """The order's earliest known feedback of some kinds: `created_at`, and `at` when it was known."""

    kinds: tuple[str, ...]

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order with such feedback, keyed by `order_id`."""
        known = past.rows("feedback")
        tags = past.standing(known.filter(known.kind.isin(self.kinds)), "feedback", acting)
        return tags.group_by("order_id").agg(created_at=tags.created_at.min(), at=tags.known_at.min())


@dataclass(frozen=True)
class EarliestComplaint:
    """The order's earliest known complaint about the shop that was not rejected: `at`."""

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order with such a complaint, keyed by `order_id`."""
        known = past.rows("complaints")
        about_shop = known.about.fill_null("shop") == "shop"
        standing = known.filter(about_shop, known.upheld.fill_null(True))
        complaints = past.standing(standing, "complaints", acting)
        return complaints.group_by("order_id").agg(at=complaints.known_at.min())


def _first_if(rows: ir.Table, key: str, condition: ir.BooleanValue) -> ir.Table:
    """The first known row per order, by the time it was known, ties by id, where it meets the condition: its `at`."""
    rows = rows.mutate(meets=condition.fill_null(False))
    # Few orders have a row that meets it: only their rows need be put in order.
    rows = rows.semi_join(rows.filter(rows.meets).select("order_id"), "order_id")
    order = ibis.struct({"at": rows.known_at, "id": rows[key], "meets": rows.meets})
    firsts = rows.group_by("order_id").agg(first=order.min())
    return firsts.filter(firsts["first"]["meets"]).select("order_id", at=firsts["first"]["at"])


def _in_one_table(evidence: Sequence[ir.Table]) -> ir.Table:
    """Tables with at most one row per order as one such table, with the columns of all."""
    columns = {name: dtype for table in evidence for name, dtype in table.schema().items() if name != "order_id"}
    parts = [
        table.select(
            "order_id", **{name: table[name] if name in table.columns else ibis.null(columns[name]) for name in columns}
        )
        for table in evidence
    ]
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.group_by("order_id").agg(**{name: rows[name].max() for name in columns})


def orders(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known order; each use's evidence in columns `name__alias__column`."""
    fact = past.rows("orders")
    fact = fact.mutate(subject_id=past.subject(fact), row_id=fact.order_id, own_at=fact.paid_at)
    shared = shared_needs(uses)
    if shared:  # in one join: an order with a mark is rare, and each join would cut all orders in two
        found = _in_one_table([_evidence(past, each) for each in shared]).rename(found_id="order_id")
        fact = fact.left_join(found, fact.order_id == found.found_id).drop("found_id")
    fact = with_exclusions(past, fact, ("orders", "order_id"), uses, order_id=False)
    return under_own_names(fact, shared)


def _evidence(past: Past, each: Shared) -> ir.Table:
    """What is needed, keyed by `order_id`, its other columns named `PREFIX__column`."""
    if not isinstance(each.need, Evidence):
        raise TypeError(f"{each.columns[0]} needs {each.need!r}, which orders cannot give")
    found = each.need.rows(past, each.acting)
    return found.rename({f"{each.prefix}__{name}": name for name in found.columns if name != "order_id"})
