"""Goods: what was promised on the page and what buyers said of it."""

from collections.abc import Hashable

import ibis
import ibis.expr.types as ir

from steelyard.facts.orders import EarliestFeedback, FirstCase, FirstReview
from steelyard.measures import Averaged, Count, Found, Params, measure
from steelyard.windows import earliest


class GoodsBase(Params):
    """`left_out_kinds`: kinds of product that are not assessed."""

    left_out_kinds: tuple[str, ...]


@measure("listings", evidence=("listing_checks",), params=GoodsBase)
def goods_base_score(day: ir.Table, p: GoodsBase, _found: Found) -> Averaged:
    """How complete and clean are the product pages?

    Eligible: each day a product on the shelf was checked, for the image and for the attributes apart.
    Counts: a day that passed; a product's share is half its image share and half its attribute share.
    Left out: kinds that are not assessed; a product with no checked day for one of the two points.
    Unit: mean of the products' shares.
    Source: source 004, part 2.
    """
    # A day's check is known at its end. Scores are as of midnights, so "its end is before D" is "it began before D".
    not_assessed = day["product__kind"].isin(p.left_out_kinds)

    def passed(check: ir.BooleanColumn) -> Count:
        return Count(
            anchor=day.own_at,
            eligible_at=check.notnull().ifelse(day.own_at, ibis.null("timestamp")),
            counted_at=check.ifelse(day.own_at, ibis.null("timestamp")),
            left_out={"not_assessed": not_assessed},
        )

    return Averaged("product_id", {"image": passed(day.image_passed), "attributes": passed(day.attributes_passed)})


class NegativeFeedback(Params):
    """`stars_at_most` makes a review bad; `reason_classes` make a first case bad; `feedback_kinds` are bad tags."""

    stars_at_most: int
    reason_classes: tuple[str, ...]
    feedback_kinds: tuple[str, ...]


def _negative_feedback_needs(p: NegativeFeedback) -> dict[str, Hashable]:
    return {
        "review": FirstReview(p.stars_at_most),
        "case": FirstCase(p.reason_classes),
        "feedback": EarliestFeedback(p.feedback_kinds),
    }


@measure(
    "orders",
    evidence=("reviews", "after_sales", "feedback"),
    params=NegativeFeedback,
    needs=_negative_feedback_needs,
)
def negative_feedback_rate(order: ir.Table, _p: NegativeFeedback, found: Found) -> Count:
    """How many delivered orders drew any negative voice about the goods?

    Eligible: an order from its delivery on.
    Counts: once per order, when its first review is bad, its first after-sales case blames the goods, or a buyer
    tagged it; never before the delivery.
    Left out: nothing.
    Unit: share of delivered orders.
    Source: source 004, part 2; a bad review is one of two stars or fewer by assumption.
    """
    never = ibis.null("timestamp")
    voice = earliest(*(found(kind, "at") for kind in ("review", "case", "feedback")))
    return Count(
        anchor=order.delivered_at,
        eligible_at=order.delivered_at,
        counted_at=voice.isnull().ifelse(never, ibis.greatest(order.delivered_at, voice)),
    )
