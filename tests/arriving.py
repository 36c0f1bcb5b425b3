"""Marketplaces that arrive day by day, and homes they arrive in."""

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from command_line import QUICK

from steelyard.daily.run import Outcome, run_home
from steelyard.daily.store import identity
from steelyard.desk.home import Home, create_home, open_database, open_home
from steelyard.desk.publish import Publication, history, published, shown_days
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.contract import CONTRACT, IdType
from steelyard.facts import HAPPENS
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_together
from tests.marketplace import Row, arrow_table

Tables = dict[str, list[Row]]
QUICKLY = "demo/quick"
"""A scorecard for tests of what happens around its scores."""


@dataclass(frozen=True)
class Arriving:
    """Rows by day and table, in the order they arrived; within a day no key stands twice."""

    id_type: IdType
    days: Mapping[date, Tables]

    def deliver(self, folder: Path, *days: date) -> None:
        """Write the folders of some days, by default of all, below `folder`."""
        for day in days or self.days:
            write(folder / day.isoformat(), self.days[day], self.id_type)

    def before(self, day: date) -> Tables:
        """A folder of what had arrived before a day: of each key the last row that points at what is there."""
        there: Tables = {}
        came = [tables for arrival, tables in sorted(self.days.items()) if arrival < day]
        for name in CONTRACT:
            if any(name in tables for tables in came):
                there[name] = [row for tables in came for row in tables.get(name, [])]
        known = {
            name: {row[CONTRACT[name].key[0]] for row in rows} for name, rows in there.items() if CONTRACT[name].key
        }
        return {name: _last(name, rows, known) for name, rows in there.items()}


def _last(name: str, rows: Iterable[Row], known: Mapping[str, set[Any]]) -> list[Row]:
    table = CONTRACT[name]
    keys = identity(table)
    if not keys:
        return list(rows)
    last: dict[tuple[Any, ...], Row] = {}
    sound: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row.get(column) for column in keys)
        last[key] = row
        if all(row[column] in known.get(target, ()) for column, target in table.references.items()):
            sound[key] = row
    return list((last | sound).values())


def write(folder: Path, tables: Mapping[str, Iterable[Row]], id_type: IdType = "int64") -> Path:
    """Write tables as Parquet files; no table makes an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(arrow_table(CONTRACT[name], rows, id_type), folder / f"{name}.parquet")
    return folder


def spread(engine: Engine, whole: Path, days: list[date], seed: int) -> Arriving:
    """The good rows of an events folder, arriving on `days` in any order, some of them several times and changed."""
    draws = random.Random(seed)
    events = open_events(engine, whole, frozenset(CONTRACT))
    arrived: dict[date, Tables] = {day: {} for day in days}
    for name in sorted(events.present):
        rows: list[Row] = engine.arrow(engine.backend.table(name)).to_pylist()
        arrived[days[0]][name] = []
        for row in rows:
            for day, version in _versions(draws, name, row, rows, days):
                arrived[day].setdefault(name, []).append(version)
    return Arriving(events.id_type, arrived)


def _versions(draws: random.Random, name: str, row: Row, rows: list[Row], days: list[date]) -> list[tuple[date, Row]]:
    """The versions of a row and the days they arrive on; the last is the row itself."""
    keys = identity(CONTRACT[name])
    turns = draws.choice((1, 1, 1, 2, 3)) if keys else 1
    late = 0.2 if CONTRACT[name].references else 0.05
    at = sorted(draws.sample(days, turns)) if turns > 1 or draws.random() < late else [days[0]]
    found = [(day, _changed(draws, name, row, rows, keys)) for day in at[:-1]]
    return [*found, (at[-1], row)]


def _changed(draws: random.Random, name: str, row: Row, rows: list[Row], keys: tuple[str, ...]) -> Row:
    """A row as it may have been before: times not there yet, or another value in a column."""
    if name == "exclusions":
        return row | {"revoked_at": draws.choice((None, row["revoked_at"], draws.choice(rows)["revoked_at"]))}
    times = HAPPENS.get(name, ())
    if times and draws.random() < 0.6:
        return row | dict.fromkeys(draws.sample(times, draws.randint(1, len(times))))
    column = draws.choice([column for column in row if column not in keys] or list(keys))
    return row | {column: draws.choice(rows)[column]} if column not in keys else dict(row)


def now() -> datetime:
    """The clock of tests."""
    return datetime.now(UTC)


def new_home(folder: Path, only: Iterable[str] = (), more: str = "") -> Home:
    """A home on SQLite that scores `only` those scorecards; `more` is added to its configuration."""
    create_home(folder)
    configure(folder, only, more)
    return open_home(folder)


def quick_home(folder: Path, more: str = "") -> Home:
    """A home that scores `demo/quick` alone."""
    home = new_home(folder, [QUICKLY], f'rules = ["quick.yaml"]\n{more}')
    (folder / "quick.yaml").write_text(QUICK, encoding="utf-8")
    return home


def configure(folder: Path, only: Iterable[str] = (), more: str = "") -> None:
    """Write the configuration of a home anew."""
    text = f"[engine.settings]\nthreads = 2\n\n[scorecards]\nonly = {json.dumps(list(only))}\n\n{more}"
    (folder / "steelyard.toml").write_text(text, encoding="utf-8")


def run(home: Home, day: date, **options: Any) -> Outcome:
    """`run_home` for a day, the home's configuration read anew."""
    return run_home(open_home(home.folder), day, now, **options)


def shown(home: Home) -> dict[tuple[str, date], Publication]:
    """What readers see, by scorecard and day."""
    with open_database(home) as db:
        found = {(name, day): published(db, name, day) for name, days in shown_days(db).items() for day in days}
    return {key: each for key, each in found.items() if each is not None}


def ever(home: Home) -> list[int]:
    """The ids of everything ever published."""
    with open_database(home) as db:
        return [each.id for name, days in shown_days(db).items() for day in days for each in history(db, name, day)]


def result_rows(folder: Path) -> dict[str, list[str]]:
    """The rows of a published result by table, without since when effects stand."""
    return {name: told(pq.read_table(folder / f"{name}.parquet").to_pylist()) for name in TABLES}


def told(rows: Iterable[Row]) -> list[str]:
    """Rows as text, in order."""
    return sorted(repr({name: value for name, value in row.items() if name != "since"}) for row in rows)


def seen(home: Home) -> dict[tuple[str, date], dict[str, list[str]]]:
    """The published rows by scorecard and day."""
    return {key: result_rows(home.path(each.folder)) for key, each in shown(home).items()}


def scored(
    engine: Engine, folder: Path, cards: list[Scorecard], day: date
) -> dict[tuple[str, date], dict[str, list[str]]]:
    """What `score` says of a folder, as `seen` says it of a home."""
    events = open_events(engine, folder, frozenset(CONTRACT))
    return {
        (result.scorecard.id, day): {name: told(result.arrow(name).to_pylist()) for name in TABLES}
        for result in score_together(engine, events, cards, day)
    }


def days_from(first: date, count: int) -> list[date]:
    """So many days from `first` on."""
    return [first + timedelta(days=number) for number in range(count)]
