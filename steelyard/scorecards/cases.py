"""Worked cases of a scorecard: a few events, a day, and what must come out, checked with a pencil.

A case file is YAML. Rows take the columns they lack from `defaults`; `times: 30` repeats a row with `{n}`
in its texts replaced by 1 to 30, `times: {shop: 5, n: 30}` does so for every pair. `values` sets numbers of the
scorecard for all cases of a file. Only what `expect` names is compared.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from steelyard.scorecards.load import shown_name, validated
from steelyard.scorecards.rule import Rule
from steelyard.scorecards.tree import Node, read_tree

Cells = dict[str, Any]

KEYS: dict[str, tuple[str, ...]] = {
    "scores": ("subject_id",),
    "dimensions": ("subject_id", "dimension"),
    "indicators": ("subject_id", "indicator"),
    "observed": ("subject_id", "indicator"),
    "adjustments": ("subject_id", "rule"),
    "effects": ("subject_id", "effect"),
}
"""The result tables a case may name, and what tells their rows apart."""

_MEASURED = frozenset({"numerator", "denominator", "value", "status"})
_OWN = {
    "indicators": _MEASURED,
    "observed": _MEASURED,
    "scores": frozenset({"status"}),
}
"""Columns that depend on nobody but the subject itself."""

_MILLIONTH = Decimal("0.000001")
_HOLE = re.compile(r"\{(\w+)\}")


class Expected(Rule):
    """What must come out: cells by subject (and part); null where no row may be."""

    scores: dict[str, Cells | None] = Field(default_factory=dict)
    """By subject: `status`, `score`, `raw_score`, `band` …"""
    dimensions: dict[str, dict[str, Cells | None]] = Field(default_factory=dict)
    """By subject and dimension: `points`, `weight`."""
    indicators: dict[str, dict[str, Cells | None]] = Field(default_factory=dict)
    """By subject and indicator: `numerator`, `denominator`, `value`, `status`, `points` …"""
    observed: dict[str, dict[str, Cells | None]] = Field(default_factory=dict)
    """By subject and observed value: `numerator`, `denominator`, `value`, `status` …"""
    adjustments: dict[str, dict[str, Cells | None]] = Field(default_factory=dict)
    """By subject and gate: `before`, `after`, `reason`."""
    effects: dict[str, dict[str, Cells | None]] = Field(default_factory=dict)
    """By subject and effect: `state`, `value`."""

    def rows(self) -> Iterator[tuple[str, tuple[str, ...], Cells | None]]:
        """Every expected row: its table, its key and its cells."""
        for subject, cells in self.scores.items():
            yield "scores", (subject,), cells
        for table in [name for name in KEYS if name != "scores"]:
            for subject, parts in getattr(self, table).items():
                for part, cells in parts.items():
                    yield table, (subject, part), cells

    @property
    def looks_at_peers(self) -> bool:
        """Whether anything is expected that depends on other subjects."""
        return any(
            cells is None
            or any(value is not None and column not in _OWN.get(table, ()) for column, value in cells.items())
            for table, _, cells in self.rows()
        )

    @property
    def all_ok(self) -> bool:
        """Whether no status other than ok and scored is expected."""
        return all((cells or {}).get("status", "ok") in ("ok", "scored") for _, _, cells in self.rows())

    def of_subjects(self, prefix: str) -> "Expected":
        """The same of subjects whose ids carry `prefix`."""
        tables: dict[str, dict[str, Any]] = {table: getattr(self, table) for table in KEYS}
        return Expected.model_validate(
            {
                table: {f"{prefix}{subject}": rows for subject, rows in subjects.items()}
                for table, subjects in tables.items()
            }
        )


class CaseText(Rule):
    """One case as its file writes it."""

    name: str
    """A sentence: what this case shows."""
    note: str = ""
    """The sum, as one would do it by hand."""
    as_of: date
    """The day of the score; what happened on it is not known yet."""
    events: dict[str, tuple[Cells, ...]]
    """Rows by table; a table that is not named is not in the folder."""
    expect: Expected
    """What must come out."""
    self_contained: bool = False
    """Every peer group of the case is large enough for itself, so other cases may be scored beside it."""


class CaseFile(Rule):
    """One file of worked cases."""

    scorecard: str
    """`id@version`."""
    defaults: dict[str, Cells] = Field(default_factory=dict)
    """Cells by table that every row takes where it says nothing."""
    values: dict[str, Any] = Field(default_factory=dict)
    """Numbers of the scorecard by path, set before scoring: those that are `required`."""
    cases: tuple[CaseText, ...] = Field(min_length=1)
    """The cases."""


@dataclass(frozen=True)
class Row:
    """One event row with the place it was written at."""

    cells: Cells
    place: str


@dataclass(frozen=True)
class Case:
    """One worked case, its rows written out."""

    scorecard: str
    name: str
    as_of: date
    events: Mapping[str, Sequence[Row]]
    expect: Expected
    place: str
    note: str = ""
    self_contained: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    """Numbers of the scorecard by path, as the command line takes them."""


@dataclass(frozen=True)
class CaseResult:
    """How a case went: passed when there are no differences."""

    case: Case
    differences: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether everything named came out as expected."""
        return not self.differences


