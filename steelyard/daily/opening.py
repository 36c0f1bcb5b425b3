"""A home read like an events folder: what had arrived by a day, newest rows first."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from steelyard.daily.store import Store, opened, with_history
from steelyard.desk.home import open_database, open_home
from steelyard.desk.publish import taken_days
from steelyard.engines import Engine
from steelyard.errors import InputError, Problem
from steelyard.events.check import Events
from steelyard.events.contract import CONTRACT
from steelyard.events.source import id_type_of
from steelyard.scoring.run import past_of


def open_home_events(
    engine: Engine, folder: Path, tables: Collection[str], days: Sequence[date], known_on: date | None
) -> Events:
    """The rows of the home in `folder` as a score of `days` knows them, or as they were known on `known_on`.

    Of several days each knows what had arrived before it; tables without times are those of the last. Raises UsageError
    `no-such-home`; InputError `nothing-taken` where no run has taken anything that early; EngineError.
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
    events = opened(engine, store, id_type_of(shops[0]), tables)
    if len(days) == 1 or known_on is not None:
        return events
    past = with_history(engine, store, past_of(events, min(days)), list(CONTRACT))
    return replace(events, copies=past.copies)
