"""The scorecards of agents in plain loops: what is measured, and points; nothing here knows of the engine.

Measured as the service metrics of the same meaning are, on the folder as known on the day; what only these scorecards
measure is written out here, from their definition sheets.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import naive_service
from .naive import half_up
from .naive_service import DAY, Book, Row, Tables, Wait, clocked, human, waits

OWN = {
    "orders": "paid_at", "sessions": "started_at", "messages": "sent_at", "after_sales": "applied_at",
    "complaints": "created_at", "platform_contacts": "created_at", "presence": "from_at",
    "quality_checks": "checked_at", "exclusions": "decided_at",
}  # fmt: skip
LATER = {
    "orders": ("grouped_at", "delivered_at", "cancelled_at"),
    "sessions": ("ended_at", "rated_at"),
    "after_sales": ("handled_at", "completed_at", "platform_intervened_at"),
    "exclusions": ("revoked_at",),
}
Pairs = Iterable[tuple[Any, Any, int]]
Reading = Callable[[Book, str], Pairs]


@dataclass(frozen=True)
class AgentCard:
    """One scorecard: each indicator with its evidence and its metric, or the way it is read."""

    readings: Mapping[str, tuple[tuple[str, ...], str | Reading]]
    month: bool
    role: str | None = None
    lower: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    shown_only: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


def as_known(tables: Tables, day: date) -> Tables:
    """The folder on the morning of the day."""
    now = datetime.combine(day, time())
    known: Tables = {}
    for name, rows in tables.items():
        own, later = OWN.get(name), LATER.get(name, ())
        there = [row for row in rows if own is None or max(row[own], row.get("arrived_at") or row[own]) < now]
        known[name] = [
            row | {column: None for column in later if row.get(column) is not None and row[column] >= now}
            for row in there
        ]
    return known


def speed(book: Book, name: str) -> Pairs:
    """Points of the first answer in sixtieths: 600 up to a minute, 660 − seconds up to ten minutes, 0 beyond."""
    firsts: dict[Any, Wait] = {}
    for wait in waits(book, name, human):
        key = wait.message["session_id"]
        if key not in firsts or wait.at < firsts[key].at:
            firsts[key] = wait
    for session in book.standing(name, "sessions", "session_id"):
        first = firsts.get(session["session_id"])
        if first is not None and book.inside(session["started_at"]):
            waited = first.seconds
            earned = 0 if waited is None or waited > 600 else 600 if waited <= 60 else 660 - waited
            yield first.agent, earned, 60


def checks(item: str) -> Reading:
    """Points of the checks of an item, in thousandths, half up."""

    def read(book: Book, name: str) -> Pairs:
        for row in book.standing(name, "quality_checks", "check_id"):
            if row["item"] == item and row["score"] is not None and book.inside(row["checked_at"]):
                yield row["agent_id"], int(half_up(Fraction(str(row["score"])), 3) * 1000), 1000

    return read


def _judged(book: Book, name: str, item: str) -> Iterator[Row]:
    for row in book.standing(name, "quality_checks", "check_id"):
        if row["item"] == item and row["passed"] is not None and book.inside(row["checked_at"]):
            yield row


def accuracy(book: Book, name: str) -> Pairs:
    """Checks of the item, and whether they were passed."""
    return [(row["agent_id"], int(row["passed"]), 1) for row in _judged(book, name, "准确性")]


def disrespect(book: Book, name: str) -> Pairs:
    """Checks that found a fault."""
    return [(row["agent_id"], 1, 0) for row in _judged(book, name, "服务态度") if not row["passed"]]


def within_5s(book: Book, name: str) -> Pairs:
    """Messages from 9 to 23, answered by a person within 5 seconds."""
    for wait in waits(book, name, human):
        if book.inside(wait.at) and clocked(wait.at, 9, 23):
            yield wait.agent, int(wait.seconds is not None and wait.seconds <= 5), 1


def in_substance(book: Book, name: str) -> Pairs:
    """Messages from 9 to 23, answered in substance within 10 seconds; left out where that cannot be told."""
    substance = list(waits(book, name, lambda row: human(row) and row.get("substantive") is True))
    unknown = list(waits(book, name, lambda row: human(row) and row.get("substantive") is None))
    for wait, other in zip(substance, unknown, strict=True):
        if not book.inside(wait.at) or not clocked(wait.at, 9, 23):
            continue
        good = wait.seconds is not None and wait.seconds <= 10
        if good or other.seconds is None or other.seconds > 10:
            yield wait.agent, int(good), 1


def shop_waits(book: Book, name: str) -> Pairs:
    """Waits of messages from 8 to 23 that were answered, but those while the whole shop is known to be offline."""
    for wait in waits(book, name, human):
        online = [
            row
            for row in book.rows("presence")
            if row["state"] == "online" and row["shop_id"] == wait.message["shop_id"]
        ]
        there = not online or any(row["from_at"] <= wait.at < row["to_at"] for row in online)
        if book.inside(wait.at) and clocked(wait.at, 8, 23) and wait.seconds is not None and there:
            yield wait.agent, wait.seconds, 1


def paid_enquirers(book: Book, name: str) -> Pairs:
    """The conversion rate of a platform where the payment makes an order."""
    orders = [row | {"grouped_at": row["paid_at"]} for row in book.rows("orders")]
    paid = Book({**book.tables, "orders": orders}, book.by, book.first, book.end)
    return dict(naive_service._conversion(paid))[name]  # noqa: SLF001 - the same reading, of other orders


def workload(book: Book, name: str) -> Pairs:
    """Days at work, and whether two or three sessions began on them."""
    days: dict[tuple[Any, date], int] = defaultdict(int)
    for row in book.rows("presence"):
        day = book.first
        while row["state"] == "online" and day < book.end:
            begins = datetime.combine(day, time())
            if row["from_at"] < begins + DAY and row["to_at"] > begins and row["to_at"] > row["from_at"]:
                days[row["agent_id"], day] += 0
            day += DAY
    for row in book.standing(name, "sessions", "session_id"):
        if row["agent_id"] is not None and book.inside(row["started_at"]) and row["handled_by"] != "bot":
            days[row["agent_id"], row["started_at"].date()] += 1
    return [(agent, int(2 <= number <= 3), 1) for (agent, _), number in days.items()]


_TALK, _SALE = ("messages",), ("orders",)
SPEED = AgentCard(
    {"response_speed": (_TALK, speed)}
    | {
        name: (("quality_checks",), checks(item))
        for name, item in {
            "problem_solving": "解决问题的能力", "communication": "沟通技巧", "expertise": "专业程度",
            "after_sales_service": "售后服务",
        }.items()
    },
    month=False,
)  # fmt: skip
_JD: dict[str, tuple[tuple[str, ...], str | Reading]] = {
    "online_time": (("presence",), "online_time"),
    "message_reply_rate": (_TALK, "message_reply_rate"),
    "mean_response_time": (_TALK, shop_waits),
    "answer_rate_5s": (_TALK, within_5s),
    "substance_rate_10s": (_TALK, in_substance),
    "accuracy": (("quality_checks",), accuracy),
    "disrespect": (("quality_checks",), disrespect),
    "resolution_rate": (("sessions",), "resolution_rate"),
    "workload": (("sessions",), workload),
    "first_answer_rate_30s": (_TALK, "first_answer_rate_30s"),
}
_PLACES = {
    "online_time": "requirements", "message_reply_rate": "requirements", "mean_response_time": "requirements",
    "answer_rate_5s": "response", "substance_rate_10s": "response", "accuracy": "accuracy",
    "resolution_rate": "solving", "workload": "workload",
}  # fmt: skip
_TARGETS = {"online_time": "7200", "mean_response_time": "60"}


def _given(incentives: Mapping[str, str]) -> dict[str, str]:
    """Targets and deductions for everything that needs one."""
    places = _PLACES | dict.fromkeys(incentives, "incentive")
    found = {}
    for name, place in places.items():
        path = f"dimensions.{place}.indicators.{name}"
        found |= {
            f"{path}.points.target": ({**_TARGETS, **incentives}).get(name, "0.6"),
            f"{path}.points.per_unit": "1",
        }
    found["dimensions.attitude.indicators.disrespect.points.per_unit"] = "20"
    found["dimensions.workload.indicators.workload.params.at_least_sessions"] = "2"
    found["dimensions.workload.indicators.workload.params.at_most_sessions"] = "3"
    return found


CARDS: dict[str, AgentCard] = {
    "pdd/service_score@legacy": SPEED,
    "jd/agent_presale@legacy": AgentCard(
        _JD | {"conversion_rate": (_SALE, paid_enquirers)},
        month=True, role="presale", lower=("mean_response_time", "disrespect"), totals=("online_time", "disrespect"),
        shown_only=("first_answer_rate_30s",), settings=_given({"conversion_rate": "0.6"}),
    ),
    "jd/agent_aftersale@legacy": AgentCard(
        _JD
        | {
            "positive_rate": (("sessions", "after_sales"), "positive_rate.aftersale"),
            "return_rate": (("after_sales",), "return_rate.aftersale"),
            "changed_reviews": (("after_sales",), "changed_reviews"),
        },
        month=True, role="aftersale", lower=("mean_response_time", "disrespect", "return_rate"),
        totals=("online_time", "disrespect", "changed_reviews"), shown_only=("first_answer_rate_30s",),
        settings=_given({"positive_rate": "0.6", "return_rate": "0.2", "changed_reviews": "2"}),
    ),
    "pdd/agent_presale@legacy": AgentCard(
        {
            "answer_rate_30s": (_TALK, "answer_rate_30s"),
            "mean_response_time": (_TALK, "mean_response_time.presale"),
            "effective_reply_rate": (_TALK, "effective_reply_rate.presale"),
            "conversion_rate": (_SALE, "conversion_rate"),
            "average_order_value": (_SALE, "average_order_value"),
            "items_per_buyer": (_SALE, "items_per_buyer"),
            "complaint_rate": (("complaints",), "complaint_rate.presale"),
        },
        month=False, role="presale", lower=("mean_response_time", "complaint_rate"), money=("average_order_value",),
    ),
    "pdd/agent_aftersale@legacy": AgentCard(
        {
            "first_response_time": (_TALK, "first_response_time"),
            "mean_response_time": (_TALK, "mean_response_time.aftersale"),
            "effective_reply_rate": (_TALK, "effective_reply_rate.aftersale"),
            "complaint_rate": (("complaints",), "complaint_rate.aftersale"),
            "dispute_refund_rate": (("after_sales",), "dispute_refund_rate"),
            "mean_refund_time": (("after_sales",), "mean_refund_time"),
        },
        month=False, role="aftersale",
        lower=(
            "first_response_time", "mean_response_time", "complaint_rate", "dispute_refund_rate", "mean_refund_time",
        ),
    ),
}  # fmt: skip


def values(card: AgentCard, tables: Tables, day: date) -> dict[tuple[Any, str], dict[str, Any]]:
    """Numerator, denominator, value and status by (agent, indicator)."""
    known = as_known(tables, day)
    first = (day - timedelta(days=1)).replace(day=1) if card.month else day - timedelta(days=30)
    agents = [row["agent_id"] for row in tables["agents"]]
    found = {}
    for name, (evidence, reading) in card.readings.items():
        sums = _sums(known, name, reading, (first, day))
        for agent in agents:
            there = any(table in tables for table in evidence)
            found[agent, name] = _valued(card, name, sums.get(agent, (0, 0)) if there else None)
    return found


def _sums(known: Tables, name: str, reading: str | Reading, span: tuple[date, date]) -> dict[Any, tuple[int, int]]:
    """Of a service metric its counts, exclusions that name the indicator acting on it."""
    if isinstance(reading, str):
        renamed = {name: reading} | ({reading: ""} if reading != name else {})
        gone = [row | {"indicator": renamed.get(row["indicator"], row["indicator"])} for row in known["exclusions"]]
        counts = naive_service.counts({**known, "exclusions": gone}, "agent", *span)
        return {agent: pair for (metric, agent), pair in counts.items() if metric == reading}
    sums: dict[Any, tuple[int, int]] = {}
    for agent, numerator, denominator in reading(Book(known, "agent", *span), name):
        if agent is not None:
            before = sums.get(agent, (0, 0))
            sums[agent] = before[0] + numerator, before[1] + denominator
    return sums


def _valued(card: AgentCard, name: str, pair: tuple[int, int] | None) -> dict[str, Any]:
    if pair is None:
        return {"numerator": None, "denominator": None, "value": None, "status": "no_data"}
    numerator, denominator = pair[0], 1 if name in card.totals else pair[1]
    if not denominator:
        return {"numerator": numerator, "denominator": 0, "value": None, "status": "no_data"}
    scale = 10**6 if name in card.money else 1
    value = half_up(Fraction(numerator, denominator * scale), 6)
    return {"numerator": numerator, "denominator": denominator, "value": value, "status": "ok"}


def ranked(card: AgentCard, tables: Tables, day: date) -> dict[tuple[Any, str], Decimal | None]:
    """Points of a card of key figures by (agent, indicator): 100 × the share of the team that does no better."""
    found = values(card, tables, day)
    volume = _sums(as_known(tables, day), "volume", _begun, (day - timedelta(days=30), day))
    scored = {
        row["agent_id"]: (row["shop_id"], row["role"])
        for row in tables["agents"]
        if row["role"] in (None, card.role)
        and volume.get(row["agent_id"], (0, 0))[1]
        and any(found[row["agent_id"], name]["status"] == "ok" for name in card.readings)
    }
    points: dict[tuple[Any, str], Decimal | None] = {}
    for agent, name in found:
        own = found[agent, name]["value"]
        if agent not in scored or own is None:
            points[agent, name] = None
            continue
        every = {other: found[other, name]["value"] for other in scored if found[other, name]["value"] is not None}
        team = [value for other, value in every.items() if scored[other] == scored[agent]]
        peers = team if len(team) >= 3 else list(every.values())
        no_better = sum(value >= own if name in card.lower else value <= own for value in peers)
        points[agent, name] = half_up(Fraction(100 * no_better, len(peers)), 6)
    return points


def _begun(book: Book, name: str) -> Pairs:
    rows = book.standing(name, "sessions", "session_id")
    return [(row["agent_id"], 0, 1) for row in rows if book.inside(row["started_at"])]
