"""The events once per version: what each version knows, under ids of its own, so that facts need know of no versions.

An id of a copy is code × 2²⁰ + version: rows of two versions never meet. Codes keep the order of the ids.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce

import ibis
import ibis.expr.types as ir

from steelyard.counting.touched import Ground, excludable, touched
from steelyard.counting.versions import (
    REPLACED,
    STRETCH,
    Rooted,
    Span,
    change_days,
    known_at,
    not_replaced,
    rooted,
    times,
    versions,
)
from steelyard.engines import Engine
from steelyard.events.contract import ARRIVED_AT, CONTRACT
from steelyard.facts import HAPPENS, Past
from steelyard.facts.catalogue import FACTS
from steelyard.facts.kin import Kin
from steelyard.windows import known_before, midnight

VERSIONS = STRETCH * STRETCH
"""How many versions an id has room for."""

END = date(9000, 1, 1)
"""A day after everything: a copy knows only what its version knew."""

_ROOM = 2**63 // VERSIONS


def floor_halves(number: ir.IntegerValue) -> ir.IntegerValue:
    """Half of a number, rounded towards less."""
    return number >> 1


@dataclass
class Codes:
    """Whole numbers in the order of the ids, per kind of id."""

    engine: Engine
    under: str
    _least: dict[str, ir.Table | None] = field(default_factory=dict)

    def learn(self, kind: str, ids: ir.Table) -> None:
        """Take in the ids of one kind: `ids` has them as its only column."""
        if kind in self._least:
            return
        (name,) = ids.columns
        if ids[name].type().is_integer():
            ends = ids.aggregate(low=ids[name].min().fill_null(0), high=ids[name].max().fill_null(0))
            ends = self.engine.store(f"{self.under}ends_{kind}", ends)
            # As a difference of halves: that of the ends themselves may have no room in 64 bits.
            fits = ends.select(fits=floor_halves(ends.high) - floor_halves(ends.low) < _ROOM // 2)
            if self.engine.arrow(fits).column(0)[0].as_py():
                self._least[kind] = ends
                return
        known = ids.rename(id=name).filter(lambda t: t.id.notnull()).distinct()
        coded = known.mutate(code=ibis.row_number().over(order_by=known.id).cast("int64"))
        self.engine.store(f"{self.under}code_{kind}", coded)
        self._least[kind] = None

    def coded(self, rows: ir.Table, column: str, kind: str) -> ir.Table:
        """`rows` with the ids of `column` made ids of their `version`."""
        least = self._least[kind]
        if least is None:
            known = self.engine.backend.table(f"{self.under}code_{kind}").rename(id__="id", code__="code")
            rows = rows.left_join(known, rows[column] == known["id__"])
            code = rows["code__"]
        else:
            code = rows[column] - least.low.as_scalar()
        rows = rows.mutate(**{column: code * VERSIONS + rows.version})
        return rows.drop("id__", "code__") if least is None else rows

    def named(self, rows: ir.Table, column: str, kind: str) -> ir.Table:
        """`rows` with the codes of `column` made ids again."""
        least = self._least[kind]
        if least is not None:
            return rows.mutate(**{column: rows[column] + least.low.as_scalar()})
        known = self.engine.backend.table(f"{self.under}code_{kind}").rename(id__="id", code__="code")
        rows = rows.left_join(known, rows[column] == known["code__"])
        return rows.mutate(**{column: rows["id__"]}).drop("id__", "code__")


@dataclass(frozen=True)
class Copied:
    """The marketplace of one fact, once per version; every table that the fact reads has its copy or stays as it is."""

    past: Past
    codes: Codes | None
    """What its ids stand for; None: the ids are those of the events."""


@dataclass(frozen=True)
class _Copier:
    """One fact's tables, and its base with roots."""

    ground: Ground
    base: Rooted
    under: str

    @property
    def engine(self) -> Engine:
        return self.ground.engine

    @property
    def past(self) -> Past:
        return self.ground.past

    @property
    def kin(self) -> Kin:
        return self.ground.kin

    @property
    def span(self) -> Span:
        return self.ground.span


