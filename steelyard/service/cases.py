"""Worked cases of the service metrics: a few events, a period, and what must be counted, checked with a pencil.

A case file is YAML. Rows take the columns they lack from `defaults`; `values` sets numbers of the settings as `--set`
does. Only the metrics and subjects that `expect` names are compared, by numerator and denominator.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field

from steelyard.cases import write_case
from steelyard.facts import Judged
from steelyard.scorecards.cases import Case, Cells, Expected, Row
from steelyard.scorecards.load import validated
from steelyard.scorecards.rule import Rule
from steelyard.scorecards.tree import Node, read_tree
from steelyard.service.settings import Settings, settings_of
from steelyard.windows import Period

Pair = tuple[int, int]
Count = Callable[[Settings, Judged, Period, Path], list[dict[str, Any]]]
"""Counts an events folder, see `report`; ids are text."""


class _Written(Rule):
    """One case as its file writes it."""

    name: str
    """A sentence: what this case shows."""
    note: str = ""
    """The sum, as one would do it by hand."""
    by: Judged = "shop"
    """Whose numbers."""
    first: date | None = None
    """The first day; None: that of the file."""
    end: date | None = None
    """The first day after the period; None: that of the file."""
    values: dict[str, Any] = Field(default_factory=dict)
    """Numbers of the settings by path."""
    events: dict[str, tuple[Cells, ...]]
    """Rows by table; a table that is not named is not in the folder, but for shops and orders."""
    expect: dict[str, dict[str, Pair]]
    """By metric and subject: numerator and denominator."""


class _File(Rule):
    """One file of worked cases."""

    settings: str
    """The platform whose settings are worked."""
    first: date
    """The first day."""
    end: date
    """The first day after the period."""
    defaults: dict[str, Cells] = Field(default_factory=dict)
    """Cells by table that every row takes where it says nothing."""
    cases: tuple[_Written, ...] = Field(min_length=1)
    """The cases."""


@dataclass(frozen=True)
class ServiceCase:
    """One worked case, its rows written out."""

    name: str
    place: str
    settings: Settings
    by: Judged
    period: Period
    events: Mapping[str, tuple[Row, ...]]
    expect: Mapping[str, Mapping[str, Pair]]

    def differences(self, count: Count) -> list[str]:
        """What came out otherwise than expected, a sentence each."""
        asked = tuple(metric for metric in self.settings.metrics if metric.name in self.expect)
        with tempfile.TemporaryDirectory(prefix="steelyard-case-") as folder:
            write_case(self._as_case(), Path(folder))
            rows = count(self.settings.model_copy(update={"metrics": asked}), self.by, self.period, Path(folder))
        found = {(row["metric"], str(row["subject_id"])): (row["numerator"], row["denominator"]) for row in rows}
        return [
            f"{metric} of {subject}: expected {pair}, got {found.get((metric, subject))}"
            for metric, subjects in self.expect.items()
            for subject, pair in subjects.items()
            if found.get((metric, subject)) != pair
        ]

    def _as_case(self) -> Case:
        return Case("", self.name, self.period.end, self.events, Expected(), self.place)


def shipped_cases() -> list[ServiceCase]:
    """The cases that come with the settings."""
    folder = Path(str(files("steelyard.service") / "cases"))
    return [case for path in sorted(folder.glob("*.yaml")) for case in load_service_cases(path)]


def load_service_cases(path: Path) -> list[ServiceCase]:
    """The cases of one file; RulesError with every problem and its line."""
    tree = read_tree(path, f"cases/{path.name}")
    file = validated(_File, tree)
    return [_case(file, index, tree) for index in range(len(file.cases))]


def _case(file: _File, index: int, tree: Node) -> ServiceCase:
    text = file.cases[index]
    events: dict[str, tuple[Row, ...]] = {"shops": (), "orders": ()}
    for table, rows in text.events.items():
        places = [tree.place_of("cases", index, "events", table, position) for position in range(len(rows))]
        own = file.defaults.get(table, {})
        events[table] = tuple(Row(own | cells, place) for cells, place in zip(rows, places, strict=True))
    period = Period(text.first or file.first, text.end or file.end)
    values = {path: str(value) for path, value in text.values.items()}
    settings = settings_of(file.settings, None, values)
    return ServiceCase(text.name, tree.place_of("cases", index), settings, text.by, period, events, text.expect)
