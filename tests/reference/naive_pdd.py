"""Naive readings of Pinduoduo's consumer service experience score."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from .naive_check import Row
from .naive_counts import DAY
from .naive_measures import Book, Card, Reading, Rules, Span, inside, last
from .naive_replies import well_answered_days

NO_REASON = ("seven_days_no_reason", "七天无理由", "七天无理由退货")
PLATFORM = ("intervention", "platform_service", "complaint")
CHANNELS = {
    "online": "platform_service", "hotline": "platform_service", "intervention": "intervention",
    "complaint": "complaint",
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One call for help: of which order, when, by which channel, about what, and whose."""

    order_id: Any
    at: datetime
    channel: str
    scenario: str | None
    buyer_id: Any


@cache
def catalogue() -> dict[str, tuple[str | None, bool]]:
    """Module and routine of every scenario that ships with the engine."""
    text = files("steelyard.events").joinpath("scenarios.yaml").read_text(encoding="utf-8")
    first = yaml.safe_load(text)["versions"][0]["scenarios"]
    return {found["code"]: (found["module"], found["routine"]) for found in first}


def scenarios(book: Book) -> dict[str, tuple[str | None, bool]]:
    """The folder's own table stands in for the catalogue altogether."""
    if "scenarios" not in book.tables:
        return catalogue()
    return {row["scenario"]: (row.get("module"), row.get("routine") is True) for row in book.tables["scenarios"]}


def requests(book: Book, name: str) -> Iterator[Request]:
    """Every known call for help that no exclusion has removed, ordinary enquiries included."""
    standing = {order["order_id"] for order in book.judged(name, "orders")}
    for session in book.marks(name, "sessions"):
        order_id = session.get("order_id")
        if order_id is None:
            order_id = latest_order(book, session, standing)
        yield Request(order_id, session["started_at"], "chat", session.get("scenario"), session["buyer_id"])
    for case in book.marks(name, "after_sales"):
        if case.get("reason") in NO_REASON:
            continue
        about = case.get("scenario"), case.get("buyer_id")
        yield Request(case["order_id"], case["applied_at"], "after_sales", *about)
        intervened = book.past(case, "platform_intervened_at")
        if intervened is not None:
            yield Request(case["order_id"], intervened, "intervention", *about)
    for row in book.marks(name, "platform_contacts"):
        about = row.get("scenario"), row.get("buyer_id")
        yield Request(row.get("order_id"), row["created_at"], CHANNELS[row["channel"]], *about)
    for row in book.marks(name, "complaints"):
        yield Request(row.get("order_id"), row["created_at"], "complaint", row.get("scenario"), row.get("buyer_id"))


def latest_order(book: Book, session: Row, standing: set[Any]) -> Any:
    """The standing order of the session's buyer in its shop that was grouped last, at most 30 days before."""
    started = session["started_at"]
    grouped = [
        (order["grouped_at"], order["order_id"])
        for order in book.known_orders.values()
        if order["order_id"] in standing
        and order.get("buyer_id") == session["buyer_id"]
        and order["shop_id"] == session["shop_id"]
        and order.get("grouped_at") is not None
        and started - 30 * DAY <= order["grouped_at"] <= started
    ]
    return max(grouped)[1] if grouped else None


def malicious(book: Book, buyer_id: Any, at: datetime) -> bool:
    return any(
        row["buyer_id"] == buyer_id
        and row.get("risk") == "malicious"
        and (row.get("from_at") is None or row["from_at"] <= at)
        and (row.get("to_at") is None or at < row["to_at"])
        for row in book.tables.get("buyers", [])
    )


def asked_for_help(book: Book, name: str, channels: tuple[str, ...], module: str | None) -> set[Any]:
    """The orders with at least one request by these channels, of the module if one is named."""
    known, found = scenarios(book), set()
    for request in requests(book, name):
        about, routine = known.get(request.scenario or "", (None, False))
        order = book.order(request.order_id)
        buyer_id = request.buyer_id if request.buyer_id is not None else order.get("buyer_id")
        if request.channel not in channels or routine or malicious(book, buyer_id, request.at):
            continue
        if module in (None, about) and not book.struck(name, "orders", request.order_id):
            found.add(request.order_id)
    return found


def grouped_orders(book: Book, name: str, span: Span) -> Iterator[Row]:
    return (order for order in book.judged(name, "orders") if inside(book.past(order, "grouped_at"), span))


def help_rate(name: str, channels: tuple[str, ...], module: str | None = None) -> Callable[..., Iterator[Any]]:
    def count(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
        found = asked_for_help(book, name, channels, module)
        for order in grouped_orders(book, name, span):
            yield order["shop_id"], int(order["order_id"] in found)

    return count


def dispute_refund_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    lost = {
        case["order_id"]
        for case in book.marks("dispute_refund_rate", "after_sales")
        if book.past(case, "platform_intervened_at") is not None
        and case.get("liability") == "merchant"
        and case.get("outcome") == "refunded"
        and book.past(case, "completed_at") is not None
    }
    for order in grouped_orders(book, "dispute_refund_rate", span):
        yield order["shop_id"], int(order["order_id"] in lost)


def work_order_completion_rate(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    for row in book.judged("work_order_completion_rate", "work_orders"):
        if inside(book.past(row, "closed_at"), span):
            yield row["shop_id"], int(row.get("closed_by") in ("merchant", "system"))


def human_reply_rate_3min(book: Book, span: Span) -> Iterator[tuple[Any, int]]:
    return well_answered_days(book, "human_reply_rate_3min", span, (timedelta(hours=8), timedelta(hours=23)))


ANY = ("chat", "after_sales", *PLATFORM)
EVERYWHERE = ("sessions", "after_sales", "platform_contacts", "complaints")
EXPERIENCE = Card(
    {
        f"{module}_help_rate": Reading(EVERYWHERE, help_rate(f"{module}_help_rate", ANY, module), last(30))
        for module in ("goods", "shipping", "logistics", "basic_service")
    }
    | {
        "help_rate": Reading(EVERYWHERE, help_rate("help_rate", ANY), last(30)),
        "intervention_help_rate": Reading(EVERYWHERE, help_rate("intervention_help_rate", ("intervention",)), last(30)),
        "platform_help_rate": Reading(EVERYWHERE[1:], help_rate("platform_help_rate", PLATFORM), last(30)),
        "human_reply_rate_3min": Reading(("messages",), human_reply_rate_3min, last(30)),
        "dispute_refund_rate": Reading(("after_sales",), dispute_refund_rate, last(30)),
        "work_order_completion_rate": Reading(("work_orders",), work_order_completion_rate, last(30)),
    },
    Rules(evidence_only=("malicious_buyer",)),
)

CARDS = {"pdd/experience@2021-09": EXPERIENCE}