@dataclass(frozen=True)
class Look:
    """What is looked at of the events."""

    fact: str
    across: tuple[str, ...]
    """The columns that evidence looks across."""
    used: frozenset[str]
    """The columns of the base that are asked for."""
    reads: frozenset[str]
    """The event tables that are read."""


def copied(engine: Engine, past: Past, look: Look, span: Span) -> Copied:
    """Copies of all tables that the fact is made of, for every version of the span; see `Look`."""
    kin, under = FACTS[look.fact].kin, f"{look.fact}__"
    across = tuple(look.across or kin.across)
    links = tuple((name, column) for name, column in kin.links if name in look.reads)
    ground = Ground(engine, past, kin, across, links, span)
    if span.begun:
        ground = replace(ground, past=touched(ground))
    copier = _Copier(ground, rooted(engine, ground.past, kin, across, under), under)
    found = engine.store(f"{under}versions", _versions(copier, look.used))
    return _copies(copier, found)


def _versions(copier: _Copier, used: frozenset[str]) -> ir.Table:
    base, span = copier.base, copier.span
    if span.begun and span.last == span.first + timedelta(days=1):
        # Only what changes was looked for, and there is but one day on which it can.
        changes = base.rows.select(*base.roots, since=ibis.literal(1, "int64")).distinct()
    else:
        changes = copier.engine.store(f"{copier.under}changes", _changes(copier, used))
    standing = base.rows.filter(known_at(copier.past, base.rows, copier.kin.base) < ibis.literal(midnight(span.first)))
    if span.begun:
        standing = standing.semi_join(changes, list(base.roots))
    return versions(changes, standing, base.roots, span)


def _changes(copier: _Copier, used: frozenset[str]) -> ir.Table:
    """The days on which something changes, by root."""
    base, span, kin = copier.base, copier.span, copier.kin
    parts = [change_days(base.rows, base.roots, times(copier.past, base.rows, kin.base, used), span)]
    for name in copier.ground.linked:
        rows = _linked(copier, name, base.rows, base.roots)
        parts.append(change_days(rows, base.roots, times(copier.past, rows, name), span))
    for table, rows, column in _excludable(copier, base.rows, base.roots):
        exclusions = copier.past.table("exclusions").rename(excluded="row_id")
        its = exclusions.filter(exclusions.table == table)
        hit = rows.select(*base.roots, hit=column).inner_join(its, [("hit", "excluded")])
        at = times(copier.past, hit, "exclusions")
        if at:
            parts.append(change_days(hit, base.roots, at, span))
    return ibis.union(*parts, distinct=True)


def _linked(copier: _Copier, name: str, base: ir.Table, carried: Sequence[str]) -> ir.Table:
    """The rows of a linked table with the columns `carried` of the base rows they point at.

    A row that names none points at all that are equal to it in the columns looked across.
    """
    table, columns = copier.past.table(name), [column for table, column in copier.ground.links if table == name]
    parts = []
    for column in columns:
        pointed = base.select(*carried, pointed__=base[column]).filter(lambda t: t["pointed__"].notnull())
        if (column,) != copier.kin.unit or not CONTRACT[copier.kin.base].key or REPLACED in base.columns:
            pointed = pointed.distinct()
        parts.append(table.inner_join(pointed, table[column] == pointed["pointed__"]).drop("pointed__"))
        if copier.ground.adrift(name, column):
            across = copier.ground.across
            adrift = table.filter(table[column].isnull())
            near = base.select(*carried, **{f"near__{c}": base[c] for c in across}).distinct()
            met = adrift.inner_join(near, [adrift[c] == near[f"near__{c}"] for c in across])
            parts.append(met.drop(*(f"near__{c}" for c in across)))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _excludable(copier: _Copier, base: ir.Table, carried: Sequence[str]) -> Iterator[tuple[str, ir.Table, str]]:
    """(table, rows, column): which exclusions take rows away; what exclusions of `table` name stands in `column`."""
    for name, column, of in excludable(copier.ground):
        yield of, base if name == copier.kin.base else _linked(copier, name, base, carried), column


