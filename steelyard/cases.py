"""Running worked cases: their rows as an events folder, many small cases as one, results compared."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.errors import Problem, RulesError
from steelyard.events.contract import CONTRACT, Column, Kind
from steelyard.scorecards.cases import KEYS, Case, CaseResult, Expected, Row, compare
from steelyard.scorecards.library import Library, library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.override import set_values
from steelyard.scorecards.problems import problem

Score = Callable[[Scorecard, Path, date], Mapping[str, pa.Table]]
"""Scores an events folder on a day and gives the result tables by name; ids are text."""

_TYPES: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "date": pa.date32(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}


def write_case(case: Case, folder: Path) -> None:
    """The case's rows as Parquet files in `folder`, ids as text; RulesError for what they cannot hold."""
    problems: list[Problem] = []
    tables = {name: _arrow(name, rows, problems, case) for name, rows in case.events.items()}
    if problems:
        raise RulesError(problems)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if table is not None:
            pq.write_table(table, folder / f"{name}.parquet")


def _arrow(name: str, rows: Sequence[Row], problems: list[Problem], case: Case) -> pa.Table | None:
    if name not in CONTRACT:
        problems.append(problem("unknown-key", case.place, f"there is no table {name!r}", "use the event contract's"))
        return None
    known = {column.name: column for column in CONTRACT[name].columns}
    for row in rows:
        problems += [
            problem("unknown-key", row.place, f"{name} has no column {column!r}", "use the event contract's")
            for column in row.cells
            if column not in known
        ]
    used = [column for column in known.values() if column.required or any(column.name in row.cells for row in rows)]
    cells = {column.name: [_cell(column, row, problems) for row in rows] for column in used}
    schema = pa.schema([(column.name, _TYPES[column.kind]) for column in used])
    return pa.table(cells, schema=schema) if not problems else None


def _cell(column: Column, row: Row, problems: list[Problem]) -> Any:
    value = row.cells.get(column.name)
    try:
        return None if value is None else _READERS[column.kind](value)
    except (TypeError, ValueError):
        said = f"{column.name}: {value!r} is no {column.kind}"
        problems.append(problem("wrong-type", row.place, said, f"write a {column.kind}"))
        return None


def _text(value: Any) -> str:
    if isinstance(value, bool | date | Decimal):
        raise TypeError(value)
    return str(value)


def _time(value: Any) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        raise TypeError(value)
    return value if isinstance(value, date) else date.fromisoformat(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(value)
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


_READERS: dict[Kind, Callable[[Any], Any]] = {
    "id": _text,
    "text": _text,
    "time": _time,
    "date": _date,
    "integer": _whole,
    "number": _number,
    "flag": _flag,
}


def merge(cases: Sequence[Case]) -> Case:
    """Several cases of one day as one folder: ids and categories carry the case's number, from 0."""
    events: dict[str, list[Row]] = {}
    expected: dict[str, dict[str, Any]] = {table: {} for table in KEYS}
    for number, case in enumerate(cases):
        for table, rows in case.events.items():
            events.setdefault(table, []).extend(_prefixed(table, row, f"{number}:") for row in rows)
        own = case.expect.of_subjects(f"{number}:")
        for table in KEYS:
            expected[table] |= getattr(own, table)
    first = cases[0]
    name = f"{len(cases)} cases at once"
    wanted = Expected.model_validate(expected)
    return Case(first.scorecard, name, first.as_of, events, wanted, first.place, values=first.values)


def _prefixed(table: str, row: Row, prefix: str) -> Row:
    ids = {column.name for column in CONTRACT[table].columns if column.kind == "id"} if table in CONTRACT else set()
    if table == "shops":
        ids.add("category")
    cells = {
        column: f"{prefix}{value}" if column in ids and value is not None else value
        for column, value in row.cells.items()
    }
    return Row(cells, row.place)


def batches(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases that may be merged, those that may not each alone.

    Cases of one day, scorecard and values go together where nothing they expect depends on peers; contained ones too.
    Where a result may hang on a table not being there, only cases with the same tables go together.
    """
    grouped: dict[tuple[object, ...], list[Case]] = {}
    for number, case in enumerate(cases):
        key: tuple[object, ...] = (case.scorecard, case.as_of, frozenset(case.values.items()))
        if case.self_contained or not case.expect.all_ok or _points_outside(case):
            key = (*key, frozenset(case.events))
        if case.expect.looks_at_peers:
            key = (*key, "peers") if case.self_contained else (number,)
        grouped.setdefault(key, []).append(case)
    return list(grouped.values())


def _points_outside(case: Case) -> bool:
    """Whether rows refer to a table the case does not have: beside one that does, they'd be quarantined."""
    tables = [CONTRACT[name] for name in case.events if name in CONTRACT]
    return any(target not in case.events for table in tables for target in table.references.values())


def run_cases(cases: Sequence[Case], score: Score, known: Library | None = None) -> list[CaseResult]:
    """Every case's result, in the given order; cases that may be merged run together."""
    scorecards = known or library()
    found: dict[int, CaseResult] = {}
    for batch in batches(cases):
        merged = merge(batch) if len(batch) > 1 else batch[0]
        results = _scored(merged, score, scorecards)
        for number, case in enumerate(batch):
            expected = case.expect.of_subjects(f"{number}:") if len(batch) > 1 else case.expect
            found[id(case)] = CaseResult(case, tuple(compare(expected, results)))
    return [found[id(case)] for case in cases]


def _scored(case: Case, score: Score, scorecards: Library) -> Mapping[str, pa.Table]:
    name, _, version = case.scorecard.partition("@")
    with tempfile.TemporaryDirectory(prefix="steelyard-case-") as folder:
        write_case(case, Path(folder))
        scorecard = scorecards.get(name, version)
        if case.values:
            scorecard = set_values(scorecard, case.values)
        return score(scorecard, Path(folder), case.as_of)
