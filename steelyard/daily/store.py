"""The store: every row that ever arrived, with the days it was taken and replaced; plain Parquet, never rewritten.

`store/TABLE/day=D/rows.parquet` holds what was taken of day D, `…/replaced.parquet` the keys of earlier rows that have
a new one in their place from then on, `…/waiting.parquet` rows that point at one which has not arrived. A day counts
once its run is published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from steelyard.counting.versions import REPLACED, TAKEN
from steelyard.engines import Engine
from steelyard.events.check import Events
from steelyard.events.contract import ARRIVED_AT, CONTRACT, IdType, Table
from steelyard.events.report import CheckReport, TableReport
from steelyard.facts import HAPPENS, History, Past
from steelyard.windows import midnight

ROWS, GONE, WAITING = "rows.parquet", "replaced.parquet", "waiting.parquet"
CAME_ON, TAKEN_ON, REPLACED_ON = "came_on", "taken_on", "replaced_on"
"""The day of the arrivals a row was in; since when it is there, later where it had to wait; since when another is."""

_DECISION = ("table", "row_id", "indicator", "reason", "source", "decided_at")
"""What one exclusion is known by: a later row with the same, revoked perhaps, takes its place."""


@dataclass(frozen=True)
class Store:
    """The rows taken on `days`, below `folder`."""

    folder: Path
    days: tuple[date, ...]

    def with_day(self, day: date) -> "Store":
        """The store once `day` is taken as well."""
        return replace(self, days=tuple(sorted({*self.days, day})))

    def place(self, table: str, day: date) -> Path:
        """The folder of what was taken of a table on a day."""
        return self.folder / table / f"day={day}"

    def files(self, table: str, name: str = ROWS) -> list[Path]:
        """The files of a table that count, in order of their days."""
        places = [self.place(table, day) / name for day in self.days]
        return [place for place in places if place.is_file()]

    @property
    def present(self) -> frozenset[str]:
        """The tables that arrived on any day."""
        return frozenset(name for name in CONTRACT if self.files(name))


def identity(table: Table) -> tuple[str, ...]:
    """The columns by which a later row takes an earlier one's place; none: rows are only added."""
    return _DECISION if table.name == "exclusions" else table.key


def stored(engine: Engine, store: Store, name: str, id_type: IdType) -> ir.Table:
    """All rows of a table with `came_on`, `taken_on` and, where another is in their place, `replaced_on`."""
    table = CONTRACT[name]
    files = store.files(name)
    if not files:
        empty = ibis.schema(dict(table.schema(id_type)) | dict.fromkeys((CAME_ON, TAKEN_ON, REPLACED_ON), "date"))
        return engine.empty(f"no_{name}", empty)
    rows = engine.read_parquet(files)
    gone = store.files(name, GONE)
    if not gone:
        return rows.mutate(**{REPLACED_ON: ibis.null("date")})
    replaced = engine.read_parquet(gone).rename({f"gone_{c}": c for c in (*identity(table), TAKEN_ON)})
    same = [rows[c].identical_to(replaced[f"gone_{c}"]) for c in identity(table)]
    joined = rows.left_join(replaced, [*same, rows[TAKEN_ON] == replaced[f"gone_{TAKEN_ON}"]])
    return joined.drop(*(f"gone_{c}" for c in (*identity(table), TAKEN_ON)))


def current(engine: Engine, store: Store, name: str, id_type: IdType) -> ir.Table:
    """The rows of a table that no other replaces, columns of the contract."""
    rows = stored(engine, store, name, id_type)
    return rows.filter(rows[REPLACED_ON].isnull()).select(*CONTRACT[name].schema(id_type))


def opened(engine: Engine, store: Store, id_type: IdType, tables: Iterable[str] | None = None) -> Events:
    """The store as it stands, each table under its contract name, like an events folder that was opened."""
    reports = []
    for name in CONTRACT if tables is None else [name for name in CONTRACT if name in set(tables)]:
        engine.drop(name)
        if store.files(name):
            engine.view(name, current(engine, store, name, id_type))
        else:
            engine.empty(name, CONTRACT[name].schema(id_type))
        reports.append(TableReport(name, present=name in store.present))
    return Events(engine, store.folder, store.present, id_type, CheckReport(tuple(reports), ()))


def with_history(engine: Engine, store: Store, past: Past, tables: Sequence[str]) -> Past:
    """`past` reading tables of dated rows with their whole history, so that what changed can be told from it."""
    copies, histories = {}, {}
    for name in tables:
        if not (CONTRACT[name].own_time and store.files(name)):
            continue
        rows = stored(engine, store, name, past.id_type)
        at = {TAKEN: rows[TAKEN_ON].cast("timestamp"), REPLACED: rows[REPLACED_ON].cast("timestamp")}
        engine.view(f"history_{name}", rows.mutate(**at).select(*CONTRACT[name].schema(past.id_type), *at))
        schema = dict(CONTRACT[name].schema(past.id_type)) | dict.fromkeys(at, "timestamp")
        copies[name] = ibis.table(ibis.schema(schema), name=f"history_{name}")
        histories[name] = _history(engine, store, name, past)
    return replace(past, copies=copies, histories=histories)


