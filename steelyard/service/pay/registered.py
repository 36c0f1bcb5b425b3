"""The register's records beside the events: each claim with its order, its evidence, and what hangs on the order."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from steelyard.events.check import Events
from steelyard.facts import Past
from steelyard.service.pay.metrics import Id
from steelyard.service.pay.reading import fetch
from steelyard.service.pay.register import Entered, Fault, Record


def records_on(events: Events, day: date, entered: Mapping[str, Sequence[Entered]]) -> list[Record]:
    """As `records`, of the events as known on `day`."""
    return records(events, Past(day, events.id_type, events.present, known_on=day, copies=events.copies), entered)


def records(events: Events, past: Past, entered: Mapping[str, Sequence[Entered]]) -> list[Record]:
    """One record per claimed order, by the order's id as text."""
    if not entered:
        return []
    orders = _found(events, past, ("orders", "order_id"), list(entered))
    named = {each.claim.session_id for those in entered.values() for each in those if each.claim.session_id}
    sessions = _found(events, past, ("sessions", "session_id"), sorted(named))
    agents = {str(row["agent_id"]) for row in fetch(events, past.table("agents").select("agent_id"))}
    cases, complaints = (_hanging(events, past, name, list(entered)) for name in ("after_sales", "complaints"))
    return [
        Record(
            order,
            orders[order]["order_id"] if order in orders else None,
            tuple(those),
            tuple(fault for each in those for fault in _faults(each, orders.get(order), sessions, agents)),
            tuple(cases.get(order, ())),
            tuple(complaints.get(order, ())),
        )
        for order, those in entered.items()
    ]


def _faults(
    entered: Entered, order: Mapping[str, Any] | None, sessions: Mapping[str, Mapping[str, Any]], agents: set[str]
) -> list[tuple[str, Fault]]:
    claim = entered.claim
    found: list[Fault] = []
    if order is None:
        found.append("no_order")
    if claim.agent_id not in agents:
        found.append("no_agent")
    session = sessions.get(claim.session_id or "")
    if claim.session_id and session is None:
        found.append("no_session")
    if session and order and any(session[key] != order[key] for key in ("shop_id", "buyer_id")):
        found.append("other_buyer")
    return [(claim.claim_id, fault) for fault in found]


def _found(events: Events, past: Past, where: tuple[str, str], ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Known rows by their id as text."""
    if not ids:
        return {}
    table, key = where
    rows = past.rows(table)
    rows = rows.filter(rows[key].cast("string").isin(ids)).select(key, "shop_id", "buyer_id")
    return {str(row[key]): row for row in fetch(events, rows)}


def _hanging(events: Events, past: Past, table: str, orders: Sequence[str]) -> dict[str, list[Id]]:
    """Ids of the rows that hang on these orders, by order."""
    key = "case_id" if table == "after_sales" else "complaint_id"
    rows = past.rows(table)
    rows = rows.filter(rows.order_id.cast("string").isin(list(orders))).select("order_id", key).order_by(key)
    found: dict[str, list[Id]] = {}
    for row in fetch(events, rows):
        found.setdefault(str(row["order_id"]), []).append(row[key])
    return found
