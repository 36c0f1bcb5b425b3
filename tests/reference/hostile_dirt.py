"""Rows that break the contract, put into a marketplace that kept it."""

from datetime import datetime
from typing import Any

from .hostile_rows import Maker
from .naive_check import BOUNDS, KEYS, LISTS, POINTS_TO, REQUIRED, Row, Tables

IMPOSSIBLE = ("1970-01-01", "1989-12-31T23:59:59.999999", "2100-01-01", "2262-04-01")
POSSIBLE = ("1990-01-01", "2099-12-31T23:59:59.999999")


def spoil(maker: Maker, tables: Tables) -> None:
    """Breaks a few rows of a few tables, each in one of the ways a row can be broken."""
    names = [name for name in sorted(tables) if tables[name] and name != "shops"]
    for _ in range(maker.draws.randint(1, 14)):
        # a spoilt shop empties the result, so only now and then
        name = "shops" if maker.chance(0.05) else maker.draws.choice(names)
        rows = tables[name]
        place = maker.draws.randrange(len(rows))
        spoilt = maker.draws.choice(WAYS)(maker, name, dict(rows[place]))
        if maker.chance(0.5):
            rows[place] = spoilt
        elif len(KEYS[name]) == 1 and name != "scenarios" and maker.chance(0.5):
            rows.append(spoilt | {KEYS[name][0]: maker.fresh_id(name)})
        else:
            rows.append(spoilt)


def copied(_maker: Maker, _name: str, row: Row) -> Row:
    return row


def altered(maker: Maker, name: str, row: Row) -> Row:
    """The same key with another value in a column outside it."""
    columns = [column for column in row if column not in KEYS[name]]
    column = maker.draws.choice(sorted(columns))
    return row | {column: _other(maker, name, column, row[column])}


def _other(maker: Maker, name: str, column: str, value: Any) -> Any:
    if (name, column) in LISTS:
        return maker.draws.choice(LISTS[name, column].split())
    if column.endswith("_at"):
        return maker.instant()
    return None if column not in REQUIRED[name].split() else value


def dangling(maker: Maker, name: str, row: Row) -> Row:
    columns = [column for column in REQUIRED[name].split() if POINTS_TO.get(column, name) != name]
    return row | {column: maker.fresh_id("nowhere") for column in maker.draws.sample(columns, min(1, len(columns)))}


def emptied(maker: Maker, name: str, row: Row) -> Row:
    return row | {maker.draws.choice(REQUIRED[name].split()): None}


def misvalued(maker: Maker, name: str, row: Row) -> Row:
    listed = [column for column in row if (name, column) in LISTS]
    bounded = [column for column in row if (name, column) in BOUNDS]
    if bounded:
        return row | {maker.draws.choice(bounded): maker.draws.choice((0, 6, -1, 55))}
    return row | dict.fromkeys(listed[:1], "Refunded ")


def mistimed(maker: Maker, _name: str, row: Row) -> Row:
    """An impossible time, or the first or last possible one."""
    times = [column for column in row if column.endswith("_at")] or ["arrived_at"]
    at = datetime.fromisoformat(maker.draws.choice(POSSIBLE if maker.chance(0.5) else IMPOSSIBLE))
    dates = {column: at.date() for column in row if column.endswith("_on") and maker.chance(0.5)}
    return row | (dates or {maker.draws.choice(times): at})


WAYS = (copied, altered, dangling, dangling, emptied, misvalued, mistimed)