def _history(engine: Engine, store: Store, name: str, past: Past) -> History:
    keys, files = identity(CONTRACT[name]), store.files(name)
    fresh = [file for file in files if _changes_from(file, CONTRACT[name], midnight(past.day))]
    rows = _with_taken(engine, files, f"rows_{name}", name, past.id_type)
    # Where no file is fresh the last stands in: it has the columns, and nothing in it changes.
    young = _with_taken(engine, fresh or files[-1:], f"fresh_{name}", name, past.id_type)
    files = store.files(name, GONE)
    if not files:
        return History(rows, young, None, keys)
    gone = engine.read_parquet(files)
    at = {TAKEN: gone[TAKEN_ON].cast("timestamp"), REPLACED: gone[REPLACED_ON].cast("timestamp")}
    engine.view(f"gone_{name}", gone.mutate(**at).select(*keys, *at))
    columns = CONTRACT[name].schema(past.id_type)
    shape = {key: columns[key] for key in keys} | dict.fromkeys(at, "timestamp")
    return History(rows, young, ibis.table(ibis.schema(shape), name=f"gone_{name}"), keys)


def _with_taken(engine: Engine, files: Sequence[Path], view: str, name: str, id_type: IdType) -> ir.Table:
    """The rows of some files of a table, with the time since which each is there, as a view."""
    columns = dict(CONTRACT[name].schema(id_type))
    rows = engine.read_parquet(files)
    engine.view(view, rows.mutate(**{TAKEN: rows[TAKEN_ON].cast("timestamp")}).select(*columns, TAKEN))
    return ibis.table(ibis.schema(columns | {TAKEN: "timestamp"}), name=view)


def _changes_from(file: Path, table: Table, moment: datetime) -> bool:
    """Whether a row of the file may have a time from `moment` on, as far as its statistics tell."""
    metadata = pq.read_metadata(file)
    names = {table.own_time, ARRIVED_AT, TAKEN_ON, "revoked_at", *HAPPENS.get(table.name, ())}
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.path_in_schema in names and not _is_before(column.statistics, group.num_rows, moment):
                return True
    return False


def _is_before(statistics: pq.Statistics | None, rows: int, moment: datetime) -> bool:
    if statistics is None:
        return False
    if not statistics.has_min_max:
        return bool(statistics.has_null_count and statistics.null_count == rows)
    last = statistics.max
    if isinstance(last, datetime):
        return last < moment
    # A whole day is over only with its end.
    return isinstance(last, date) and last + timedelta(days=1) <= moment.date()


_WATCHED = {
    "products": ("kind", "category"),
    "buyers": ("risk", "from_at", "to_at"),
    "scenarios": ("module", "routine"),
}
"""Tables without times of their own, and what of them decides facts of any day."""

_NAMED_BY = {
    "products": (("product_id", "orders"), ("product_id", "listing_checks")),
    "buyers": tuple(
        ("buyer_id", name) for name in ("orders", "sessions", "after_sales", "complaints", "platform_contacts")
    ),
    "scenarios": tuple(("scenario", name) for name in ("sessions", "after_sales", "complaints", "platform_contacts")),
}
"""By table the columns, and the tables that have them, in which its rows are named."""


def changed_references(engine: Engine, store: Store, day: date, id_type: IdType) -> frozenset[str]:
    """The tables without times of their own in which what arrived on `day` says otherwise of rows that came before.

    `store` has the day among its own. A new product that no earlier row names changes nothing.
    """
    before = replace(store, days=tuple(each for each in store.days if each < day))
    found = set()
    for name, columns in _WATCHED.items():
        if not before.days or store.files(name) == before.files(name):
            continue
        named = [(c, stored(engine, before, table, id_type)) for c, table in _NAMED_BY[name] if before.files(table)]
        if name == "scenarios" and not before.files(name):
            # From now on the table stands in for the shipped catalogue, also for codes that it does not have.
            if any(engine.arrow(rows.filter(rows[c].notnull()).limit(1)).num_rows for c, rows in named):
                found.add(name)
            continue
        says = list(dict.fromkeys((*CONTRACT[name].key, *columns)))
        old, new = (current(engine, each, name, id_type).select(*says) for each in (before, store))
        # What a row said and says no more is found among the old ones: the new may say nothing.
        differ = new.difference(old).union(old.difference(new))
        differ = engine.store(f"differ_{name}", differ.filter(ibis.or_(*(differ[c].notnull() for c in columns))))
        if any(engine.arrow(rows.select(c).semi_join(differ, c).limit(1)).num_rows for c, rows in named):
            found.add(name)
        engine.drop(f"differ_{name}")
    return frozenset(found)
