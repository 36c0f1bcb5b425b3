"""First voices: what buyers say or ask first about an order, and whether anything bad is among it."""

from collections.abc import Hashable, Iterable

import ibis
import ibis.expr.types as ir

from steelyard.facts.order_chats import TroubleChat
from steelyard.facts.orders import EarliestComplaint, EarliestFeedback, FirstCase, FirstReview
from steelyard.measures import Count, Found, Params, measure
from steelyard.measures.ratings import Item
from steelyard.windows import earliest


class BadReview(Params):
    """`stars_at_most` for the `item` make a review bad."""

    stars_at_most: int
    item: Item = "stars"


def _bad_review_needs(p: BadReview) -> dict[str, Hashable]:
    return {"review": FirstReview(p.stars_at_most, p.item)}


@measure("orders", evidence=("reviews",), params=BadReview, needs=_bad_review_needs)
def bad_review_rate(order: ir.Table, _p: BadReview, found: Found) -> Count:
    """How many delivered orders drew a bad review?

    Eligible: an order from its delivery on; without a delivery trace, from the buyer's confirmation on.
    Counts: its first review is bad; never before the delivery.
    Left out: nothing.
    Unit: share of delivered orders.
    Source: facts A, section 1.3; a bad review is one of two stars or fewer by assumption.
    """
    return _asked_of(ibis.coalesce(order.delivered_at, order.completed_at), [found("review", "at")])


class QualityReturn(Params):
    """A first after-sales case of these `kinds` for a reason of these `reason_classes` counts."""

    reason_classes: tuple[str, ...]
    kinds: tuple[str, ...]


def _quality_return_needs(p: QualityReturn) -> dict[str, Hashable]:
    return {"case": FirstCase(p.reason_classes, p.kinds)}


@measure("orders", evidence=("after_sales",), params=QualityReturn, needs=_quality_return_needs)
def quality_return_rate(order: ir.Table, _p: QualityReturn, found: Found) -> Count:
    """How many paid orders came back, or were refunded, for a fault?

    Eligible: an order from its payment on.
    Counts: its first after-sales case is of the kinds and for the reasons named; a cancelled case too.
    Left out: nothing.
    Unit: share of paid orders.
    Source: facts A, section 1.3; that the first case decides is an assumption.
    """
    return _asked_of(order.paid_at, [found("case", "at")])


class Negative(Params):
    """What is bad: so few stars, a first case for a reason of these classes, tags of these kinds."""

    stars_at_most: int
    reason_classes: tuple[str, ...]
    feedback_kinds: tuple[str, ...]


def _negative_needs(p: Negative) -> dict[str, Hashable]:
    return {
        "review": FirstReview(p.stars_at_most),
        "case": FirstCase(p.reason_classes),
        "complaint": EarliestComplaint(),
        "chat": TroubleChat(),
        "feedback": EarliestFeedback(p.feedback_kinds),
    }


@measure(
    "orders",
    evidence=("reviews", "after_sales", "complaints", "sessions", "feedback"),
    reads=("buyers", "scenarios"),
    params=Negative,
    needs=_negative_needs,
)
def negative_order_rate(order: ir.Table, _p: Negative, found: Found) -> Count:
    """How many paid orders drew any negative voice, whatever it was about?

    Eligible: an order from its payment on.
    Counts: once per order, delivered or not, when its first review is bad, its first after-sales case is for a reason
    named, there is a complaint about the shop that was not rejected, a chat on it was about more than an ordinary
    enquiry, or a buyer tagged it.
    Left out: nothing.
    Unit: share of paid orders.
    Source: facts B, section 2.3; what makes each of the voices negative is an assumption.
    """
    voices = (found(kind, "at") for kind in ("review", "case", "complaint", "chat", "feedback"))
    return _asked_of(order.paid_at, voices)


def _asked_of(anchor: ir.TimestampValue, voices: Iterable[ir.TimestampValue]) -> Count:
    """An order from `anchor` on, which counts from the earliest of the voices, but not before it is asked."""
    first = earliest(*voices)
    return Count(
        anchor=anchor,
        eligible_at=anchor,
        counted_at=first.isnull().ifelse(ibis.null("timestamp"), ibis.greatest(anchor, first)),
    )
