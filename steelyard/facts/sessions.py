"""The fact `sessions`: one row per service session, with its questions and its rating."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, excluded_column, with_exclusions
from steelyard.facts.questions import questions


@dataclass(frozen=True)
class Questions:
    """The session's questions: `first_asked_at`, `asked`, `answered`, `waited` seconds, `last_reply_at`."""


@dataclass(frozen=True)
class PreviousRating:
    """When the same buyer last rated the same agent: `at`."""


def sessions(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known session, whether or not its order is known; an excluded order takes its sessions along."""
    base = past.masked(past.rows("sessions"), "ended_at", "rated_at")
    base = base.mutate(subject_id=base.shop_id, row_id=base.session_id, own_at=base.started_at)
    base = with_exclusions(past, base, ("sessions", "session_id"), uses, order_id=True)
    fact = base
    for use in uses:
        for alias, need in use.needs.items():
            if isinstance(need, Questions):
                found = _questions(past, use)
            elif isinstance(need, PreviousRating):
                found = _previous_ratings(base, use.indicator)
            else:
                raise TypeError(f"{use.indicator} needs {need!r}, which sessions cannot give")
            prefix = f"{use.indicator}__{alias}__"
            found = found.rename({f"{prefix}{column}": column for column in found.columns})
            fact = fact.left_join(found, fact.session_id == found[f"{prefix}session_id"]).drop(f"{prefix}session_id")
    return fact


def _questions(past: Past, use: Use) -> ir.Table:
    """Questions of the sessions that started since the window began: no other can count."""
    recent = past.rows("sessions")
    recent = recent.filter(recent.started_at >= ibis.literal(use.since)).select("session_id")
    return questions(past.rows("messages").semi_join(recent, "session_id"))


def _previous_ratings(base: ir.Table, indicator: str) -> ir.Table:
    """`at`, the time of the rating before each one by the same buyer of the same agent, in order of time and id.

    Only known, not excluded ratings of sessions with people count; a rating left out for other reasons does too.
    """
    with_people = base.handled_by.fill_null("human") != "bot"
    rated = base.filter(
        base.rating.notnull(), base.rated_at.notnull(), base.agent_id.notnull(), with_people,
        base[excluded_column(indicator)].isnull(),
    ).select("session_id", "buyer_id", "agent_id", "rated_at")  # fmt: skip
    earlier = ibis.window(group_by=[rated.buyer_id, rated.agent_id], order_by=[rated.rated_at, rated.session_id])
    return rated.select("session_id", at=rated.rated_at.lag(1).over(earlier))
