"""The catalogue of scenarios: what a contact was about, its module, and whether it is an ordinary enquiry.

It stands in for the table `scenarios` of a folder that has none. A code it does not know belongs to no module and
is no ordinary enquiry.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import ibis
import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict

from steelyard import yaml12
from steelyard.events.contract import CONTRACT

MODULES = CONTRACT["scenarios"].column("module").values
"""The modules a scenario may belong to."""

SHIPPED = Path(str(files("steelyard.events").joinpath("scenarios.yaml")))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """A text in both languages."""

    zh: str
    en: str


class Scenario(_Part):
    """One thing a contact may be about; `grade` X is an assumption, `where` says which text names it, or why not."""

    code: str
    name: Words
    module: Literal["goods", "shipping", "logistics", "basic_service"]
    routine: bool
    example: Words
    grade: Literal["S", "A", "B", "X"]
    where: Words

    def says(self, text: str) -> bool:
        """Whether `text` occurs in its code, its names or its examples."""
        said = (self.code, self.name.zh, self.name.en, self.example.zh, self.example.en)
        return any(text.casefold() in each.casefold() for each in said)


class Version(_Part):
    """What changes from `from_on` on (None: from the beginning): new or changed scenarios, withdrawn codes."""

    version: str
    from_on: date | None
    scenarios: tuple[Scenario, ...] = ()
    withdrawn: tuple[str, ...] = ()


class _File(_Part):
    versions: tuple[Version, ...]


def versions_in(path: Path) -> tuple[Version, ...]:
    """The versions of a catalogue file, the earliest first; ValueError where it is no catalogue."""
    read = _File.model_validate(yaml12.plain(path.read_text(encoding="utf-8")))
    return tuple(sorted(read.versions, key=lambda version: version.from_on or date.min))


def in_force(versions: Iterable[Version], day: date) -> tuple[Scenario, ...]:
    """The scenarios as they stand on `day`, in the order they came."""
    known: dict[str, Scenario] = {}
    for version in versions:
        if version.from_on is None or version.from_on <= day:
            known |= {scenario.code: scenario for scenario in version.scenarios}
            known = {code: scenario for code, scenario in known.items() if code not in version.withdrawn}
    return tuple(known.values())


@cache
def catalogue(day: date) -> tuple[Scenario, ...]:
    """The shipped scenarios as they stand on `day`."""
    return in_force(_shipped(), day)


def changes_between(first: date, last: date) -> list[date]:
    """The days after `first` and up to `last` on which the shipped scenarios change."""
    days = {version.from_on for version in _shipped() if version.from_on is not None}
    return sorted(day for day in days if first < day <= last)


@cache
def _shipped() -> tuple[Version, ...]:
    return versions_in(SHIPPED)


def module_of(code: ir.StringValue, day: date) -> ir.StringValue:
    """The module of each code by the shipped catalogue, NULL for a code it does not know."""
    known = [[each.code for each in catalogue(day) if each.module == module] for module in MODULES]
    branches = [(code.isin(codes), module) for codes, module in zip(known, MODULES, strict=True) if codes]
    return ibis.cases(*branches, else_=ibis.null("string"))


def is_routine(code: ir.StringValue, day: date) -> ir.BooleanValue:
    """Whether each code is known to be an ordinary enquiry by the shipped catalogue."""
    return code.isin([each.code for each in catalogue(day) if each.routine]).fill_null(False)
