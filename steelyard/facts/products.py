"""What an order's product says about the order."""

from dataclasses import dataclass

import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past


@dataclass(frozen=True)
class OfKind:
    """The kind of the order's product, if one of these: `kind`."""

    kinds: tuple[str, ...]

    def rows(self, past: Past, _acting: Acting) -> ir.Table:
        """One row per order of such a product, keyed by `order_id`."""
        bought = past.rows("orders").select("order_id", bought="product_id")
        products = past.table("products")
        meant = products.filter(products.kind.isin(self.kinds)).select("product_id", "kind")
        return bought.inner_join(meant, bought.bought == meant.product_id).select("order_id", "kind")
