"""Versions: on which days what is known of a thing changed, so that many days can be counted in one pass.

A root is a set of base rows that decide one another's facts (`facts.kin`). Between two changes of a root its facts stay
as they are; each stretch is a version, known by the first day it holds for and the first day it is over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from steelyard.engines import Engine
from steelyard.events.contract import ARRIVED_AT, CONTRACT
from steelyard.facts import HAPPENS, Past
from steelyard.facts.kin import Kin
from steelyard.windows import days_after, midnight

STRETCH = 1024
"""A range has fewer days than this."""

TAKEN, REPLACED = "taken_at", "replaced_at"
"""Columns of rows that come with their history: since when a row was there, and since when another is in its place."""

ROOT = "root__"
"""Begins the columns that name a root."""


@dataclass(frozen=True)
class Span:
    """The days of scores `first` … `last`, both included."""

    first: date
    last: date
    begun: bool = False
    """Whether the first day is done already, and only what changes after it is wanted."""


@dataclass(frozen=True)
class Rooted:
    """Base rows with their roots: `rows` has the base's columns and `roots`."""

    rows: ir.Table
    roots: tuple[str, ...]


def rooted(engine: Engine, past: Past, kin: Kin, across: Sequence[str], under: str) -> Rooted:
    """The rows of the base, each with its root; stores what it needs under names that begin with `under`."""
    base = past.table(kin.base)
    if not across:
        roots = tuple(f"{ROOT}{column}" for column in kin.unit)
        return Rooted(base.mutate(**{root: base[unit] for root, unit in zip(roots, kin.unit, strict=True)}), roots)
    if kin.unit == CONTRACT[kin.base].key:
        return _by_columns(base, kin, across)
    (unit,) = kin.unit
    labels = _labels(engine, base, unit, across, under).rename(labelled=unit)
    rows = base.inner_join(labels, base[unit] == labels.labelled).drop("labelled")
    return Rooted(rows.rename({f"{ROOT}label": "label"}), (f"{ROOT}label",))


def _by_columns(base: ir.Table, kin: Kin, across: Sequence[str]) -> Rooted:
    """Rows equal in `across` are one root; a row that lacks any of them is one by itself.

    Such rows have the unit in the last column, others a constant; two roots that come to the same name are one larger.
    """
    (unit,) = kin.unit
    known = ibis.and_(*(base[column].notnull() for column in across))
    constant = ibis.literal(0 if base[unit].type().is_integer() else "", base[unit].type())
    columns: dict[str, ir.Value] = {
        f"{ROOT}{column}": ibis.coalesce(base[column], ibis.literal(0 if base[column].type().is_integer() else ""))
        for column in across
    }
    columns[f"{ROOT}alone"] = known.ifelse(constant, base[unit])
    return Rooted(base.mutate(**columns), tuple(columns))


def _labels(engine: Engine, base: ir.Table, unit: str, across: Sequence[str], under: str) -> ir.Table:
    """One row per unit: `label`, the least unit among all that are equal in `across`, directly or through others."""
    pairs = engine.store(f"{under}pairs", base.select(unit, *across).distinct())
    known = pairs.filter(*(pairs[column].notnull() for column in across))
    labels = engine.store(f"{under}labels0", pairs.group_by(unit).agg(label=pairs[unit].min()))
    repeated = known.group_by(unit).agg(n=known.count()).filter(lambda t: t.n > 1)
    single = nothing(engine, repeated)
    for turn in range(1, 1000):
        joined = known.inner_join(labels.rename(of_unit=unit), known[unit] == labels[unit])
        least = joined.group_by(*across).agg(least=joined.label.min())
        met = known.inner_join(least, list(across)).group_by(unit).agg(met=lambda t: t.least.min())
        both = labels.left_join(met.rename(met_unit=unit), labels[unit] == met[unit])
        spread = both.select(unit, before=both.label, label=ibis.least(both.label, both.met.fill_null(both.label)))
        labels = engine.store(f"{under}labels{turn % 2 + 1}", spread)
        if single:
            break
        if nothing(engine, labels.filter(labels.before != labels.label)):
            break
        labels = labels.drop("before")
    return labels.select(unit, "label")


