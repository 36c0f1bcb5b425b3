"""What a span touches: the few rows that a change within it can concern, found before anything is worked out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from steelyard.counting.versions import REPLACED, TAKEN, Span, changed, nothing, times
from steelyard.engines import Engine
from steelyard.events.contract import CONTRACT
from steelyard.facts import Past
from steelyard.facts.kin import Kin

MOST_ROUNDS = 1000
"""After so many rounds all that hangs together is taken to have been found."""


@dataclass(frozen=True)
class Ground:
    """A fact's tables: its base and what hangs on it, over one span."""

    engine: Engine
    past: Past
    kin: Kin
    across: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    span: Span

    @property
    def base(self) -> ir.Table:
        """The rows the fact is made of."""
        return self.past.table(self.kin.base)

    @property
    def linked(self) -> list[str]:
        """The tables that hang on the base."""
        return list(dict.fromkeys(name for name, _ in self.links))

    def adrift(self, name: str, column: str) -> bool:
        """Whether rows of a linked table that name no base row hang on all that are equal in `across`."""
        return bool(self.across) and self.kin.base == "orders" and name == "sessions" and column == "order_id"


def excludable(ground: Ground) -> Iterator[tuple[str, str, str]]:
    """(table, column, of): exclusions of `of` concern rows of `table` by what stands in `column`."""
    if "exclusions" not in ground.past.present:
        return
    for name in (ground.kin.base, *ground.linked):
        key, columns = CONTRACT[name].key, [column.name for column in CONTRACT[name].columns]
        if len(key) == 1:
            yield name, key[0], name
        if "order_id" in columns and "orders" not in (name, ground.kin.base):
            yield name, "order_id", "orders"
        if name == "listing_checks":
            yield name, "product_id", "products"


def touched(ground: Ground) -> Past:
    """Small tables in place of those the fact is made of: all rows of every root that changes within the span."""
    engine, kin, under = ground.engine, ground.kin, f"touched_{ground.kin.base}"
    units = engine.store(f"{under}_units", _changed_units(ground, under).distinct())
    if ground.across:
        units = _closed(ground, units, under)
    own = _told(ground, kin.base, _rows(ground, kin.base).semi_join(units, list(kin.unit)))
    small = {kin.base: engine.store(f"{under}_rows", own)}
    for name in ground.linked:
        small[name] = engine.store(f"{under}_{name}", _hanging(ground, name, small[kin.base]))
    if "exclusions" in ground.past.present:
        small["exclusions"] = engine.store(f"{under}_exclusions", _naming(ground, small))
    names = {name: f"{under}_{name}" for name in small} | {kin.base: f"{under}_rows"}
    copies = {name: ibis.table(ground.past.table(name).schema(), name=names[name]) for name in small}
    return replace(ground.past, copies={**ground.past.copies, **copies}, histories={})


def _rows(ground: Ground, name: str) -> ir.Table:
    """The rows of a table; where they have a history, without what it says of those that are gone."""
    history = ground.past.histories.get(name)
    return ground.past.table(name) if history is None else history.rows


def _told(ground: Ground, name: str, rows: ir.Table) -> ir.Table:
    """A few of `_rows`, with what their history says."""
    history = ground.past.histories.get(name)
    if history is None:
        return rows
    if history.gone is None:
        return rows.mutate(**{REPLACED: ibis.null("timestamp")})
    gone = history.gone.rename({f"gone_{c}": c for c in (*history.identity, TAKEN)})
    same = [rows[c].identical_to(gone[f"gone_{c}"]) for c in (*history.identity, TAKEN)]
    return rows.left_join(gone, same).select(*rows.columns, REPLACED)


