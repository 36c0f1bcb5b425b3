"""Small marketplaces made to break a reply clock: instants at every bound, ties, transfers, faults, exclusions."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from .naive_service import Row, Tables

FIRST = datetime(2022, 9, 1)
_BOUNDS = ("00:00:00", "07:59:59", "08:00:00", "09:00:00", "12:00:00", "22:59:59", "23:00:00", "23:58:00", "23:59:59")
_STEPS = (0, 0, 1, 5, 29, 30, 31, 60, 179, 180, 181, 300, 301, 600, 3599, 3600, 3601, 7200, 90_000)

_NAMED = (
    None, None, "answer_rate_30s", "conversion_rate", "mean_response_time.presale", "average_order_value",
    "positive_rate", "return_rate",
)  # fmt: skip
"""What exclusions name."""


def marketplace(seed: int, *, text_ids: bool) -> Tables:
    """Two shops, four agents and a dozen buyers over six days; ids are text or numbers."""
    return _Maker(Random(seed), text_ids).tables()


class _Maker:
    def __init__(self, dice: Random, text_ids: bool) -> None:
        self.dice = dice
        self.text_ids = text_ids

    def id(self, kind: str, number: int) -> Any:
        return f"{kind}{number:03d}" if self.text_ids else number

    def instant(self) -> datetime:
        day = FIRST + timedelta(days=self.dice.randrange(-1, 6))
        if self.dice.random() < 0.6:
            hour, minute, second = map(int, self.dice.choice(_BOUNDS).split(":"))
            at = day + timedelta(hours=hour, minutes=minute, seconds=second)
        else:
            at = day + timedelta(seconds=self.dice.randrange(86_400))
        return at + timedelta(microseconds=self.dice.choice((0, 0, 0, 400_000, 999_999)))

    def maybe(self, value: Any, chance: float = 0.3) -> Any:
        return None if self.dice.random() < chance else value

    def agent(self) -> Any:
        return self.maybe(self.id("A", self.dice.randrange(4)), 0.15)

    def tables(self) -> Tables:
        sessions = [self.session(number) for number in range(45)]
        orders = [self.order(number) for number in range(40)]
        cases = [self.case(number, self.dice.choice(orders)) for number in range(25)]
        tables = {
            "shops": [{"shop_id": self.id("S", number)} for number in range(2)],
            "agents": [{"agent_id": self.id("A", n), "shop_id": self.id("S", n % 2)} for n in range(4)],
            "orders": orders,
            "sessions": sessions,
            "messages": [row for session in sessions for row in self.messages(session)],
            "after_sales": cases,
            "complaints": [self.complaint(number) for number in range(12)],
            "presence": [self.presence() for _ in range(12)],
            "platform_contacts": [self.contact(number) for number in range(6)],
        }
        return tables | {"exclusions": [self.exclusion(tables) for _ in range(8)]}

    def session(self, number: int) -> Row:
        began = self.instant()
        pick = self.dice.choice
        return {
            "session_id": self.id("C", number), "shop_id": self.id("S", self.dice.randrange(2)),
            "buyer_id": self.id("B", self.dice.randrange(6)), "agent_id": self.agent(),
            "order_id": self.maybe(self.id("O", self.dice.randrange(40)), 0.5), "started_at": began,
            "ended_at": self.maybe(began + timedelta(seconds=pick(_STEPS))),
            "handled_by": pick(("human", "human", "bot", None)), "phase": pick(("presale", "aftersale", None)),
            "rating": pick((1, 3, 4, 5, None)), "rated_at": self.maybe(began + timedelta(seconds=pick(_STEPS))),
            "survey": pick((1, 2, 3, None)),
        }  # fmt: skip

    def messages(self, session: Row) -> list[Row]:
        at = session["started_at"] + timedelta(seconds=self.dice.choice((0, 0, 0, 1, -1)))
        said = []
        for _ in range(self.dice.randrange(7)):
            at += timedelta(seconds=self.dice.choice(_STEPS))
            sender = self.dice.choice(("buyer", "buyer", "agent", "agent", "bot", "system"))
            said.append(
                {
                    "session_id": session["session_id"], "shop_id": session["shop_id"],
                    "buyer_id": session["buyer_id"], "sent_at": at, "sender": sender,
                    "agent_id": self.agent() if sender == "agent" else None,
                    "auto": self.dice.choice((None, False, True)) if sender == "agent" else None,
                }
            )  # fmt: skip
        return said

    def order(self, number: int) -> Row:
        paid = self.instant() - timedelta(days=self.dice.choice((0, 0, 1, 14, 15, 16)))
        grouped = self.maybe(paid + timedelta(seconds=self.dice.choice(_STEPS)), 0.2)
        return {
            "order_id": self.id("O", number), "shop_id": self.id("S", self.dice.randrange(2)),
            "buyer_id": self.maybe(self.id("B", self.dice.randrange(6)), 0.1), "paid_at": paid, "grouped_at": grouped,
            "delivered_at": self.maybe(paid + timedelta(days=self.dice.choice((0, 1, 2)))),
            "quantity": self.dice.choice((1, 2, None)), "amount": self.dice.choice((19.99, 0.1, 100.0, 33.33, None)),
            "cancelled_at": self.maybe(paid, 0.85), "agent_id": self.agent(),
        }  # fmt: skip

    def case(self, number: int, order: Row) -> Row:
        applied = self.instant()
        later = applied + timedelta(seconds=self.dice.choice((-5, 0, 60, 90_000)))
        return {
            "case_id": self.id("R", number), "order_id": order["order_id"], "shop_id": order["shop_id"],
            "agent_id": self.agent(), "kind": self.dice.choice(("return_refund", "refund_only", "exchange")),
            "applied_at": applied, "handled_at": self.maybe(later), "completed_at": self.maybe(later, 0.15),
            "outcome": self.dice.choice(("refunded", "refunded", "rejected", None)),
            "platform_intervened_at": self.maybe(applied, 0.3),
            "liability": self.dice.choice(("merchant", "merchant", "both", None)),
            "satisfaction": self.dice.choice((1, 3, 4, 5, None)),
            "review_changed": self.dice.choice((True, False, None)),
        }  # fmt: skip

    def complaint(self, number: int) -> Row:
        return {
            "complaint_id": self.id("K", number), "shop_id": self.id("S", self.dice.randrange(2)),
            "agent_id": self.agent(), "buyer_id": self.maybe(self.id("B", self.dice.randrange(6))),
            "created_at": self.instant(), "about": self.dice.choice(("agent", "agent", "shop", None)),
            "upheld": self.dice.choice((True, False, None)), "order_id": None,
        }  # fmt: skip

    def presence(self) -> Row:
        begins = self.instant().replace(microsecond=0)
        agent = self.dice.randrange(4)
        return {
            "agent_id": self.id("A", agent), "shop_id": self.id("S", agent % 2),
            "state": self.dice.choice(("online", "online", "suspended")), "from_at": begins,
            "to_at": begins + timedelta(seconds=self.dice.choice((1, 3600, 86_400, 200_000))),
        }  # fmt: skip

    def contact(self, number: int) -> Row:
        return {
            "contact_id": self.id("P", number), "shop_id": self.id("S", 0), "created_at": self.instant(),
            "order_id": self.id("O", self.dice.randrange(40)), "channel": "online",
        }  # fmt: skip

    def exclusion(self, tables: Tables) -> Row:
        table, key = self.dice.choice(
            (
                ("sessions", "session_id"),
                ("orders", "order_id"),
                ("after_sales", "case_id"),
                ("complaints", "complaint_id"),
            )
        )
        return {
            "table": table, "row_id": self.dice.choice(tables[table])[key],
            "indicator": self.dice.choice(_NAMED),
            "reason": "appeal_upheld", "decided_at": FIRST, "revoked_at": self.maybe(FIRST + timedelta(days=1), 0.8),
        }  # fmt: skip
