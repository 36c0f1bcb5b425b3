"""The fact `reviews`: one row per review, with what its order and product say."""

from collections.abc import Sequence

import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions


def reviews(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known review that was not removed by then; an excluded order takes its reviews along.

    `completed_at`, `delivered_at` and `product_id` of its order and `product__kind`, NULL where not known yet.
    """
    known = past.rows("reviews")
    fact = known.filter(known.removed_at.isnull())
    fact = fact.mutate(subject_id=fact.shop_id, row_id=fact.review_id, own_at=fact.created_at)
    bought = past.rows("orders").select("completed_at", "delivered_at", "product_id", order__id="order_id")
    fact = fact.left_join(bought, fact.order_id == bought["order__id"]).drop("order__id")
    products = past.table("products").select(product__id="product_id", product__kind="kind")
    fact = fact.left_join(products, fact.product_id == products["product__id"]).drop("product__id")
    return with_exclusions(past, fact, ("reviews", "review_id"), uses, order_id=True)