def _new(ground: Ground, name: str, *columns: str) -> ir.Table:
    """The `columns` of the rows of a table of which something changes within the span."""
    history = ground.past.histories.get(name)
    table = ground.past.table(name) if history is None else history.fresh
    rows = table.filter(changed(times(ground.past, table, name), ground.span)).select(*columns)
    if history is None or history.gone is None:
        return rows
    gone = history.gone.filter(changed([history.gone[REPLACED]], ground.span))
    if set(columns) <= set(history.identity):
        return rows.union(gone.select(*columns))
    same = [history.rows[c].identical_to(gone[c]) for c in (*history.identity, TAKEN)]
    return rows.union(history.rows.semi_join(gone, same).select(*columns))


def _changed_units(ground: Ground, under: str) -> ir.Table:
    kin = ground.kin
    units = [_new(ground, kin.base, *kin.unit)]
    for name, column in ground.links:
        wanted = dict.fromkeys((column, *(ground.across if ground.adrift(name, column) else ())))
        rows = ground.engine.store(f"{under}_new_{name}", _new(ground, name, *wanted))
        units.append(_pointed(ground, rows, column))
        if ground.adrift(name, column):
            near = rows.filter(rows[column].isnull())
            units.append(_rows(ground, kin.base).semi_join(near, list(ground.across)).select(*kin.unit))
    decided: ir.Table | None = None
    for name, column, of in excludable(ground):
        if decided is None:
            decided = ground.engine.store(f"{under}_decided", _new(ground, "exclusions", "table", "row_id"))
        its = decided.filter(decided.table == of)
        table = _rows(ground, name)
        rows = table.semi_join(its, table[column] == its.row_id)
        if name == kin.base:
            units.append(rows.select(*kin.unit))
            continue
        link = next(column for table, column in ground.links if table == name)
        units.append(_pointed(ground, rows, link))
        if ground.adrift(name, link):
            near = rows.filter(rows[link].isnull())
            units.append(_rows(ground, kin.base).semi_join(near, list(ground.across)).select(*kin.unit))
    return ibis.union(*units) if len(units) > 1 else units[0]


def _pointed(ground: Ground, rows: ir.Table, column: str) -> ir.Table:
    """The units of the base rows with what stands in `column` of `rows`."""
    if (column,) == ground.kin.unit:
        return rows.filter(rows[column].notnull()).select(column)
    base = _rows(ground, ground.kin.base)
    return base.semi_join(rows.filter(rows[column].notnull()), column).select(*ground.kin.unit)


def _closed(ground: Ground, units: ir.Table, under: str) -> ir.Table:
    """The units, and all that hang together with them by being equal in the columns looked across."""
    base, unit, across = _rows(ground, ground.kin.base), list(ground.kin.unit), list(ground.across)
    known = base.select(*unit, *across).filter(*(base[column].notnull() for column in across))
    for turn in range(MOST_ROUNDS):
        pairs = known.semi_join(units, unit).select(*across)
        reached = known.semi_join(pairs, across).select(*unit)
        wider = ground.engine.store(f"{under}_closed{turn % 2}", units.union(reached, distinct=True))
        if nothing(ground.engine, wider.anti_join(units, unit)):
            return wider
        units = wider
    return units


def _hanging(ground: Ground, name: str, base: ir.Table) -> ir.Table:
    table = _rows(ground, name)
    parts = []
    for column in [column for linked, column in ground.links if linked == name]:
        parts.append(table.semi_join(base, column))
        if ground.adrift(name, column):
            parts.append(table.filter(table[column].isnull()).semi_join(base, list(ground.across)))
    return _told(ground, name, ibis.union(*parts) if len(parts) > 1 else parts[0])


def _naming(ground: Ground, small: dict[str, ir.Table]) -> ir.Table:
    """The exclusions that name any of the rows."""
    table = _rows(ground, "exclusions")
    parts = []
    for name, column, of in excludable(ground):
        rows = small[name].select(named=column).distinct()
        its = table.filter(table.table == of)
        parts.append(its.semi_join(rows, its.row_id == rows.named))
    if not parts:
        return _told(ground, "exclusions", table.filter(ibis.literal(False)))
    return _told(ground, "exclusions", ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0])
