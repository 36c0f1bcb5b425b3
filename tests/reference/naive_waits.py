"""What buyers waited for, in plain loops: the rows that stand, and the first later reply to each message."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def seconds(earlier: datetime, later: datetime) -> int:
    """Whole seconds, both ends cut."""
    return int((later.replace(microsecond=0) - earlier.replace(microsecond=0)).total_seconds())


@dataclass
class Book:
    """The tables, who is judged, and the period."""

    tables: Tables
    by: str
    first: date
    end: date

    def rows(self, name: str) -> list[Row]:
        """All rows of a table."""
        return self.tables.get(name, [])

    def gone(self, metric: str, table: str) -> set[Any]:
        """The ids of the rows of `table` that exclusions take away from the metric."""
        return {
            str(row["row_id"])
            for row in self.rows("exclusions")
            if row["table"] == table and row.get("indicator") in (None, metric) and row.get("revoked_at") is None
        }

    def standing(self, metric: str, table: str, key: str) -> Iterator[Row]:
        """Rows that are neither excluded nor hang on an excluded order."""
        own, orders = self.gone(metric, table), self.gone(metric, "orders")
        for row in self.rows(table):
            if str(row[key]) not in own and (table == "orders" or str(row.get("order_id")) not in orders):
                yield row

    def inside(self, at: datetime | None) -> bool:
        """Whether an instant lies in the period."""
        return at is not None and self.first <= at.date() < self.end

    def subject(self, row: Row, at: datetime, agent: Any = None) -> Any:
        """Who a row counts for."""
        if self.by == "day":
            return at.date()
        return row["shop_id"] if self.by == "shop" else agent


@dataclass
class Wait:
    """A buyer's message, its session, and what answers it."""

    message: Row
    session: Row
    reply: Row | None

    @property
    def at(self) -> datetime:
        """When it was sent."""
        at: datetime = self.message["sent_at"]
        return at

    @property
    def seconds(self) -> int | None:
        """What it waited."""
        return None if self.reply is None else seconds(self.at, self.reply["sent_at"])

    @property
    def agent(self) -> Any:
        """Who is credited."""
        replier = None if self.reply is None else self.reply.get("agent_id")
        return replier if replier is not None else self.session.get("agent_id")


def human(message: Row) -> bool:
    """Whether a person wrote it."""
    return message["sender"] == "agent" and message.get("auto") is not True


def any_reply(message: Row) -> bool:
    """Whether it is a reply of any kind."""
    return message["sender"] in ("agent", "bot")


def waits(book: Book, metric: str, replies: Callable[[Row], bool]) -> Iterator[Wait]:
    """Every buyer message of a session that stands."""
    known = {row["session_id"]: row for row in book.rows("sessions")}
    standing = {row["session_id"] for row in book.standing(metric, "sessions", "session_id")}
    talks = defaultdict(list)
    for row in book.rows("messages"):
        talks[row["session_id"]].append(row)
    for session_id, said in talks.items():
        if session_id in known and session_id not in standing:
            continue
        for message in said:
            if message["sender"] != "buyer":
                continue
            later = [row for row in said if replies(row) and row["sent_at"] > message["sent_at"]]
            first = min(later, key=_order, default=None)
            yield Wait(message, known.get(session_id, {}), first)


def _order(row: Row) -> tuple[Any, ...]:
    agent = row.get("agent_id")
    return row["sent_at"], agent is None, 0 if agent is None else agent
