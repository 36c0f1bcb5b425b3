"""Disputes: who was found to be at fault."""

import ibis
import ibis.expr.types as ir

from steelyard.measures import Count, Found, Params, measure


class Fault(Params):
    """`liable`: the verdicts that count against the shop; `kinds`: the kinds of case that are refunds."""

    liable: tuple[str, ...]
    kinds: tuple[str, ...]


@measure("cases", evidence=("after_sales",), params=Fault)
def liable_refund_rate(case: ir.Table, p: Fault, _found: Found) -> Count:
    """For how many completed refunds is the shop at fault?

    Eligible: a refund from its completion on.
    Counts: the verdict is against the shop, whether the platform or the shop itself paid in the end.
    Left out: other kinds of case; not refunded.
    Unit: share of completed refunds.
    Source: facts A and B, sections 3.2 and 3.3.
    """
    return Count(
        anchor=case.completed_at,
        eligible_at=case.completed_at,
        counted_at=case.liability.isin(p.liable).ifelse(case.completed_at, ibis.null("timestamp")),
        left_out={"other_kind": case.kind.notin(p.kinds), "not_refunded": case.outcome != "refunded"},
    )
