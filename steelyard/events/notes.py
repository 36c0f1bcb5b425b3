"""What a check keeps and reports: times out of order, optional ids that point nowhere, idle exclusions.

None of it keeps a row out of a score, so scoring does not ask; `steelyard check events` does.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

import ibis
import ibis.expr.types as ir

from steelyard.errors import Problem
from steelyard.events.check import Events
from steelyard.events.contract import ARRIVED_AT, CONTRACT, REFERENCES, Table

IN_ORDER: dict[str, tuple[tuple[str, str], ...]] = {
    "products": (("listed_on", "delisted_on"),),
    "orders": (
        ("placed_at", "paid_at"),
        ("paid_at", "grouped_at"),
        ("paid_at", "shipped_at"),
        ("shipped_at", "collected_at"),
        ("collected_at", "delivered_at"),
        ("delivered_at", "completed_at"),
        ("placed_at", "cancelled_at"),
    ),
    "reviews": (("created_at", "removed_at"), ("created_at", "replied_at")),
    "after_sales": (
        ("applied_at", "reviewed_at"),
        ("reviewed_at", "last_reviewed_at"),
        ("pending_at", "handled_at"),
        ("applied_at", "return_delivered_at"),
        ("applied_at", "platform_intervened_at"),
        ("applied_at", "completed_at"),
    ),
    "complaints": (("created_at", "decided_at"),),
    "work_orders": (("created_at", "due_at"), ("created_at", "closed_at")),
    "sessions": (("started_at", "ended_at"), ("started_at", "rated_at")),
    "service_requests": (("sent_at", "replied_at"), ("sent_at", "executed_at")),
    "placements": (("from_on", "to_on"),),
    "buyers": (("from_at", "to_at"),),
    "presence": (("from_at", "to_at"),),
    "exclusions": (("decided_at", "revoked_at"),),
}
"""Pairs of times of one row, the first of which should not be the later one."""

_POINTERS = REFERENCES | {"case_id": "after_sales"}


def notes(events: Events) -> tuple[Problem, ...]:
    """Notes on the good rows of every opened table, one per finding with its number of rows.

    Codes: times-out-of-order, after-arrival, points-nowhere, excludes-nothing, unknown-excluded-table.
    """
    found: list[Problem] = []
    for name in events.sources:
        if name in {table.table for table in events.report.tables}:
            counts = dict(chain(_orders_of_time(events, CONTRACT[name]), _pointers(events, CONTRACT[name])))
            found += _above_zero(events, counts)
    return (*found, *_idle_exclusions(events))


def _rows(events: Events, table: str) -> ir.Table:
    return events.engine.backend.table(table)


def _orders_of_time(events: Events, table: Table) -> Iterator[tuple[Problem, ir.Table]]:
    rows = _rows(events, table.name)
    for earlier, later in IN_ORDER.get(table.name, ()):
        message = f"{earlier} is after {later}"
        fix = "see which of the two is wrong; a duration between them is left out"
        yield (
            Problem("times-out-of-order", table.name, message, fix),
            rows.filter(rows[earlier] > rows[later]),
        )
    if table.own_time and table.column(table.own_time).kind == "time":
        message = f"{table.own_time} is after {ARRIVED_AT}"
        fix = "nothing arrives before it happens: see which of the two is wrong"
        yield (
            Problem("after-arrival", table.name, message, fix),
            rows.filter(rows[table.own_time] > rows[ARRIVED_AT]),
        )


def _pointers(events: Events, table: Table) -> Iterator[tuple[Problem, ir.Table]]:
    """Optional ids against the keys of their table, good and bad rows alike."""
    for column in table.declared:
        target = events.sources.get(_POINTERS.get(column.name, table.name))
        if column.required or target is None or target.table is table:
            continue
        ids = _rows(events, table.name).select(id=column.name)
        keys = target.rows.select(known=target.table.key[0])
        message = f"{column.name} is not in {target.table.name}"
        fix = f"add it to {target.table.name}, or leave {column.name} NULL"
        dangling = ids.filter(ids["id"].notnull()).anti_join(keys, [("id", "known")])
        yield Problem("points-nowhere", table.name, message, fix), dangling


def _idle_exclusions(events: Events) -> list[Problem]:
    """Exclusions of rows that are not there, or of tables whose rows cannot be excluded."""
    if "exclusions" not in {table.table for table in events.report.tables if table.present}:
        return []
    rows = _rows(events, "exclusions")
    excludable = sorted(name for name, table in CONTRACT.items() if _excludable(table))
    fix = f"name one of {', '.join(excludable)}"
    counts: dict[Problem, ir.Table] = {
        Problem("unknown-excluded-table", "exclusions", "table is none whose rows can be excluded", fix): rows.filter(
            rows["table"].notin(excludable)
        )
    }
    for name, source in events.sources.items():
        if not _excludable(source.table):
            continue
        asked = rows.filter(rows["table"] == name).select(id="row_id")
        keys = source.rows.select(known=source.table.key[0])
        message = f"row_id is not in {name}"
        problem = Problem("excludes-nothing", "exclusions", message, "correct the row_id or remove the row")
        counts[problem] = asked.anti_join(keys, [("id", "known")])
    return _above_zero(events, counts)


def _excludable(table: Table) -> bool:
    """Rows that happened and have an id; products for their days on the shelf; shops, to suspend a gate for them."""
    return len(table.key) == 1 and (bool(table.own_time) or table.name in ("products", "shops"))


def _above_zero(events: Events, findings: Mapping[Problem, ir.Table]) -> list[Problem]:
    """The findings that have rows, their number before the message."""
    if not findings:
        return []
    problems = list(findings)
    parts = [
        rows.aggregate(n=ibis._.count()).select(what=ibis.literal(number), n="n")
        for number, rows in enumerate(findings.values())
    ]
    counts = events.engine.arrow(ibis.union(*parts) if len(parts) > 1 else parts[0]).to_pylist()
    told = {row["what"]: row["n"] for row in counts if row["n"]}
    return [
        Problem(problem.code, problem.where, f"in {told[number]} rows {problem.message}", problem.fix)
        for number, problem in enumerate(problems)
        if number in told
    ]
