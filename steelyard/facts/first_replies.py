"""The first reply of a service session: when the buyer first wrote, and when a person first answered that."""

from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir

from steelyard.facts import Past


@dataclass(frozen=True)
class FirstReply:
    """`asked_at`, the buyer's first message, and `replied_at`, the first later reply by a person, NULL without one."""

    def of_sessions(self, past: Past, _base: ir.Table, _excluded: str, since: datetime) -> ir.Table:
        """One row per session begun since the window did in which the buyer wrote, keyed by `session_id`."""
        sessions = past.rows("sessions")
        recent = sessions.filter(sessions.started_at >= since).select("session_id")
        messages = past.rows("messages").semi_join(recent, "session_id")
        written = messages.filter(messages.sender == "buyer")
        asked = written.group_by("session_id").agg(asked_at=written.sent_at.min())
        human = messages.filter(messages.sender == "agent", ~messages.auto.fill_null(False))
        replies = human.select(replied_in="session_id", sent_at="sent_at")
        later = [asked.session_id == replies.replied_in, replies.sent_at > asked.asked_at]
        answers = asked.left_join(replies, later)
        return answers.group_by("session_id", "asked_at").agg(replied_at=answers.sent_at.min())
