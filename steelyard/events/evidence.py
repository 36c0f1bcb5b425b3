"""Whether anything is wrong with a table, as cheaply as that can be told: counts, never rows.

Footers have ruled out most faults before. What is left is counted in one query per table, which reads only
the columns in doubt. Where ids are whole numbers lying close together, keys are proven unique by their bits
and references by their ends, without a hash table of all keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from steelyard.engines import Engine
from steelyard.events.faults import Fault, reference_fault, value_faults
from steelyard.events.source import Source

SPREAD = 8
"""Whole-number keys lie close together where their range is at most that many times their number."""

_WORD = 5
"""Keys are taken 32 at a time (2**5), so that a sum of their bits stays within 64 bits."""


@dataclass(frozen=True)
class Findings:
    """What is wrong with a table: value faults, whether a key occurs twice, references that dangle."""

    values: tuple[Fault, ...]
    repeated: bool
    dangling: Mapping[str, Fault]

    @property
    def clean(self) -> bool:
        """Whether every row is good and stands there once."""
        return not (self.values or self.repeated or self.dangling)


def gather(source: Source, targets: Mapping[str, Source], dense: Mapping[str, range]) -> Findings:
    """What is wrong with `source`.

    `targets` are the tables its required columns point into, by column; `dense` gives the tables whose keys
    are known to be exactly the numbers of a range.
    """
    faults = list(value_faults(source))
    doubtful = {column: target for column, target in targets.items() if not _points_into(source, column, dense, target)}
    if not source.row_count:
        return Findings((), repeated=False, dangling={})
    rows = source.rows
    counts: dict[str, ir.Table] = {
        f"value {number}": rows.filter(fault.holds(rows)).aggregate(n=ibis._.count())
        for number, fault in enumerate(faults)
    }
    if source.table.key:
        counts["key"] = _repeated(source, rows)
    for column, target in doubtful.items():
        counts[f"reference {column}"] = dangling(source, column, target).aggregate(n=ibis._.count())
    found = _above_zero(source.engine, counts)
    return Findings(
        tuple(fault for number, fault in enumerate(faults) if f"value {number}" in found),
        repeated="key" in found,
        dangling={
            column: reference_fault(column, target.table.name)
            for column, target in doubtful.items()
            if f"reference {column}" in found
        },
    )


def dangling(source: Source, column: str, target: Source) -> ir.Table:
    """One column `id`: what `column` says where it points at no row of `target`."""
    ids = source.rows.select(id=column)
    known = target.rows.select(known=target.table.key[0])
    return ids.filter(ids["id"].notnull()).anti_join(known.filter(known["known"].notnull()), [("id", "known")])


def dense_keys(source: Source) -> range | None:
    """The range whose numbers are exactly the keys of `source`, given that its keys are unique."""
    extent = source.extent(source.table.key[0])
    if not _whole(source) or extent.nulls != 0 or not extent.known or extent.low is None:
        return None
    # not `len(range)`: it holds no more than 63 bits
    return range(extent.low, extent.high + 1) if extent.high - extent.low + 1 == source.row_count else None


def _above_zero(engine: Engine, counts: Mapping[str, ir.Table]) -> set[str]:
    if not counts:
        return set()
    parts = [count.select(what=ibis.literal(what), n=count.n.cast("int64")) for what, count in counts.items()]
    rows: Sequence[dict[str, int]] = engine.arrow(ibis.union(*parts) if len(parts) > 1 else parts[0]).to_pylist()
    return {str(row["what"]) for row in rows if row["n"]}


def _repeated(source: Source, rows: ir.Table) -> ir.Table:
    """One row: `n` above zero if and only if a whole key occurs more than once."""
    *others, last = source.table.key
    number = _close_number(source, rows, last)
    if number is None and others:
        return rows.select(*source.table.key).distinct().aggregate(n=source.row_count - ibis._.count())
    if number is None:
        return rows.aggregate(n=rows[last].count() - rows[last].nunique())
    bit = ibis.literal(1, "int64") << (number & ((1 << _WORD) - 1))
    words = rows.group_by(*others, word=number >> _WORD).aggregate(total=bit.sum().cast("int64"), union=bit.bit_or())
    return words.filter(words["total"] != words["union"]).aggregate(n=ibis._.count())


def _close_number(source: Source, rows: ir.Table, name: str) -> ir.IntegerValue | None:
    """A key's last part as whole numbers lying close together, where it has them and the engine knows bits."""
    if not source.engine.backend.has_operation(ops.BitOr):
        return None
    if source.table.column(name).kind == "date":
        return rows[name].delta(ibis.date(1970, 1, 1), unit="day").cast("int64")
    return rows[name] if name == source.table.key[0] and _close_together(source) else None


def _close_together(source: Source) -> bool:
    extent = source.extent(source.table.key[0])
    known = _whole(source) and extent.known and extent.low is not None
    return known and bool(extent.high - extent.low <= SPREAD * source.row_count)


def _whole(source: Source) -> bool:
    """Whether the key is read as whole numbers and stands so in the files."""
    name = source.table.key[0]
    return source.table.column(name).kind == "id" and source.id_type == "int64" and name not in source.parsed


def _points_into(source: Source, column: str, dense: Mapping[str, range], target: Source) -> bool:
    extent = source.extent(column)
    keys = dense.get(target.table.name)
    if keys is None or not extent.known or column in source.parsed:
        return False
    return extent.low is None or (extent.low in keys and extent.high in keys)