def load_cases(path: Path) -> list[Case]:
    """The cases of one file; RulesError with every problem and its line."""
    tree = read_tree(path, shown_name(path))
    file = validated(CaseFile, tree)
    return [_case(file, index, tree) for index in range(len(file.cases))]


def _case(file: CaseFile, index: int, tree: Node) -> Case:
    text = file.cases[index]
    events = {
        table: [
            row
            for position, cells in enumerate(rows)
            for row in _written_out(
                file.defaults.get(table, {}) | cells, tree.place_of("cases", index, "events", table, position)
            )
        ]
        for table, rows in text.events.items()
    }
    place = tree.place_of("cases", index)
    values = {path: str(value) for path, value in file.values.items()}
    return Case(
        file.scorecard, text.name, text.as_of, events, text.expect, place, text.note, text.self_contained, values
    )


def cases_in(folder: Path) -> list[Case]:
    """The cases of every file of a folder, in order of their names."""
    return [case for path in sorted(folder.glob("*.yaml")) for case in load_cases(path)]


def _written_out(cells: Cells, place: str) -> Iterator[Row]:
    times = cells.get("times", 1)
    counters = times if isinstance(times, Mapping) else {"n": times}
    rest = {column: value for column, value in cells.items() if column != "times"}
    for numbers in product(*(range(1, int(count) + 1) for count in counters.values())):
        found = dict(zip(counters, numbers, strict=True))
        yield Row({column: _filled(value, found) for column, value in rest.items()}, place)


def _filled(value: Any, numbers: Mapping[str, int]) -> Any:
    if not isinstance(value, str):
        return value
    return _HOLE.sub(lambda hole: str(numbers.get(hole[1], hole[0])), value)


def compare(expected: Expected, results: Mapping[str, pa.Table]) -> list[str]:
    """What came out otherwise than expected, a sentence each; only what is named is compared."""
    found = {table: _by_key(results.get(table), KEYS[table]) for table in KEYS}
    said: list[str] = []
    for table, key, cells in expected.rows():
        row = found[table].get(key)
        where = " ".join((table, *key))
        if cells is None:
            said += [f"{where}: expected no row, got {row}"] if row is not None else []
        elif row is None:
            said.append(f"{where}: expected a row, got none")
        else:
            said += _cells_apart(where, cells, row)
    return said


def _by_key(table: pa.Table | None, key: tuple[str, ...]) -> dict[tuple[str, ...], Cells]:
    rows: list[Cells] = table.to_pylist() if table is not None else []
    return {tuple(str(row[column]) for column in key): row for row in rows}


def _cells_apart(where: str, cells: Cells, row: Cells) -> Iterator[str]:
    for column, wanted in cells.items():
        if column not in row:
            yield f"{where} {column}: there is no such column"
        elif _exact(row[column]) != _exact(wanted):
            yield f"{where} {column}: expected {_shown(wanted)}, got {_shown(row[column])}"


def _exact(value: Any) -> Any:
    """Numbers as decimals, floats to the millionth they stand for; times and days as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.quantize(_MILLIONTH, ROUND_HALF_UP)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