def nothing(engine: Engine, rows: ir.Table) -> bool:
    """Whether there are no rows."""
    return bool(engine.arrow(rows.aggregate(nothing=rows.count() == 0)).column(0)[0].as_py())


def known_at(past: Past, table: ir.Table, name: str) -> ir.TimestampValue:
    """When a row came to be known: the later of its own time and its arrival.

    Where the knowledge of one day counts, own times alone; NULL for rows that had not arrived by then.
    """
    own, arrived = table[CONTRACT[name].own_time].cast("timestamp"), table[ARRIVED_AT]
    if past.known_on is None:
        taken = [table[TAKEN]] if TAKEN in table.columns else []
        return ibis.greatest(own, ibis.coalesce(arrived, own), *taken)
    known = arrived.isnull() | (arrived < ibis.literal(midnight(past.known_on)))
    return known.ifelse(own, ibis.null("timestamp"))


def times(past: Past, table: ir.Table, name: str, used: Collection[str] | None = None) -> list[ir.TimestampValue]:
    """The times at which what is known of a row changes; of those that come later, `used` ones only.

    Where the knowledge of one day counts decisions change nothing from day to day, and arrivals no more than the order.
    """
    replaced = [table[REPLACED]] if REPLACED in table.columns else []
    if name == "exclusions":
        return [] if past.known_on is not None else [known_at(past, table, name), table.revoked_at, *replaced]
    later = [column for column in HAPPENS.get(name, ()) if used is None or column in used]
    if past.known_on is not None:
        later = [ARRIVED_AT, *(column for column in later if column != "removed_at")]
    return [known_at(past, table, name), *(table[column] for column in later), *replaced]


def not_replaced(rows: ir.Table) -> ir.Table:
    """`rows` without those that have another in their place by their `now`."""
    if REPLACED not in rows.columns:
        return rows
    return rows.filter(rows[REPLACED].isnull() | (rows[REPLACED] >= rows.now))


def changed(at: Sequence[ir.TimestampValue], span: Span) -> ir.BooleanValue:
    """Whether any of the times changes a day of the span after its first."""
    first, last = ibis.literal(midnight(span.first)), ibis.literal(midnight(span.last))
    return ibis.or_(*(((moment >= first) & (moment < last)).fill_null(False) for moment in at))


def change_days(rows: ir.Table, roots: Sequence[str], at: Sequence[ir.TimestampValue], span: Span) -> ir.Table:
    """`roots` and `since`, days after `span.first`, for every one of the times that changes a day of the span."""
    parts = []
    for moment in at:
        found = rows.select(*roots, since=days_after(span.first, moment) + 1)
        parts.append(found.filter(found.since > 0, found.since <= (span.last - span.first).days))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def versions(changes: ir.Table, standing: ir.Table, roots: Sequence[str], span: Span) -> ir.Table:
    """One row per version: the roots, `version` (see `stretch`) and `now`, the midnight it begins to hold for.

    `standing` are the roots known on the first day already.
    """
    begun = standing.select(*roots, since=ibis.literal(0, "int64"))
    all_days = begun.union(changes.select(*roots, since=changes.since.cast("int64")), distinct=True)
    in_order = ibis.window(group_by=list(roots), order_by="since")
    rows = all_days.mutate(until=all_days.since.lead(1).over(in_order).fill_null(0))
    now = ibis.literal(midnight(span.first)) + rows.since.as_interval("D")
    return rows.select(*roots, version=rows.since * STRETCH + rows.until, now=now)


def stretch(version: ir.IntegerValue) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """The days after the first on which a version begins to hold and is over; 0 for the latter: it never is."""
    until = version % STRETCH
    return ((version - until) / STRETCH).round().cast("int64"), until
