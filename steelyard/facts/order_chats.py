"""Chats that hang on an order and were about a trouble with it."""

from dataclasses import dataclass

import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.facts import Past
from steelyard.facts.help import HelpRequests, help_requests

_CHATS = HelpRequests(channels=("chat",), module=None, routine_reasons=(), chat_order_days=None)


@dataclass(frozen=True)
class TroubleChat:
    """The order's earliest known chat whose scenario is known and no ordinary enquiry: `at`."""

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order with such a chat, keyed by `order_id`."""
        calls = help_requests(past, _CHATS, acting)
        told = calls.filter(calls.in_catalogue)
        return told.group_by("order_id").agg(at=told.known_at.min())