def _copies(copier: _Copier, found: ir.Table) -> Copied:
    engine, past, kin, under = copier.engine, copier.past, copier.kin, copier.under
    codes = Codes(engine, under)
    codes.learn("shop_id", past.table("shops").select("shop_id"))
    stretched = copier.base.rows.inner_join(found, list(copier.base.roots)).drop(*copier.base.roots)
    carried = ("version", "now")
    sources = {kin.base: stretched} | {n: _linked(copier, n, stretched, carried) for n in copier.ground.linked}
    if kin.base == "listing_checks":
        shown = stretched.select("product_id", *carried).distinct().rename(shown="product_id")
        products = past.table("products")
        sources["products"] = products.inner_join(shown, products.product_id == shown.shown).drop("shown")
    copies: dict[str, ir.Table] = {}
    for name, rows in sources.items():
        for column in _own_ids(name, kin.base):
            codes.learn(column, past.table(name).select(column))
        known = rows if name == "products" else _as_known(past, rows, name)
        coded = reduce(lambda t, c: codes.coded(t, c, c), _own_ids(name, kin.base), known)
        engine.view(f"{under}{name}", coded.select(*CONTRACT[name].schema(past.id_type)))
        copies[name] = ibis.table(_schema(name, kin.base, past), name=f"{under}{name}")
    excluded = [
        codes.coded(_standing(past, table, rows, column), "row_id", column).drop(*carried)
        for table, rows, column in _excludable(copier, stretched, carried)
    ]
    if excluded:
        engine.store(f"{under}exclusions", ibis.union(*excluded) if excluded[1:] else excluded[0])
        copies["exclusions"] = ibis.table(
            ibis.schema(dict(CONTRACT["exclusions"].schema(past.id_type)) | {"row_id": "int64"}),
            name=f"{under}exclusions",
        )
    return Copied(replace(past, day=END, known_on=None, copies=copies, law_on=past.law_on or copier.span.last), codes)


def _schema(name: str, base: str, past: Past) -> ibis.Schema:
    return ibis.schema(dict(CONTRACT[name].schema(past.id_type)) | dict.fromkeys(_own_ids(name, base), "int64"))


def _own_ids(name: str, base: str) -> list[str]:
    """The columns of a table that get ids of their own per version."""
    key = CONTRACT[name].key
    wanted = {"order_id", "shop_id", "session_id", "agent_id", *(key if len(key) == 1 else ())}
    if base == "listing_checks":
        wanted.add("product_id")
    return [column.name for column in CONTRACT[name].columns if column.name in wanted]


def _as_known(past: Past, rows: ir.Table, name: str) -> ir.Table:
    """The rows each version knows, times it does not know yet NULL."""
    rows = not_replaced(rows.filter(known_at(past, rows, name) < rows.now))
    later = {c: (rows[c] < rows.now).ifelse(rows[c], ibis.null("timestamp")) for c in HAPPENS.get(name, ())}
    if past.known_on is not None:
        later[ARRIVED_AT] = (rows[ARRIVED_AT] < rows.now).ifelse(rows[ARRIVED_AT], ibis.null("timestamp"))
        if name == "reviews":
            later["removed_at"] = known_before(past.known_on, rows.removed_at)
    return rows.mutate(**later)


def _standing(past: Past, table: str, rows: ir.Table, column: str) -> ir.Table:
    """The exclusions of `table` that stand in each version which knows a row they name."""
    named = rows.select("version", "now", named__=rows[column]).distinct()
    exclusions = past.table("exclusions")
    its = exclusions.filter(exclusions.table == table)
    hit = its.inner_join(named, its.row_id == named["named__"]).drop("named__")
    if past.known_on is None:
        hit = not_replaced(hit.filter(known_at(past, hit, "exclusions") < hit.now))
    stands = past.in_force_at(hit, hit.now).mutate(revoked_at=ibis.null("timestamp"))
    return stands.select(*CONTRACT["exclusions"].schema(past.id_type), "version", "now")
