"""Which rows are out and why, for tables where something is wrong.

The rows that are out are tables on the engine, named `_out_<table>`: `_file`, `_row` (from 0), `row_id`,
`fault` (a number into the table's list of faults; -1 is a further identical copy) and `value`. There may be
millions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from steelyard.engines import FILE, ROW
from steelyard.events.contract import Table
from steelyard.events.evidence import Findings, dangling
from steelyard.events.faults import DIFFERS, UNKNOWN, Fault, key_fault, said
from steelyard.events.source import Source

COPY = -1
"""Stands for a fault where a row is an identical copy of an earlier one."""

_COPY = "_copy"


@dataclass(frozen=True)
class Out:
    """The rows of one table that are out, and what the numbers of their faults mean."""

    source: Source
    faults: tuple[Fault, ...]
    rows: ir.Table
    pointing: tuple[int, ...] = ()
    """The numbers of the faults that are a reference to no row."""

    @property
    def good(self) -> ir.Table:
        """The rows that are not out, in the contract's columns."""
        rows = self.source.placed_rows
        kept = rows.anti_join(self.rows, [FILE, ROW][self.source.one_file :])
        return kept.select(*(column.name for column in self.source.table.columns))

    @property
    def dangling(self) -> ir.Table:
        """The rows that are out for no more than a reference to no row, in the contract's columns."""
        theirs = self.rows.filter(self.rows.fault.isin(self.pointing or (len(self.faults),)))
        rows = self.source.placed_rows.semi_join(theirs, [FILE, ROW][self.source.one_file :])
        return rows.select(*(column.name for column in self.source.table.columns))

    @property
    def quarantine(self) -> ir.Table:
        """One line per quarantined row, in the columns of `Events.quarantine`."""
        rows = self.rows.filter(self.rows.fault != COPY)
        folder = str(self.source.files[0].path).removesuffix(self.source.files[0].label)
        value = rows.value.isnull().ifelse("", ibis.literal(" '") + rows.value + "'")
        return rows.select(
            table=ibis.literal(self.source.table.name),
            file=rows[FILE].replace(folder, ""),
            row=rows[ROW] + 1,
            row_id=rows.row_id,
            reason=self._word(rows, [fault.code for fault in self.faults]),
            column=self._word(rows, [fault.column for fault in self.faults]),
            value=rows.value,
            message=self._word(rows, [fault.before for fault in self.faults])
            + value
            + self._word(rows, [f" {fault.after}" for fault in self.faults]),
            fix=self._word(rows, [fault.fix for fault in self.faults]),
        )

    @staticmethod
    def _word(rows: ir.Table, words: list[str]) -> ir.StringValue:
        return ibis.cases(*((rows.fault == number, word) for number, word in enumerate(words)))


def sort_out(source: Source, findings: Findings, targets: Mapping[str, Source]) -> Out:
    """Find and keep the rows that are out, each with its first fault."""
    faults = list(findings.values)
    rows = source.placed_rows
    if findings.repeated:
        rows = _mark_repeated(source, rows)
        faults.append(key_fault(source.table))
    for column, fault in findings.dangling.items():
        rows = _mark_dangling(source, rows, column, targets[column])
        faults.append(fault)
    outcomes = [(fault.holds(rows), number, said(rows, fault.column)) for number, fault in enumerate(faults)]
    if findings.repeated:
        outcomes.append((rows[_COPY] > 0, COPY, ibis.null("string")))
    found = rows.select(
        FILE,
        ROW,
        row_id=_row_id(rows, source.table),
        fault=ibis.cases(*((holds, number) for holds, number, _ in outcomes)).cast("int64"),
        value=ibis.cases(*((holds, value) for holds, _, value in outcomes)),
    )
    kept = source.engine.store(f"_out_{source.table.name}", found.filter(found.fault.notnull()))
    pointing = range(len(faults) - len(findings.dangling), len(faults))
    return Out(source, tuple(faults), kept, tuple(pointing))


def _row_id(rows: ir.Table, table: Table) -> ir.StringValue:
    """The key as text, its columns joined by a slash; NULL in tables without key."""
    if not table.key:
        return ibis.null("string")
    parts = [said(rows, name) for name in table.key]
    if len(parts) == 1:
        return parts[0]
    return ibis.literal("/").join([part.fill_null("") for part in parts])


def _mark_repeated(source: Source, rows: ir.Table) -> ir.Table:
    """`rows` with `_differs` set where rows of one key differ; `_copy` counts further identical copies."""
    table, key = source.table, source.table.key
    counted = source.rows.group_by(*key).aggregate(copies=ibis._.count())
    several = counted.filter(counted["copies"] > 1).select(*key)
    repeated = source.engine.store(f"_repeated_{table.name}", several)
    columns = [column.name for column in table.columns]
    told = rows.select(FILE, ROW, *columns)
    members = told.semi_join(repeated, _same(table, told, repeated))
    variants = members.select(*columns).distinct().group_by(*key).aggregate(variants=ibis._.count())
    window = ibis.window(group_by=list(key), order_by=[FILE, ROW])
    numbered = members.select(FILE, ROW, *key, number=ibis.row_number().over(window))
    judged = numbered.inner_join(variants, _same(table, numbered, variants)).select(
        at_file=numbered[FILE],
        at_row=numbered[ROW],
        **{
            DIFFERS: (variants["variants"] > 1).ifelse(True, ibis.null("boolean")),
            _COPY: (variants["variants"] == 1).ifelse(numbered["number"], 0),
        },
    )
    places = source.engine.store(f"_places_{table.name}", judged)
    joined = rows.left_join(places, [(FILE, "at_file"), (ROW, "at_row")][source.one_file :])
    return joined.select(*rows.columns, DIFFERS, _COPY)


def _same(table: Table, left: ir.Table, right: ir.Table) -> list[ir.BooleanValue]:
    """Equal keys; a NULL in an optional part of a key equals a NULL."""
    return [
        left[name] == right[name] if table.column(name).required else left[name].identical_to(right[name])
        for name in table.key
    ]


def _mark_dangling(source: Source, rows: ir.Table, column: str, target: Source) -> ir.Table:
    """`rows` with `_unknown_<column>` set where `column` points at no row of `target`."""
    ids = dangling(source, column, target).distinct()
    name = f"_unknown_{source.table.name}_{column}"
    unknown = source.engine.store(name, ids.select(**{UNKNOWN + column: ids["id"]}))
    joined = rows.left_join(unknown, rows[column] == unknown[UNKNOWN + column])
    return joined.select(*rows.columns, UNKNOWN + column)
