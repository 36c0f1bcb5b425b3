"""The sessions of a period that may be checked, read from the events."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.events.exclusions import VOLUME, Acting
from steelyard.facts import Past, Use, excluded_column
from steelyard.facts.clocks import Answer
from steelyard.facts.sessions import sessions
from steelyard.facts.waits import Wanted, waits
from steelyard.service.report import END
from steelyard.service.sampling import By, Session
from steelyard.staged import staged
from steelyard.windows import Period, midnight

READ = frozenset({"shops", "orders", "sessions", "messages", "exclusions"})
"""The event tables that are read."""


def candidates(events: Events, period: Period, by: By) -> Iterator[Session]:
    """Sessions begun in the period that no bot handled and no exclusion takes away, whose handler is unknown too."""
    past = Past(END, events.id_type, events.present, copies=events.copies)
    since, until = midnight(period.first), midnight(period.end)
    use = Use("it", Acting(VOLUME), {}, since, until)
    with staged(), naming_damaged(events.sources):
        fact = sessions(past, [use])
        begun = (fact.started_at >= ibis.literal(since)) & (fact.started_at < ibis.literal(until))
        fact = fact.filter(begun, fact[excluded_column(use.name)].isnull(), fact.handled_by.fill_null("human") != "bot")
        fact = fact.select("session_id", "shop_id", "agent_id", "started_at", "rating")
        if by == "long_wait":
            fact = _with_longest_wait(past, fact, Wanted(since, until, (Answer(),), whole_sessions=True))
        rows = events.engine.arrow(fact).to_pylist()
    yield from (Session(**row) for row in rows)


def _with_longest_wait(past: Past, fact: ir.Table, wanted: Wanted) -> ir.Table:
    found = waits(past, wanted)
    longest = found.group_by(of="session_id").agg(longest_wait=wanted.answers[0].of(found, "wait").max())
    return fact.left_join(longest, fact.session_id == longest["of"]).drop("of")
