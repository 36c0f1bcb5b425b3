"""Rows that point at a row which has not arrived: they wait, and are taken on the day it does."""

from collections.abc import Mapping

import ibis.expr.types as ir

from steelyard.daily.store import Store, stored
from steelyard.engines import Engine
from steelyard.events.check import Events
from steelyard.events.contract import CONTRACT, Table

WAITING = "waiting.parquet"


def waiting(events: Events, name: str) -> ir.Table | None:
    """The rows of a table that wait for the rows they point at; None where no row is out."""
    return events.out[name].dangling if name in events.out else None


def released(engine: Engine, store: Store, events: Events, name: str) -> ir.Table | None:
    """The rows of a table that waited until now: with what `events` brought, everything they point at is there.

    Where a row of the same key has come meanwhile, that one stays. None where nothing waits.
    """
    files = store.files(name, WAITING)
    if not files:
        return None
    table = CONTRACT[name]
    rows = engine.read_parquet(files).select(*table.schema(events.id_type)).distinct()
    arrived = {
        target: engine.backend.table(target).select(pointed=CONTRACT[target].key[0])
        for target in table.references.values()
    }
    known = {
        target: stored(engine, store, target, events.id_type).select(pointed=CONTRACT[target].key[0])
        for target in arrived
    }
    both = {target: known[target].union(arrived[target]) for target in arrived}
    found = engine.store(f"released_{name}", _pointing(table, rows, both).difference(_pointing(table, rows, known)))
    if table.key:
        (old, new) = (stored(engine, store, name, events.id_type), engine.backend.table(name))
        for there in (old, new):
            taken = there.select(**{f"there_{key}": there[key] for key in table.key})
            found = found.anti_join(taken, [found[key].identical_to(taken[f"there_{key}"]) for key in table.key])
    return found


def _pointing(table: Table, rows: ir.Table, there: Mapping[str, ir.Table]) -> ir.Table:
    """Those of `rows` whose every required reference is among the ids `there`, by the table pointed into."""
    for column, target in table.references.items():
        ids = there[target]
        rows = rows.semi_join(ids, rows[column] == ids.pointed)
    return rows
