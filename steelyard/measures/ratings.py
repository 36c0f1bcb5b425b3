"""Ratings: the stars buyers give."""

from typing import Literal, get_args

import ibis
import ibis.expr.types as ir

from steelyard.measures import Count, Found, Params, measure

Item = Literal["stars", "goods_stars", "description_stars", "service_stars", "logistics_stars", "returns_stars"]


class Valid(Params):
    """Which reviews are valid; NULL `within_days` sets no limit.

    `left_out_kinds`: kinds of product that are not rated · `left_out_reviews`: `by_default` what the platform gave
    in the buyer's stead, `follow_up` what the buyer added later.
    """

    within_days: int | None = None
    left_out_kinds: tuple[str, ...] = ()
    left_out_reviews: tuple[Literal["by_default", "follow_up"], ...] = ()


class Rating(Valid):
    """`item`: the stars that are looked at."""

    item: Item


def _invalid(review: ir.Table, p: Valid) -> dict[str, ir.BooleanValue]:
    left_out: dict[str, ir.BooleanValue] = {kind: review[kind] for kind in p.left_out_reviews}
    if p.left_out_kinds:
        left_out["not_assessed"] = review["product__kind"].isin(p.left_out_kinds)
    if p.within_days is not None:
        left_out["late_review"] = review.created_at >= review.completed_at + ibis.interval(days=p.within_days)
    return left_out


@measure("reviews", evidence=("reviews",), reads=("orders", "products"), unit="stars", params=Rating)
def mean_rating(review: ir.Table, p: Rating, _found: Found) -> Count:
    """How many stars do buyers give?

    Eligible: a review with stars for the item, from its writing on, unless it was removed since.
    Counts: its stars.
    Left out: no stars for the item; default reviews, follow-up reviews, kinds of product and reviews later after
    the order's completion than the rule allows, each where the rule says so.
    Unit: mean stars.
    Source: source 002; the plain mean is an assumption.
    """
    return Count(
        anchor=review.created_at,
        eligible_at=review.created_at,
        amount=review[p.item],
        left_out={"no_stars": review[p.item].isnull()} | _invalid(review, p),
    )


class RatingShare(Rating):
    """Stars from `at_least` to `at_most` count."""

    at_least: int
    at_most: int


@measure("reviews", evidence=("reviews",), reads=("orders", "products"), params=RatingShare)
def review_share(review: ir.Table, p: RatingShare, _found: Found) -> Count:
    """How many reviews are good, neutral or bad, as the stars say?

    Eligible: a review with stars for the item, from its writing on, unless it was removed since.
    Counts: its stars lie between the two bounds, both included.
    Left out: no stars for the item; default reviews, follow-up reviews, kinds of product and reviews later after
    the order's completion than the rule allows, each where the rule says so.
    Unit: share of reviews.
    Source: source 002.
    """
    counts = review[p.item].between(p.at_least, p.at_most)
    return Count(
        anchor=review.created_at,
        eligible_at=review.created_at,
        counted_at=counts.ifelse(review.created_at, ibis.null("timestamp")),
        left_out={"no_stars": review[p.item].isnull()} | _invalid(review, p),
    )


class AnyRating(Valid):
    """`items`: a review needs stars for one of them; any item where the rule names none."""

    items: tuple[Item, ...] = get_args(Item)


@measure("reviews", evidence=("reviews",), reads=("orders", "products"), params=AnyRating)
def valid_reviews(review: ir.Table, p: AnyRating, _found: Found) -> Count:
    """How many valid reviews are there?

    Eligible: a review with stars for any of the items, from its writing on, unless it was removed since.
    Counts: every eligible review.
    Left out: no stars for any of the items; default reviews, follow-up reviews, kinds of product and reviews later
    after the order's completion than the rule allows, each where the rule says so.
    Unit: reviews.
    Source: source 002.
    """
    return Count(
        anchor=review.created_at,
        eligible_at=review.created_at,
        counted_at=review.created_at,
        left_out={"no_stars": ibis.and_(*(review[item].isnull() for item in p.items))} | _invalid(review, p),
    )
