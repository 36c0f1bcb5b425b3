"""The fact `consumer_days`: one row per shop, buyer and calendar day on which the buyer wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Shared, Use, excluded_column, shared_needs, under_own_names, with_exclusions
from steelyard.windows import seconds_between, within_hours

KEY = ("shop_id", "buyer_id", "day")


@runtime_checkable
class Evidence(Protocol):
    """What may be asked of a consumer's day; compares by value, so that indicators that need the same share it."""

    def of_days(self, waits: ir.Table) -> ir.Table:
        """At most one row per day, keyed by `shop_id`, `buyer_id`, `day`; see `_waits` for the rows given."""


@dataclass(frozen=True)
class HumanReplies:
    """The day's messages within `[opens, closes)` and the replies of people to them.

    `first_at` of the messages · `unanswered` how many · `longest_wait` of the answered, seconds · `last_reply_at`.
    """

    opens: time
    closes: time

    def of_days(self, waits: ir.Table) -> ir.Table:
        """One row per day with a message within the hours."""
        asked = waits.filter(within_hours(waits.sent_at, self.opens, self.closes))
        return asked.group_by(*KEY).agg(
            first_at=asked.sent_at.min(),
            unanswered=asked.reply_at.isnull().ifelse(1, 0).sum().cast("int64"),
            longest_wait=seconds_between(asked.sent_at, asked.reply_at).max(),
            last_reply_at=asked.reply_at.max(),
        )


def consumer_days(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per consumer's day; messages of excluded sessions, and of those of excluded orders, are not asked.

    A day is excluded from a use where all its messages are; `row_id` is the buyer and the day.
    """
    since = min(use.since for use in uses)
    waits = _with_exclusions(past, _waits(past, since), uses)
    excluded = {column: waits[column] for column in (excluded_column(use.name) for use in uses)}
    fact = waits.group_by(*KEY).agg(
        own_at=waits.sent_at.min(),
        **{
            column: (reason.count() == waits.count()).ifelse(reason.min(), ibis.null("string"))
            for column, reason in excluded.items()
        },
    )
    fact = fact.mutate(
        subject_id=fact.shop_id, row_id=ibis.literal(" ").join([fact.buyer_id.cast("string"), fact.day.cast("string")])
    )
    shared = shared_needs(uses)
    for each in shared:
        use = next(use for use in uses if use.acting == each.acting)
        found = _evidence(waits.filter(excluded[excluded_column(use.name)].isnull()), each)
        same = [fact[column] == found[f"{each.prefix}__{column}"] for column in KEY]
        fact = fact.left_join(found, same).drop(*(f"{each.prefix}__{column}" for column in KEY))
    return under_own_names(fact, shared)


def _waits(past: Past, since: datetime) -> ir.Table:
    """One row per buyer message since `since`.

    `session_id` · `shop_id` · `buyer_id` · `day` · `sent_at` · `reply_at`, the first later reply of a person in the
    session. A reply at the very instant of a message cannot answer it.
    """
    messages = past.rows("messages")
    asks = messages.sender == "buyer"
    human = (messages.sender == "agent") & ~messages.auto.fill_null(False)
    spoken = messages.mutate(
        asks=asks.ifelse(1, 0).cast("int8"), replied_at=asks.ifelse(ibis.null("timestamp"), messages.sent_at)
    ).filter(asks | human, messages.sent_at >= ibis.literal(since))
    # From the end backwards, the buyer first within an instant: what came before in this order was said later.
    backwards = ibis.window(
        group_by=spoken.session_id, order_by=[spoken.sent_at.desc(), spoken.asks.desc()], rows=(None, 0)
    )
    spoken = spoken.mutate(reply_at=spoken.replied_at.min().over(backwards))
    waits = spoken.filter(spoken.asks == 1)
    return waits.select("session_id", "shop_id", "buyer_id", "sent_at", "reply_at", day=waits.sent_at.date())


def _with_exclusions(past: Past, waits: ir.Table, uses: Sequence[Use]) -> ir.Table:
    """`waits` with the column per use that says why the message's session is excluded from it."""
    columns = [excluded_column(use.name) for use in uses]
    if "exclusions" not in past.present:
        return waits.mutate(**dict.fromkeys(columns, ibis.null("string")))
    sessions = past.rows("sessions").select("session_id", "order_id")
    sessions = with_exclusions(past, sessions, ("sessions", "session_id"), uses, order_id=True)
    sessions = sessions.select(*columns, of_session="session_id")
    return waits.left_join(sessions, waits.session_id == sessions.of_session).drop("of_session")


def _evidence(waits: ir.Table, each: Shared) -> ir.Table:
    if not isinstance(each.need, Evidence):
        raise TypeError(f"{each.columns[0]} needs {each.need!r}, which consumer days cannot give")
    found = each.need.of_days(waits)
    return found.rename({f"{each.prefix}__{column}": column for column in found.columns})
