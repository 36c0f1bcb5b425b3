"""What can be wrong with one row: the conditions, their codes and their words.

A row is quarantined once, with its first reason: value faults column by column in the contract's order (a
missing value, one that does not parse, an impossible time, a value outside its list), then a key it shares
with a row that differs, then ids that point nowhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from steelyard.events.contract import Column, Table
from steelyard.events.source import AS_TEXT, Source

FIRST_YEAR = 1990
END_YEAR = 2100
"""Times and dates lie in [1990-01-01, 2100-01-01): year 1, 1970 and 9999 are sentinels, not times."""

DIFFERS = "_differs"
"""Column that is set where a row's key belongs to rows that differ."""

UNKNOWN = "_unknown_"
"""Prefix of columns that are set where a reference points nowhere."""

_KINDS = {"time": "a time", "date": "a date", "integer": "a whole number", "number": "a number",
          "flag": "true or false", "id": "an id"}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One way a row can be wrong: `holds` says where; a message is `before`, the value quoted, `after`."""

    code: str
    column: str
    holds: Callable[[ir.Table], ir.BooleanValue]
    before: str
    after: str
    fix: str


def value_faults(source: Source) -> Iterator[Fault]:
    """The value faults of a table that its footers and types do not rule out, in order."""
    for column in source.table.columns:
        extent = source.extent(column.name)
        if column.required and extent.nulls != 0:
            yield _missing(column, parsed=column.name in source.parsed)
        if extent.nulls == source.row_count:
            continue
        if column.name in source.parsed:
            yield _unparsable(column)
        within = extent.known and column.name not in source.parsed and extent.low is not None
        if column.kind in ("time", "date") and not (within and _possible(extent.low) and _possible(extent.high)):
            yield _impossible(column)
        if column.values:
            yield _unlisted(column)
        if column.bounds and not (within and column.bounds[0] <= extent.low and extent.high <= column.bounds[1]):
            yield _unbounded(column, *column.bounds)


def key_fault(table: Table) -> Fault:
    """Rows of one key that differ: which one is meant cannot be told, so all of them are out."""
    name = table.key[0]
    after = "stands in several rows that differ"
    return Fault("duplicate-key", name, lambda rows: rows[DIFFERS].notnull(), name, after, "keep the right row")


def reference_fault(column: str, target: str) -> Fault:
    """An id that must point at a row of `target` and does not."""
    one = target.removesuffix("s")
    fix = f"add it to {target} or correct the id"
    return Fault(
        f"unknown-{one}",
        column,
        lambda rows: rows[UNKNOWN + column].notnull(),
        one,
        f"is not in {target}",
        fix,
    )


def said(rows: ir.Table, column: str) -> ir.StringValue:
    """What `column` says, as text: as it stands in the file where it was parsed."""
    return rows[AS_TEXT + column] if AS_TEXT + column in rows.columns else rows[column].cast("string")


def _missing(column: Column, *, parsed: bool) -> Fault:
    name = (AS_TEXT if parsed else "") + column.name
    return Fault("missing-value", column.name, lambda rows: rows[name].isnull(), column.name, "is NULL", "fill it in")


def _unparsable(column: Column) -> Fault:
    def holds(rows: ir.Table) -> ir.BooleanValue:
        return rows[AS_TEXT + column.name].notnull() & rows[column.name].isnull()

    fix = f"write {column.name} as {_KINDS[column.kind]}" + (" or leave it NULL" if not column.required else "")
    return Fault("unparsable-value", column.name, holds, column.name, f"is not {_KINDS[column.kind]}", fix)


def _impossible(column: Column) -> Fault:
    def holds(rows: ir.Table) -> ir.BooleanValue:
        instant = date if column.kind == "date" else datetime
        first, end = (ibis.literal(instant(year, 1, 1), column.dtype("int64")) for year in (FIRST_YEAR, END_YEAR))
        return (rows[column.name] < first) | (rows[column.name] >= end)

    fix = "correct it" if column.required else "correct it or leave it NULL"
    after = f"lies outside {FIRST_YEAR}-01-01..{END_YEAR - 1}-12-31"
    return Fault("impossible-time", column.name, holds, column.name, after, fix)


def _unlisted(column: Column) -> Fault:
    after = f"is not one of {', '.join(column.values)}"
    return Fault(
        "value-not-in-list",
        column.name,
        lambda rows: rows[column.name].notin(column.values),
        column.name,
        after,
        "use one of them" if column.required else "use one of them or leave it NULL",
    )


def _unbounded(column: Column, low: int, high: int) -> Fault:
    def holds(rows: ir.Table) -> ir.BooleanValue:
        value = rows[column.name]
        outside = (value < low) | (value > high)
        return value.isnan() | outside if column.kind == "number" else outside

    fix = "correct it" if column.required else "correct it or leave it NULL"
    return Fault("value-not-in-list", column.name, holds, column.name, f"is not in {low}..{high}", fix)


def _possible(instant: date) -> bool:
    return FIRST_YEAR <= instant.year < END_YEAR
