"""Rows that point at a row which has not arrived: they wait, and are taken on the day it does."""

from datetime import date

import ibis
import ibis.expr.types as ir

from steelyard.daily.store import CAME_ON, ROWS, WAITING, Store, identity, stored
from steelyard.engines import Engine
from steelyard.events.check import Events
from steelyard.events.contract import CONTRACT, IdType, Table


def waiting(events: Events, name: str, day: date) -> ir.Table | None:
    """The rows of a table that came on `day` and wait for the rows they point at; None where no row is out."""
    if name not in events.out:
        return None
    return events.out[name].dangling.mutate(**{CAME_ON: ibis.literal(day)})


def released(engine: Engine, store: Store, events: Events, name: str, day: date) -> ir.Table | None:
    """The rows of a table for which everything they point at came by `day`, and not before.

    Of rows with one key the last that came stays. None where nothing waits.
    """
    table = CONTRACT[name]
    schema = dict(table.schema(events.id_type)) | {CAME_ON: "date"}
    files, own = store.files(name, WAITING), waiting(events, name, day)
    parts = [engine.read_parquet(files)] if files else []
    parts += [] if own is None else [own]
    if not parts:
        return None
    parts = [part.select(*schema).cast(schema) for part in parts]
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    found = engine.store(f"released_{name}", _complete_on(engine, store, events, (table, rows), day).select(*schema))
    keys = identity(table)
    return _newest(engine, store, name, found, events.id_type) if keys else found


def _complete_on(engine: Engine, store: Store, events: Events, named: tuple[Table, ir.Table], day: date) -> ir.Table:
    """Those rows that came, or whose last missing reference came, on `day`."""
    table, rows = named
    days = [CAME_ON]
    for column, target in table.references.items():
        since = _since(engine, store, events, (target, rows.select(named=column)), day)
        if since is None:
            continue
        since = since.rename({f"{column}__is": "key", f"{column}__since": "since"})
        rows = rows.inner_join(since, rows[column] == since[f"{column}__is"])
        days.append(f"{column}__since")
    return rows.filter(ibis.greatest(*(rows[column] for column in days)) == ibis.literal(day))


def _since(engine: Engine, store: Store, events: Events, wanted: tuple[str, ir.Table], day: date) -> ir.Table | None:
    """Since when the `named` rows of a table have arrived, though they may wait themselves: `key` and `since`.

    None of a table of which nothing ever came: what points into it is not checked.
    """
    target, named = wanted
    (key,) = CONTRACT[target].key
    parts = [
        engine.read_parquet(files).select(key=key, since=CAME_ON)
        for name in (ROWS, WAITING)
        if (files := store.files(target, name))
    ]
    if target in events.sources:
        parts.append(events.sources[target].rows.select(key=key, since=ibis.literal(day)))
    if not parts:
        return None
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = rows.semi_join(named, rows.key == named.named)
    return rows.group_by("key").agg(since=rows.since.min())


def _newest(engine: Engine, store: Store, name: str, found: ir.Table, id_type: IdType) -> ir.Table:
    """Those of `found` that came after every other row with their key."""
    keys = identity(CONTRACT[name])
    last = ibis.row_number().over(group_by=list(keys), order_by=ibis.desc(found[CAME_ON])) == 0
    found = found.mutate(last__=last).filter(lambda t: t["last__"]).drop("last__")
    new = engine.backend.table(name)
    there = {"new": new.select(**{f"there_{key}": new[key] for key in keys})}
    if store.files(name):
        old = stored(engine, store, name, id_type)
        there["old"] = old.select(**{f"there_{key}": old[key] for key in keys}, there_came=old[CAME_ON])
    for which, rows in there.items():
        same = [found[key].identical_to(rows[f"there_{key}"]) for key in keys]
        later = [rows["there_came"] > found[CAME_ON]] if which == "old" else []
        found = found.anti_join(rows, [*same, *later])
    return found
