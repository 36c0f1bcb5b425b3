"""A home read like an events folder: what had arrived by a day, newest rows first."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from steelyard.daily.store import Store, current, opened, with_history
from steelyard.desk.home import open_database, open_home
from steelyard.desk.publish import taken_days
from steelyard.engines import Engine
from steelyard.errors import InputError, Problem
from steelyard.events.check import Events
from steelyard.events.contract import CONTRACT, IdType, Table
from steelyard.events.source import id_type_of
from steelyard.scoring.run import past_of


def open_home_events(
    engine: Engine, folder: Path, tables: Collection[str], days: Sequence[date], known_on: date | None
) -> Events:
    """The rows of the home in `folder` as a score of `days` knows them, or as they were known on `known_on`.

    Of several days each knows what had arrived before it: see `Events.on`. Raises UsageError `no-such-home`; InputError
    `nothing-taken` where no run has taken anything that early; EngineError.
    """
    home = open_home(folder)
    with open_database(home) as db:
        taken = taken_days(db)
    known = tuple(day for day in taken if day < (known_on or max(days)))
    store = Store(home.store, known)
    shops = store.files("shops")
    if not shops:
        earlier = f" before {known_on or max(days)}" if taken else ""
        message = f"no published run had taken anything{earlier}"
        fix = "name a later day" if taken else "run it first, see docs/home.md"
        raise InputError(Problem("nothing-taken", str(folder), message, fix))
    wanted = CONTRACT.keys() & set(tables)
    id_type = id_type_of(shops[0])

    def opened_on(day: date) -> Events:
        return opened(engine, replace(store, days=tuple(each for each in known if each < day)), id_type, wanted)

    if len(days) == 1 or known_on is not None:
        return opened(engine, store, id_type, wanted)
    past = with_history(engine, store, past_of(opened_on(max(days)), min(days)), list(CONTRACT))
    borders = _borders(engine, store, id_type, min(days))
    return replace(opened_on(max(days)), copies=past.copies, borders=borders, reopen=opened_on)


def _borders(engine: Engine, store: Store, id_type: IdType, first: date) -> tuple[date, ...]:
    """The days after `first` from which on a table is there, or one without times says otherwise than before."""
    found = set()
    for table in CONTRACT.values():
        for number, day in enumerate(store.days):
            before, until = (replace(store, days=store.days[:end]) for end in (number, number + 1))
            if day < first or before.files(table.name) == until.files(table.name):
                continue
            if not before.files(table.name) or (not table.own_time and _differ(engine, before, until, table, id_type)):
                found.add(day + timedelta(days=1))
    return tuple(sorted(found))


def _differ(engine: Engine, before: Store, until: Store, table: Table, id_type: IdType) -> bool:
    """Whether the rows that stand are others."""
    old, new = (current(engine, store, table.name, id_type) for store in (before, until))
    return any(engine.arrow(rows.limit(1)).num_rows for rows in (new.difference(old), old.difference(new)))
