"""The fact `sessions`: one row per service session, with its questions and its rating."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Shared, Use, excluded_column, shared_needs, under_own_names, with_exclusions
from steelyard.facts.questions import QUESTIONS, questions


@runtime_checkable
class Evidence(Protocol):
    """What may hang on a session; compares by value, so that indicators that need the same share it."""

    def of_sessions(self, past: Past, base: ir.Table, excluded: str, since: datetime) -> ir.Table:
        """At most one row per session, keyed by `session_id`.

        `base` are all known sessions, `excluded` its column that says why a row is excluded; sessions that started
        before `since` need not be answered.
        """


@dataclass(frozen=True)
class Questions:
    """The session's questions: `first_asked_at`, `asked`, `answered`, `waited` seconds, `last_reply_at`."""

    def of_sessions(self, past: Past, _base: ir.Table, _excluded: str, since: datetime) -> ir.Table:
        """Questions of the sessions that started since the window began: no other can count."""
        if QUESTIONS in past.copies:
            return past.copies[QUESTIONS]
        recent = past.rows("sessions")
        recent = recent.filter(recent.started_at >= ibis.literal(since)).select("session_id")
        return questions(past.rows("messages").semi_join(recent, "session_id"))


@dataclass(frozen=True)
class PreviousRating:
    """When the same buyer last rated the same agent: `at`."""

    across = ("buyer_id", "agent_id")

    def of_sessions(self, _past: Past, base: ir.Table, excluded: str, _since: datetime) -> ir.Table:
        """`at`, the time of the rating before each one by the same buyer of the same agent, in order of time and id.

        Only known, not excluded ratings of sessions with people count; a rating left out for other reasons does too.
        """
        with_people = base.handled_by.fill_null("human") != "bot"
        rated = base.filter(
            base.rating.notnull(),
            base.rated_at.notnull(),
            base.agent_id.notnull(),
            with_people,
            base[excluded].isnull(),
        ).select("session_id", "buyer_id", "agent_id", "rated_at")
        earlier = ibis.window(group_by=[rated.buyer_id, rated.agent_id], order_by=[rated.rated_at, rated.session_id])
        return rated.select("session_id", at=rated.rated_at.lag(1).over(earlier))


def sessions(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per known session, whether or not its order is known; an excluded order takes its sessions along."""
    base = past.rows("sessions")
    base = base.mutate(subject_id=past.subject(base), row_id=base.session_id, own_at=base.started_at)
    base = with_exclusions(past, base, ("sessions", "session_id"), uses, order_id=True)
    shared = shared_needs(uses)
    fact = base
    for each in shared:
        found = _evidence(past, base, each, next(use for use in uses if use.acting == each.acting))
        fact = fact.left_join(found, fact.session_id == found[f"{each.prefix}__session_id"])
        fact = fact.drop(f"{each.prefix}__session_id")
    return under_own_names(fact, shared)


def _evidence(past: Past, base: ir.Table, each: Shared, use: Use) -> ir.Table:
    if not isinstance(each.need, Evidence):
        raise TypeError(f"{each.columns[0]} needs {each.need!r}, which sessions cannot give")
    found = each.need.of_sessions(past, base, excluded_column(use.name), each.since)
    return found.rename({f"{each.prefix}__{column}": column for column in found.columns})
