"""Quarantine, naively: which rows of a folder keep the contract. Written from the contract's text alone."""

from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]

REQUIRED = {
    "shops": "shop_id",
    "products": "product_id shop_id",
    "listing_checks": "product_id shop_id checked_on",
    "orders": "order_id shop_id paid_at",
    "reviews": "review_id order_id shop_id created_at",
    "feedback": "feedback_id order_id shop_id created_at kind",
    "after_sales": "case_id order_id shop_id kind applied_at",
    "complaints": "complaint_id shop_id created_at",
    "sessions": "session_id shop_id buyer_id started_at",
    "messages": "session_id shop_id buyer_id sent_at sender",
    "platform_contacts": "contact_id shop_id created_at channel",
    "work_orders": "work_order_id shop_id created_at",
    "buyers": "buyer_id",
    "scenarios": "scenario",
    "agents": "agent_id shop_id",
    "quality_checks": "check_id shop_id item checked_at",
    "exclusions": "table row_id reason decided_at",
}
"""Every table a shop's scorecard reads, and `agents`, with the columns marked `!`."""

KEYS = {name: columns.split()[:1] for name, columns in REQUIRED.items()} | {
    "listing_checks": ["product_id", "checked_on"],
    "buyers": ["buyer_id", "from_at"],
    "messages": [],
    "exclusions": [],
}

POINTS_TO = {
    "shop_id": "shops", "product_id": "products", "order_id": "orders",
    "session_id": "sessions", "agent_id": "agents",
}  # fmt: skip

LISTS = {
    ("shops", "shop_type"): "flagship official_flagship exclusive enterprise individual",
    ("shops", "cooperation_mode"): "FBP SOP SOPL LBP",
    ("products", "kind"): "standard bundle lucky_bag virtual",
    ("reviews", "removal"): "malicious false other",
    ("feedback", "kind"): "false_advertising not_as_described would_not_recommend slow_shipping wrong_goods"
    " missing_goods empty_parcel lost_parcel not_to_door other",
    ("after_sales", "kind"): "refund_only return_refund exchange repair resend",
    ("after_sales", "reason_class"): "goods_quality logistics other",
    ("after_sales", "outcome"): "refunded exchanged repaired resent rejected cancelled",
    ("after_sales", "liability"): "merchant buyer both carrier none",
    ("complaints", "channel"): "platform regulator",
    ("platform_contacts", "channel"): "online hotline intervention complaint",
    ("work_orders", "closed_by"): "merchant system overdue",
    ("buyers", "risk"): "normal high malicious",
    ("scenarios", "module"): "goods shipping logistics basic_service",
    ("complaints", "about"): "shop agent",
    ("sessions", "handled_by"): "human bot",
    ("sessions", "phase"): "presale aftersale",
    ("sessions", "rating_source"): "invited voluntary",
    ("messages", "sender"): "buyer agent bot system",
    ("agents", "role"): "presale aftersale",
    ("exclusions", "reason"): "malicious_buyer fake_trade fake_review force_majeure reported_exemption"
    " appeal_upheld report_upheld other",
}

BOUNDS = {
    ("after_sales", "satisfaction"): (1, 5),
    ("sessions", "rating"): (1, 5),
    ("sessions", "survey"): (1, 3),
    ("quality_checks", "score"): (0, 10),
} | {
    ("reviews", f"{what}stars"): (1, 5) for what in ("", "goods_", "description_", "service_", "logistics_", "returns_")
}


def clean(tables: Tables) -> Tables:
    """The rows that keep the contract; identical copies of a keyed row once."""
    targets = {
        column: {row.get(column) for row in tables[target]} for column, target in POINTS_TO.items() if target in tables
    }
    return {
        name: [row for row in _without_duplicates(name, rows) if _keeps_its_columns(name, row, targets)]
        for name, rows in tables.items()
        if name in REQUIRED
    }


def _without_duplicates(name: str, rows: list[Row]) -> list[Row]:
    """Rows whose key is theirs alone, judged among all rows as given; one of several identical copies."""
    key = KEYS[name]
    if not key:
        return rows
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(column) for column in key), []).append(_without_nulls(row))
    return [group[0] for group in groups.values() if all(row == group[0] for row in group)]


def _without_nulls(row: Row) -> Row:
    return {column: value for column, value in row.items() if value is not None}


def _keeps_its_columns(name: str, row: Row, targets: dict[str, set[Any]]) -> bool:
    for column in REQUIRED[name].split():
        if row.get(column) is None:
            return False
        points_away = POINTS_TO.get(column, name) != name
        if points_away and column in targets and row[column] not in targets[column]:
            return False
    return all(_possible(name, column, value) for column, value in row.items() if value is not None)


def _possible(name: str, column: str, value: Any) -> bool:
    if column.endswith(("_at", "_on")):
        return 1990 <= value.year < 2100
    if (name, column) in LISTS:
        return value in LISTS[name, column].split()
    if (name, column) in BOUNDS:
        low, high = BOUNDS[name, column]
        return isinstance(value, int | float) and low <= value <= high
    return True
