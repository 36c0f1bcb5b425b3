"""How many after-sales cases an order has: evidence of the fact `orders`."""

from dataclasses import dataclass

import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past


@dataclass(frozen=True)
class CasesOfKinds:
    """The order's known cases of some kinds: `number`."""

    kinds: tuple[str, ...]

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order that has some, keyed by `order_id`."""
        known = past.rows("after_sales")
        cases = past.standing(known.filter(known.kind.isin(self.kinds)), "after_sales", acting)
        return _numbered(cases)


@dataclass(frozen=True)
class LostDisputes:
    """The order's known cases in which the platform stepped in and found one of `liable` at fault: `number`."""

    liable: tuple[str, ...]

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order that has some, keyed by `order_id`."""
        known = past.rows("after_sales")
        lost = known.filter(known.platform_intervened_at.notnull(), known.liability.isin(self.liable))
        return _numbered(past.standing(lost, "after_sales", acting))


def _numbered(cases: ir.Table) -> ir.Table:
    return cases.group_by("order_id").agg(number=cases.count().cast("int64"))
