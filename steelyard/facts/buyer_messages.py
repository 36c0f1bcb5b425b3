"""The fact `buyer_messages`: one row per message of a buyer, with what it waited for."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use
from steelyard.facts.clocks import Clock
from steelyard.facts.waits import standing_waits, wanted


def buyer_messages(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per message of a buyer; excluded sessions, and those of excluded orders, take theirs along.

    The columns are those of `waits` for the answers of the clocks that `uses` need; `row_id` is the session and the
    time. Who is credited depends on the answer: measures say so.
    """
    clocks = [need for use in uses for need in use.needs.values() if isinstance(need, Clock)]
    answers = [clock.answer for clock in clocks]
    asked = wanted(past, uses, answers, phases=any(clock.phases for clock in clocks))
    fact = standing_waits(past, asked, uses)
    written = fact.sent_at.strftime("%Y-%m-%d %H:%M:%S")
    return fact.mutate(
        subject_id=fact.shop_id,
        row_id=ibis.literal(" ").join([fact.session_id.cast("string"), written]),
        own_at=fact.sent_at,
    )
