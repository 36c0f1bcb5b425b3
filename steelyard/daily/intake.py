"""Intake: one day's arrivals checked and put into the store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir

from steelyard.daily.prints import prints
from steelyard.daily.store import CAME_ON, GONE, REPLACED_ON, ROWS, TAKEN_ON, WAITING, Store, identity
from steelyard.daily.waiting import released, waiting
from steelyard.engines import Engine
from steelyard.errors import InputError, Problem
from steelyard.events.check import Events, open_arrivals
from steelyard.events.contract import CONTRACT, IdType
from steelyard.landing import replacing

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Taken:
    """What was taken of one day: per table rows read and quarantined, and the fingerprint of its files."""

    day: date
    read: Mapping[str, int]
    quarantined: Mapping[str, int]
    prints: Mapping[str, str]


def arrival_days(arrivals: Path) -> list[date]:
    """The days that have a folder of arrivals, in order; InputError for a folder that is named after no day."""
    days, problems = [], []
    for place in sorted(arrivals.iterdir()) if arrivals.is_dir() else ():
        if place.name.startswith((".", "_")):
            continue
        day = _day_of(place.name)
        if day is None:
            fix = "name it after the day its rows arrived, YYYY-MM-DD"
            problems.append(Problem("not-a-day", f"arrivals/{place.name}", "this is no day", fix))
        else:
            days.append(day)
    if problems:
        raise InputError(problems)
    return days


def _day_of(name: str) -> date | None:
    """The day a folder is named after; a day written otherwise, as 20220926, would be another folder's."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None


def take(
    engine: Engine, arrivals: Path, store: Store, day: date, id_type: IdType | None
) -> tuple[Taken, IdType | None]:
    """Put the rows that arrived on `day` into the store, and bad ones into its quarantine; whole or not at all.

    With what was taken comes the type of the store's ids from then on, None while nothing in it has ids.

    A row with the key of an earlier one takes its place. What a killed run left of that day is replaced. Raises
    InputError as `open_arrivals`, and `id-type-changed` where ids are not of the store's type `id_type`.
    """
    folder = arrivals / day.isoformat()
    before = prints(folder)
    names = {name: [*store.files(name), *store.files(name, WAITING)] for name in CONTRACT}
    events = open_arrivals(engine, folder, {name: files for name, files in names.items() if files})
    if id_type is not None and events.id_type != id_type and events.present:
        message = f"ids are {_said(events.id_type)}, and {_said(id_type)} in what was taken before"
        raise InputError(Problem("id-type-changed", f"arrivals/{day}", message, "write ids of one type on all days"))
    for name in CONTRACT:
        late = released(engine, store, events, name, day)
        if name in events.present or late is not None:
            _keep(engine, store, day, events, (name, late))
        elif store.place(name, day).exists():
            with replacing(store.place(name, day)):
                pass
    _quarantine(engine, events, store, day)
    reports = [table for table in events.report.tables if table.present]
    taken = Taken(
        day,
        {table.table: table.read for table in reports},
        {table.table: sum(table.quarantined.values()) for table in reports},
        before,
    )
    told = id_type is not None or any(map(_has_ids, events.present))
    return taken, events.id_type if told else None


def _has_ids(table: str) -> bool:
    return any(column.kind == "id" for column in CONTRACT[table].columns)


def _said(id_type: IdType) -> str:
    return "text" if id_type == "string" else "numbers"


def _keep(engine: Engine, store: Store, day: date, events: Events, named: tuple[str, ir.Table | None]) -> None:
    name, late = named
    came = engine.backend.table(name).mutate(**{CAME_ON: ibis.literal(day)})
    rows = came if late is None else came.union(late.select(*came.columns).cast(came.schema()))
    with replacing(store.place(name, day)) as draft:
        engine.write_parquet(rows.mutate(**{TAKEN_ON: ibis.literal(day)}), draft / ROWS)
        wait = waiting(events, name, day)
        if wait is not None:
            engine.write_parquet(wait, draft / WAITING)
        if identity(CONTRACT[name]) and store.files(name):
            gone = engine.store(f"new_gone_{name}", _replaced(engine, store, name, rows, day))
            if engine.arrow(gone.limit(1)).num_rows:
                engine.write_parquet(gone, draft / GONE)
            engine.drop(f"new_gone_{name}")


def _replaced(engine: Engine, store: Store, name: str, rows: ir.Table, day: date) -> ir.Table:
    """The key and day of every row in the store that one of the new `rows` takes the place of."""
    keys = identity(CONTRACT[name])
    old, new = engine.read_parquet(store.files(name)), rows.select(*keys).distinct()
    hit = old.semi_join(new, [old[c].identical_to(new[c]) for c in keys]).select(*keys, TAKEN_ON)
    files = store.files(name, GONE)
    if files:
        gone = engine.read_parquet(files)
        hit = hit.anti_join(gone, [hit[c].identical_to(gone[c]) for c in (*keys, TAKEN_ON)])
    return hit.mutate(**{REPLACED_ON: ibis.literal(day)})


def _quarantine(engine: Engine, events: Events, store: Store, day: date) -> None:
    bad = events.quarantine()
    with replacing(store.folder / QUARANTINE / f"day={day}") as draft:
        if bad is not None:
            engine.write_parquet(bad, draft / ROWS)


def quarantine_files(store: Store) -> Iterator[Path]:
    """The files of rows that were put aside, day by day."""
    places = (store.folder / QUARANTINE / f"day={day}" / ROWS for day in store.days)
    return (place for place in places if place.is_file())
