"""The fact `online_days`: one row per stretch of an agent's presence online and calendar day it touches."""

from collections.abc import Sequence
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, excluded_column
from steelyard.windows import days_from, seconds_between, shifted


def online_days(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per stretch and day of the window: `own_at`, when it begins on that day, and `seconds` online."""
    since, until = min(use.since for use in uses), max(use.until for use in uses)
    days = days_from(since.date(), (until - timedelta(seconds=1)).date()).rename(day="as_of")
    presence = past.rows("presence")
    online = presence.filter(presence.state == "online", presence.to_at > presence.from_at)
    begins, ends = days.day.cast("timestamp"), shifted(days.day, 1).cast("timestamp")
    pairs = online.inner_join(days, [online.from_at < ends, online.to_at > begins])
    begins, ends = pairs.day.cast("timestamp"), shifted(pairs.day, 1).cast("timestamp")
    fact = pairs.mutate(own_at=ibis.greatest(pairs.from_at, begins), left_at=ibis.least(pairs.to_at, ends))
    nothing = ibis.null("string")
    return fact.mutate(
        subject_id=past.subject(fact),
        row_id=ibis.literal(" ").join(
            [fact.agent_id.cast("string"), fact.from_at.strftime("%Y-%m-%d %H:%M:%S"), fact.day.cast("string")]
        ),
        seconds=seconds_between(fact.own_at, fact.left_at),
        **{excluded_column(use.name): nothing for use in uses},
    )
