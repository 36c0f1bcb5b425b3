"""The fact `quality_checks`: one row per spot check of the service."""

from collections.abc import Sequence

import ibis.expr.types as ir

from steelyard.facts import Past, Use, with_exclusions


def quality_checks(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known check."""
    fact = past.rows("quality_checks")
    fact = fact.mutate(subject_id=past.subject(fact), row_id=fact.check_id, own_at=fact.checked_at)
    return with_exclusions(past, fact, ("quality_checks", "check_id"), uses, order_id=False)
