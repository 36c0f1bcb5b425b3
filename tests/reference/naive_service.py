"""The service metrics in plain loops, as their definition sheet says them: nothing here knows of the engine.

`tables` are rows by table; `by` is shop, agent or day; the result is numerator and denominator by metric and subject.
Money is in millionths.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from .naive_waits import Book, Row, Tables, Wait, any_reply, human, seconds, waits

Counts = dict[tuple[str, Any], tuple[int, int]]

DAY = timedelta(days=1)


def clocked(at: datetime, opens: int, closes: int) -> bool:
    """Whether the time of day lies in the hours."""
    return time(opens) <= at.time() and (closes == 24 or at.time() < time(closes))


def counts(tables: Tables, by: str, first: date, end: date) -> Counts:
    """Every metric of the sheet."""
    book = Book(tables, by, first, end)
    found: Counts = {}
    for part in (_messages, _consumers, _sessions, _conversion, _orders, _complaints, _cases, _judgements, _presence):
        for metric, pairs in part(book):
            sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
            for subject, numerator, denominator in pairs:
                if subject is not None:
                    sums[subject][0] += numerator
                    sums[subject][1] += denominator
            found |= {(metric, subject): (pair[0], pair[1]) for subject, pair in sums.items()}
    return found


Pairs = Iterable[tuple[Any, int, int]]


def _messages(book: Book) -> Iterator[tuple[str, Pairs]]:
    def of(metric: str, hours: tuple[int, int], phase: str | None = None) -> list[Wait]:
        return [
            wait
            for wait in waits(book, metric, human)
            if book.inside(wait.at) and clocked(wait.at, *hours) and phase in (None, wait.session.get("phase"))
        ]

    def who(wait: Wait) -> Any:
        return book.subject(wait.message, wait.at, wait.agent)

    name = "answer_rate_30s"
    yield name, [(who(w), int(w.seconds is not None and w.seconds <= 30), 1) for w in of(name, (8, 23))]
    name = "message_reply_rate"
    yield name, [(who(w), int(w.reply is not None), 1) for w in of(name, (0, 24))]
    for name, hours, phase in (
        ("mean_response_time", (8, 23), None),
        ("mean_response_time.presale", (8, 23), "presale"),
        ("mean_response_time.aftersale", (0, 24), "aftersale"),
    ):
        yield name, [(who(w), w.seconds, 1) for w in of(name, hours, phase) if w.seconds is not None]


def _consumers(book: Book) -> Iterator[tuple[str, Pairs]]:
    for name, limit, replies, hours, phase in (
        ("human_reply_rate_3min", 180, human, (8, 23), None),
        ("reply_rate_5min", 300, human, (8, 23), None),
        ("effective_reply_rate", 3600, any_reply, (8, 23), None),
        ("effective_reply_rate.presale", 3600, any_reply, (8, 23), "presale"),
        ("effective_reply_rate.aftersale", 3600, any_reply, (0, 24), "aftersale"),
    ):
        days: dict[Any, bool] = {}
        for wait in waits(book, name, replies):
            if not book.inside(wait.at) or not clocked(wait.at, *hours):
                continue
            if phase not in (None, wait.session.get("phase")):
                continue
            subject = book.subject(wait.message, wait.at, wait.agent)
            key = subject, wait.message["shop_id"], wait.message["buyer_id"], wait.at.date()
            days[key] = days.get(key, True) and wait.seconds is not None and wait.seconds <= limit
        yield name, [(key[0], int(good), 1) for key, good in days.items()]


def _sessions(book: Book) -> Iterator[tuple[str, Pairs]]:
    for name in ("first_answer_rate_30s", "first_response_time"):
        firsts: dict[Any, Wait] = {}
        for wait in waits(book, name, human):
            key = wait.message["session_id"]
            if key not in firsts or wait.at < firsts[key].at:
                firsts[key] = wait
        pairs = []
        for session in book.standing(name, "sessions", "session_id"):
            first = firsts.get(session["session_id"])
            at = session["started_at"]
            if first is None or not book.inside(at):
                continue
            who = book.subject(session, at, first.agent)
            if name == "first_answer_rate_30s":
                if session.get("handled_by") != "bot" and clocked(at, 9, 23):
                    pairs.append((who, int(first.seconds is not None and first.seconds <= 30), 1))
            elif session.get("phase") == "aftersale" and first.seconds is not None:
                pairs.append((who, first.seconds, 1))
        yield name, pairs
    yield "im_3min_reply_rate", list(_three_minutes(book, "im_3min_reply_rate"))
    for answer in (1, 2, 3):
        name = f"satisfaction_survey.{answer}"
        answered = [row for row in book.standing(name, "sessions", "session_id") if row.get("survey") is not None]
        yield name, [_own(book, row, "started_at", int(row["survey"] == answer)) for row in answered if _in(book, row)]
    name = "resolution_rate"
    standing = list(book.standing(name, "sessions", "session_id"))
    people = [row for row in standing if row.get("handled_by") != "bot" and _in(book, row)]
    yield name, [_own(book, row, "started_at", int(_solved(book, row, standing))) for row in people]


def _in(book: Book, session: Row) -> bool:
    return book.inside(session["started_at"])


def _own(book: Book, row: Row, at: str, numerator: int, denominator: int = 1) -> tuple[Any, int, int]:
    return book.subject(row, row[at], row.get("agent_id")), numerator, denominator


def _solved(book: Book, session: Row, standing: list[Row]) -> bool:
    if session.get("rating") is not None:
        return bool(session["rating"] >= 4)
    order = session.get("order_id")
    if order is None:
        return True
    ends = (session.get("ended_at") or session["started_at"]) + DAY
    later = [row["started_at"] for row in standing if row.get("order_id") == order]
    later += [row["created_at"] for row in book.rows("platform_contacts") if row.get("order_id") == order]
    return not any(session["started_at"] < at <= ends for at in later)


def _three_minutes(book: Book, name: str) -> Iterator[tuple[Any, int, int]]:
    for session in book.standing(name, "sessions", "session_id"):
        said = [row for row in book.rows("messages") if row["session_id"] == session["session_id"]]
        asked = [row for row in said if row["sender"] == "buyer"]
        at = session["started_at"]
        if session.get("handled_by") == "bot" or not asked or not _in(book, session) or not clocked(at, 8, 23):
            continue
        spoken = sorted([(row["sent_at"], 0) for row in asked] + [(row["sent_at"], 1) for row in said if human(row)])
        opened: datetime | None = None
        waited: list[int] = []
        for when, kind in spoken:
            if kind == 0:
                opened = opened or when
            elif opened is not None and when > opened:
                waited.append(seconds(opened, when))
                opened = None
        good = opened is None and sum(waited) <= 180 * len(waited)
        yield book.subject(session, at, session.get("agent_id")), int(good), 1


def _conversion(book: Book) -> Iterator[tuple[str, Pairs]]:
    for name in ("conversion_rate", "conversion_rate.all_enquirers"):
        orders = list(book.standing(name, "orders", "order_id"))
        firsts: dict[Any, datetime] = {}
        served: dict[Any, set[Any]] = defaultdict(set)
        for wait in waits(book, name, human):
            key = wait.message["shop_id"], wait.message["buyer_id"], wait.at.date()
            if book.inside(wait.at):
                if book.by != "agent" or wait.agent is not None:
                    firsts[key] = min(firsts.get(key, wait.at), wait.at)
                served[key].add(book.subject(wait.message, wait.at, wait.agent))
        pairs = []
        for (shop, buyer, day), at in firsts.items():
            theirs = [row for row in orders if row["shop_id"] == shop and row.get("buyer_id") == buyer]
            if name == "conversion_rate" and _serviced(theirs, day):
                continue
            ends = datetime.combine(day, time()) + 3 * DAY
            good = any(row.get("grouped_at") is not None and at <= row["grouped_at"] < ends for row in theirs)
            pairs += [(subject, int(good), 1) for subject in served[shop, buyer, day]]
        yield name, pairs


def _serviced(orders: list[Row], day: date) -> bool:
    begins, covered, near = datetime.combine(day, time()), False, False
    for row in orders:
        grouped, delivered = row.get("grouped_at"), row.get("delivered_at")
        near = near or (grouped is not None and begins <= grouped < begins + 2 * DAY)
        since = grouped or delivered
        if since is not None and since < begins + DAY and (delivered is None or delivered + 15 * DAY > begins):
            covered = True
    return covered and not near


def _orders(book: Book) -> Iterator[tuple[str, Pairs]]:
    for name in ("average_order_value", "items_per_buyer"):
        buyers: dict[Any, set[Any]] = defaultdict(set)
        sums: dict[Any, int] = defaultdict(int)
        for row in book.standing(name, "orders", "order_id"):
            if not book.inside(row["paid_at"]) or row.get("cancelled_at") is not None:
                continue
            subject = book.subject(row, row["paid_at"], row.get("agent_id"))
            buyer = row.get("buyer_id")
            buyers[subject].add(("order", row["order_id"]) if buyer is None else buyer)
            quantity = row.get("quantity")
            amount = round((row.get("amount") or 0) * 1_000_000)
            sums[subject] += amount if name == "average_order_value" else 1 if quantity is None else quantity
        yield name, [(subject, sums[subject], len(those)) for subject, those in buyers.items()]
    name = "dispute_refund_rate"
    lost = {
        row["order_id"]
        for row in book.standing(name, "after_sales", "case_id")
        if row.get("platform_intervened_at") and row.get("liability") == "merchant" and row.get("outcome") == "refunded"
        and row.get("completed_at")
    }  # fmt: skip
    grouped = [row for row in book.standing(name, "orders", "order_id") if book.inside(row.get("grouped_at"))]
    yield name, [_own(book, row, "grouped_at", int(row["order_id"] in lost)) for row in grouped]
    name = "return_rate"
    cases = [row for row in book.standing(name, "after_sales", "case_id") if row["kind"] == "return_refund"]
    own = [row for row in book.standing(name, "orders", "order_id") if book.inside(row["paid_at"])]
    yield (
        name,
        [_own(book, row, "paid_at", sum(case["order_id"] == row["order_id"] for case in cases)) for row in own],
    )


def _complaints(book: Book) -> Iterator[tuple[str, Pairs]]:
    for name, phase in (("complaint_rate", None), ("complaint_rate.presale", "presale"),
                        ("complaint_rate.aftersale", "aftersale")):  # fmt: skip
        buyers: dict[Any, set[Any]] = defaultdict(set)
        for row in book.standing(name, "sessions", "session_id"):
            if _in(book, row) and row.get("handled_by") != "bot" and phase in (None, row.get("phase")):
                buyers[book.subject(row, row["started_at"], row.get("agent_id"))].add(row["buyer_id"])
        pairs = [(subject, 0, len(those)) for subject, those in buyers.items()]
        for row in book.standing(name, "complaints", "complaint_id"):
            if row.get("about") != "agent" or row.get("upheld") is False or not book.inside(row["created_at"]):
                continue
            if phase in (None, _phase_of(book, row)):
                pairs.append(_own(book, row, "created_at", 1, 0))
        yield name, pairs


def _phase_of(book: Book, complaint: Row) -> str | None:
    before = [
        row
        for row in book.rows("sessions")
        if row["shop_id"] == complaint["shop_id"]
        and row["buyer_id"] == complaint.get("buyer_id")
        and row["started_at"] <= complaint["created_at"]
    ]
    last = max(before, key=lambda row: (row["started_at"], row["session_id"]), default={})
    phase: str | None = last.get("phase")
    return phase


def _cases(book: Book) -> Iterator[tuple[str, Pairs]]:
    name = "mean_refund_time"
    done = [
        row
        for row in book.standing(name, "after_sales", "case_id")
        if row.get("outcome") == "refunded" and book.inside(row.get("completed_at"))
    ]
    timed = [row for row in done if row["completed_at"] >= row["applied_at"]]
    yield name, [_own(book, row, "completed_at", seconds(row["applied_at"], row["completed_at"])) for row in timed]
    name = "return_rate.aftersale"
    handled = [row for row in book.standing(name, "after_sales", "case_id") if book.inside(row.get("handled_at"))]
    yield (
        name,
        [
            _own(book, row, "handled_at", int(row["kind"] == "return_refund" and row.get("outcome") == "refunded"))
            for row in handled
        ],
    )
    name = "changed_reviews"
    changed = [row for row in book.standing(name, "after_sales", "case_id") if row.get("review_changed")]
    dated = [row | {"at": row.get("completed_at") or row["applied_at"]} for row in changed]
    yield name, [_own(book, row, "at", 1, 0) for row in dated if book.inside(row["at"])]


def _judgements(book: Book) -> Iterator[tuple[str, Pairs]]:
    for name in ("positive_rate", "positive_rate.aftersale"):
        rated = [
            row | {"at": row.get("rated_at") or row["started_at"], "stars": row["rating"]}
            for row in book.standing(name, "sessions", "session_id")
            if row.get("rating") is not None
        ]
        if name != "positive_rate":
            rated += [
                row | {"at": row.get("completed_at") or row["applied_at"], "stars": row["satisfaction"]}
                for row in book.standing(name, "after_sales", "case_id")
                if row.get("satisfaction") is not None
            ]
        yield name, [_own(book, row, "at", int(row["stars"] >= 4)) for row in rated if book.inside(row["at"])]


def _presence(book: Book) -> Iterator[tuple[str, Pairs]]:
    pairs = []
    for row in book.rows("presence"):
        day = book.first
        while row["state"] == "online" and day < book.end:
            begins = datetime.combine(day, time())
            online = seconds(max(begins, row["from_at"]), min(begins + DAY, row["to_at"]))
            if online > 0:
                pairs.append((book.subject(row, begins, row["agent_id"]), online, 0))
            day += DAY
    yield "online_time", pairs
