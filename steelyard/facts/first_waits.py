"""The first message of a session and what it waited for; and whether the buyer came back: evidence of `sessions`."""

from dataclasses import dataclass, field
from datetime import datetime

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past
from steelyard.facts.clocks import Answer
from steelyard.facts.waits import Wanted, waits
from steelyard.windows import seconds_between

FOREVER = datetime(9999, 1, 1)
"""An instant after everything."""


@dataclass(frozen=True)
class FirstWait:
    """`asked_at`, the buyer's first message; `replied_at`, `wait` and `agent_id` of what answers it.

    `agent_id` is who is credited, where agents are judged: who replied, else the session's agent.
    """

    answer: Answer = field(default_factory=Answer)

    @property
    def kept(self) -> str:
        """The name under which it is among the copies of `Past` where it was found beforehand."""
        return f"first_waits_{self.answer.prefix}"

    def of_sessions(self, past: Past, _base: ir.Table, _excluded: str, since: datetime) -> ir.Table:
        """One row per session in which the buyer wrote, keyed by `session_id`."""
        if self.kept in past.copies:
            return past.copies[self.kept]
        found = waits(past, Wanted(since, FOREVER, (self.answer,), whole_sessions=True))
        reply_at, wait = self.answer.of(found, "reply_at"), self.answer.of(found, "wait")
        columns = {"asked_at": found.sent_at.min(), "replied_at": reply_at.min()}
        if self.answer.transfer == "resets":
            columns["wait"] = wait.argmin(found.sent_at)
        if past.judged == "agent":
            columns["agent_id"] = self.answer.of(found, "agent_id").argmin(found.sent_at)
        firsts = found.group_by("session_id").agg(**columns)
        if "wait" in columns:
            return firsts
        # What answers the first message answers none of the others sooner.
        return firsts.mutate(wait=seconds_between(firsts.asked_at, firsts.replied_at))


@dataclass(frozen=True)
class NextContact:
    """`at`, when the buyer next came back about the same order within so many hours of the session's end.

    Another session that began later, or a request to the platform; a session of unknown end ended as it began.
    """

    hours: int

    def of_sessions(self, past: Past, base: ir.Table, excluded: str, _since: datetime) -> ir.Table:
        """One row per session that was followed by such a contact, keyed by `session_id`."""
        asked = base.filter(base.order_id.notnull()).select("session_id", "order_id", "started_at", "ended_at")
        later = base.filter(base[excluded].isnull(), base.order_id.notnull())
        contacts = past.rows("platform_contacts")
        contacts = contacts.filter(contacts.order_id.notnull()).select(about="order_id", at=contacts.created_at)
        contacts = later.select(about="order_id", at=later.started_at).union(contacts)
        ends_at = ibis.coalesce(asked.ended_at, asked.started_at) + ibis.interval(hours=self.hours)
        soon = [asked.order_id == contacts.about, contacts["at"] > asked.started_at, contacts["at"] <= ends_at]
        pairs = asked.inner_join(contacts, soon)
        return pairs.group_by("session_id").agg(at=pairs["at"].min())
