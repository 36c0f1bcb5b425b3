"""The fact `judgements`: one row per session and per after-sales case that a buyer rated."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, excluded_column, with_exclusions

_COLUMNS = ("row_id", "shop_id", "agent_id", "own_at", "of", "stars")


def judgements(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per rated session or case: `of` says which, `stars` 5 best to 1 worst, `own_at` when it was rated.

    A session's rating without a time is of its start; a case's has none: it is of the completion, else the application.
    """
    sessions = past.rows("sessions")
    rated = sessions.filter(sessions.rating.notnull())
    rated = with_exclusions(past, rated, ("sessions", "session_id"), uses, order_id=True)
    rated = rated.mutate(
        row_id=ibis.literal("session ") + rated.session_id.cast("string"),
        own_at=ibis.coalesce(rated.rated_at, rated.started_at),
        of=ibis.literal("sessions"),
        stars=rated.rating,
    )
    cases = past.rows("after_sales")
    judged = cases.filter(cases.satisfaction.notnull())
    judged = with_exclusions(past, judged, ("after_sales", "case_id"), uses, order_id=True)
    judged = judged.mutate(
        row_id=ibis.literal("case ") + judged.case_id.cast("string"),
        own_at=ibis.coalesce(judged.completed_at, judged.applied_at),
        of=ibis.literal("cases"),
        stars=judged.satisfaction,
    )
    out = [excluded_column(use.name) for use in uses]
    fact = rated.select(*_COLUMNS, *out).union(judged.select(*_COLUMNS, *out))
    return fact.mutate(subject_id=past.subject(fact))
