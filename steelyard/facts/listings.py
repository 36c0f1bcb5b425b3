"""The fact `listings`: one row per product and day it was checked on the shelf."""

from collections.abc import Sequence

import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions


def listings(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known listing check with the product's `kind`; an excluded product takes its days along.

    `own_at` is the start of the checked day: the check is known once that day is over.
    """
    fact = past.rows("listing_checks")
    fact = fact.mutate(subject_id=fact.shop_id, row_id=fact.product_id, own_at=fact.checked_on.cast("timestamp"))
    products = past.table("products")
    kinds = products.select("product_id", "kind").rename({"product__id": "product_id", "product__kind": "kind"})
    fact = fact.left_join(kinds, fact.product_id == kinds["product__id"]).drop("product__id")
    return with_exclusions(past, fact, ("products", "product_id"), uses, order_id=False)
