"""Which numbers a scorecard has, and which of them are published and which are ours.

A number is every numeric leaf, every weight `equal` and every time of day. Paths are written with dots, list
items by their `id` or their index; in a pattern `*` stands for one segment, `**` for any number of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from steelyard.scorecards.model import Assumption, Scorecard, Source

_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}")
_NOT_NUMBERS = ("sources", "assumptions")

Path = tuple[tuple[str, ...], ...]
"""Segments from the root; a list item may be called by its id or its index."""


@dataclass(frozen=True)
class Leaf:
    """One number of a scorecard: where it stands, and what it is."""

    path: Path
    value: Any = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The path as text, list items by id where they have one."""
        return ".".join(segment[0] for segment in self.path)

    def met_by(self, pattern: str) -> bool:
        """Whether `pattern` covers this leaf."""
        return _meets(tuple(pattern.split(".")), self.path)


@cache
def _meets(pattern: tuple[str, ...], path: Path) -> bool:
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == "**":
        return any(_meets(rest, path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and (head == "*" or head in path[0]) and _meets(rest, path[1:])


def is_number(value: object) -> bool:
    """Whether a leaf needs a source or an assumption."""
    if isinstance(value, str):
        return value == "equal" or _TIME_OF_DAY.fullmatch(value) is not None
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def leaves(data: Mapping[str, Any]) -> list[Leaf]:
    """The numbers of a scorecard given as plain data, in the order of the file."""
    inside = {key: value for key, value in data.items() if key not in _NOT_NUMBERS}
    return [Leaf(path, value) for path, value in _walk(inside, ()) if is_number(value)]


def scorecard_leaves(scorecard: Scorecard) -> list[Leaf]:
    """The numbers of a scorecard: those its file writes, not the model's defaults."""
    return leaves(scorecard.model_dump(exclude_unset=True))


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, (*path, (key,)))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            name = inner.get("id") if isinstance(inner, Mapping) else None
            yield from _walk(inner, (*path, (name, str(index)) if name else (str(index),)))
    else:
        yield path, value


def covered(patterns: Iterable[str], among: Iterable[Leaf]) -> set[Leaf]:
    """The leaves that any of `patterns` meets."""
    wanted = tuple(patterns)
    return {leaf for leaf in among if any(leaf.met_by(pattern) for pattern in wanted)}


@dataclass(frozen=True)
class Numbers:
    """How many numbers a scorecard has, how many are published by grade, how many are assumed."""

    total: int
    assumed: int
    by_grade: Mapping[str, int]

    def zh(self) -> str:
        """In Chinese: 27 个数字，其中 12 个为假设."""
        return f"{self.total} 个数字，其中 {self.assumed} 个为假设"

    def en(self) -> str:
        """In English: 27 numbers, 12 assumed."""
        return f"{self.total} numbers, {self.assumed} assumed"


def numbers(scorecard: Scorecard) -> Numbers:
    """Count a scorecard's numbers; where two sources cover one, the better grade counts."""
    every = scorecard_leaves(scorecard)
    assumed = covered((pattern for entry in scorecard.assumptions for pattern in entry.covers), every)
    left = set(every) - assumed
    by_grade: dict[str, int] = {}
    for grade in ("S", "A", "B"):
        met = covered(
            (pattern for entry in scorecard.sources if entry.grade == grade for pattern in entry.covers), left
        )
        by_grade[grade] = len(met)
        left -= met
    return Numbers(len(every), len(assumed), by_grade)


def cover_of(scorecard: Scorecard, path: str) -> Source | Assumption | None:
    """The source or assumption behind the number at `path`, None where it has neither."""
    met = [leaf for leaf in scorecard_leaves(scorecard) if leaf.met_by(path)]
    entries: tuple[Source | Assumption, ...] = (*scorecard.assumptions, *scorecard.sources)
    for entry in entries:
        if covered(entry.covers, met):
            return entry
    return None


def narrowed(patterns: Iterable[str], before: Iterable[Leaf], after: Iterable[Leaf], taken: set[str]) -> list[str]:
    """Patterns written for the leaves `before`, so that among `after` they meet the same ones less `taken`.

    A pattern that still fits stays as it is; another is written out leaf by leaf, or goes where none is left.
    """
    old, new = list(before), list(after)
    names = {leaf.name for leaf in new}
    kept: list[str] = []
    for pattern in patterns:
        meant = {leaf.name for leaf in old if leaf.met_by(pattern)} & (names - taken)
        meets = {leaf.name for leaf in new if leaf.met_by(pattern)}
        if meets == meant:
            kept.extend([pattern] if meant else [])
        else:
            kept.extend(sorted(meant))
    return kept
