"""Clocks of replies: which replies answer a buyer's message, and which messages are asked of at all."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.windows import within_hours

Replier = Literal["agent", "automatic", "bot", "substantive", "unjudged"]
"""Who answers: a person, an agent's automatic reply, a bot; of a person's replies those in substance, or those of which
nobody says whether they are."""
Transfer = Literal["carries_on", "resets"]
"""What a clock does when a session is handed to another agent."""
Offline = Literal["counts", "agent", "shop"]
"""Messages while the credited agent, or everybody of the shop, is offline: they count, or are left out."""
Burst = Literal["every", "first"]
"""Whether every message is asked of, or only the first of those written while one is unanswered."""


@dataclass(frozen=True)
class Answer:
    """What answers a buyer's message; compares by value, so that what answers alike is looked for once."""

    replies: tuple[Replier, ...] = ("agent",)
    transfer: Transfer = "carries_on"
    burst: Burst = "every"
    offline: Offline = "counts"

    @property
    def prefix(self) -> str:
        """The beginning of the names of its columns."""
        return "_".join([*self.replies, self.transfer, self.burst, self.offline])

    def of(self, waits: ir.Table, column: str) -> ir.Column:
        """Its `reply_at`, `wait`, `agent_id`, `opens` or `offline` among the columns of `waits`."""
        return waits[f"{self.prefix}__{column}"]


@dataclass(frozen=True)
class Clock:
    """An answer, and the hours `[opens, closes)`, days and phases in which messages are asked of."""

    opens: time = time()
    closes: time = time()
    answer: Answer = field(default_factory=Answer)
    holidays: tuple[date, ...] = ()
    phases: tuple[str, ...] = ()
    """Phases of the session; none named: every session, one without a phase too."""

    def left_out(self, waits: ir.Table) -> dict[str, ir.BooleanValue]:
        """Why a buyer's message is not asked of; conditions that cannot arise are not there."""
        reasons = at_other_times(waits.sent_at, self.opens, self.closes, self.holidays)
        if self.phases:
            reasons["other_phase"] = not_in_phases(waits.phase, self.phases)
        if self.answer.burst == "first":
            reasons["in_burst"] = ~self.answer.of(waits, "opens")
        if self.answer.offline != "counts":
            reasons["offline"] = self.answer.of(waits, "offline")
        return reasons


def at_other_times(
    instant: ir.TimestampValue, opens: time, closes: time, holidays: tuple[date, ...]
) -> dict[str, ir.BooleanValue]:
    """Why an instant is not asked of: `outside_hours`, `holiday`; without either where they cannot arise."""
    reasons = {}
    if opens != closes:
        reasons["outside_hours"] = ~within_hours(instant, opens, closes)
    if holidays:
        reasons["holiday"] = instant.date().isin([ibis.literal(day) for day in holidays])
    return reasons


def not_in_phases(phase: ir.StringValue, phases: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a session is in none of `phases`; one whose phase is unknown is in none."""
    return ~phase.isin(phases).fill_null(False)
