"""Names of a scorecard that must lead somewhere: ids, references, texts, dates."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from steelyard.errors import Problem
from steelyard.scorecards.curves import CountInstead
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
from steelyard.scorecards.rule import Text
from steelyard.scorecards.tree import Node

_ID = re.compile(r"[a-z0-9_]+")
_SCORECARD_ID = re.compile(r"[a-z0-9_]+/[a-z0-9_]+")
_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]*")
_COMPARISONS = ("below", "at_most", "at_least", "above", "one_of")
_WORDS = ("band", "state")
"""What is compared with words."""


def name_findings(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    """Every id, reference, text, condition and date that is wrong, at its line."""
    yield from _ids(scorecard, tree)
    yield from _references(scorecard, tree)
    yield from _conditions(scorecard, tree)
    yield from _texts(scorecard, tree, ())
    yield from _dates(scorecard, tree)


def _ids(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    if not _SCORECARD_ID.fullmatch(scorecard.id):
        said = f"{scorecard.id!r} is no scorecard id"
        yield problem("invalid-id", tree.place_of("id"), said, "write `platform/name` in a-z, 0-9 and _")
    if not _VERSION.fullmatch(scorecard.version):
        fix = "use a-z, 0-9, points and hyphens"
        yield problem("invalid-id", tree.place_of("version"), f"{scorecard.version!r} is no version", fix)
    for kind, parts in _named_parts(scorecard).items():
        seen: set[str] = set()
        for name, path in parts:
            if not _ID.fullmatch(name):
                yield problem("invalid-id", tree.place_of(*path, "id"), f"{name!r} is no id", "use a-z, 0-9 and _")
            if kind == "indicators" and name == "volume":
                said = "`volume` names the least volume of a score"
                yield problem("invalid-id", tree.place_of(*path, "id"), said, "rename it")
            if name in seen:
                said = f"another of the {kind} is called {name!r} already"
                yield problem("duplicate-id", tree.place_of(*path, "id"), said, "rename one")
            seen.add(name)


def _named_parts(scorecard: Scorecard) -> dict[str, list[tuple[str, tuple[str | int, ...]]]]:
    """The ids of each kind with the paths of what they name."""
    parts: dict[str, list[tuple[str, tuple[str | int, ...]]]] = {
        kind: [(part.id, (kind, index)) for index, part in enumerate(getattr(scorecard, kind))]
        for kind in ("dimensions", "adjustments", "gates", "bands", "effects")
    }
    parts["indicators"] = [
        (inner.id, ("dimensions", index, "indicators", position))
        for index, dimension in enumerate(scorecard.dimensions)
        for position, inner in enumerate(dimension.indicators)
    ] + [(part.id, ("observed", index)) for index, part in enumerate(scorecard.observed)]
    for index, adjustment in enumerate(scorecard.adjustments):
        parts[f"degrees of {adjustment.id}"] = [
            (degree.id, ("adjustments", index, "degrees", position))
            for position, degree in enumerate(adjustment.degrees)
        ]
    return parts


Wanted = tuple[tuple[str | int, ...], str, set[str]]
"""Where a name stands, the name, and the names it may be."""


def _references(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    for path, name, known in (*_of_parts(scorecard), *_of_effects(scorecard)):
        if name not in known:
            fix = f"use one of {', '.join(sorted(known))}"
            yield problem("unknown-reference", tree.place_of(*path), f"{name!r} is not in this scorecard", fix)


def _of_parts(scorecard: Scorecard) -> Iterator[Wanted]:
    """What gates, adjustments, exemptions and policies for few rows name."""
    indicators = {part.id for part in scorecard.measured}
    observed = {part.id for part in scorecard.observed}
    dimensions = {dimension.id for dimension in scorecard.dimensions}
    for index, gate in enumerate(scorecard.gates):
        yield ("gates", index, "indicator"), gate.indicator, indicators
    for index, adjustment in enumerate(scorecard.adjustments):
        yield ("adjustments", index, "indicator"), adjustment.indicator, indicators
        for position, name in enumerate(adjustment.dimensions):
            yield ("adjustments", index, "dimensions", position), name, dimensions
    for index, exemption in enumerate(scorecard.exemptions):
        for position, name in enumerate(exemption.indicators):
            yield ("exemptions", index, "indicators", position), name, indicators
    for index, dimension in enumerate(scorecard.dimensions):
        for position, few in enumerate(indicator.low_volume for indicator in dimension.indicators):
            if isinstance(few, CountInstead) and few.counts is not None:
                yield ("dimensions", index, "indicators", position, "low_volume", "counts"), few.counts, observed


def _of_effects(scorecard: Scorecard) -> Iterator[Wanted]:
    """What the conditions of effects compare; states are made elsewhere and may have any name."""
    bands = {band.id for band in scorecard.bands}
    subjects = {
        "score",
        *(["band"] if bands else []),
        *(f"dimension.{dimension.id}" for dimension in scorecard.dimensions),
        *(f"indicator.{part.id}" for part in scorecard.measured),
    }
    for index, effect in enumerate(scorecard.effects):
        for position, condition in enumerate(effect.when):
            place = ("effects", index, "when", position)
            if not condition.of.startswith("state."):
                yield (*place, "of"), condition.of, subjects
            if condition.of == "band":
                for name in condition.one_of or ():
                    yield (*place, "one_of"), name, bands


def _conditions(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    for index, effect in enumerate(scorecard.effects):
        for position, condition in enumerate(effect.when):
            given = [key for key in _COMPARISONS if getattr(condition, key) is not None]
            is_word = condition.of.partition(".")[0] in _WORDS
            if len(given) != 1 or (given == ["one_of"]) != is_word:
                said = f"{effect.id} compares {condition.of} with {' and '.join(given) or 'nothing'}"
                place = tree.place_of("effects", index, "when", position)
                yield problem(
                    "condition-comparison",
                    place,
                    said,
                    "give exactly one of below, at_most, at_least, above, or one_of for a band or a state",
                )


def _texts(part: Any, tree: Node, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(part, Text):
        for language in ("zh", "en"):
            if not getattr(part, language).strip():
                place = tree.place_of(*path, language)
                yield problem(
                    "missing-text", place, f"{'.'.join(map(str, path))}.{language} is empty", "write the text"
                )
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _texts(getattr(part, name), tree, (*path, name))
    elif isinstance(part, tuple):
        for index, inner in enumerate(part):
            yield from _texts(inner, tree, (*path, index))


def _dates(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    published, effective = scorecard.published_on, scorecard.effective_from
    if published and effective and effective < published:
        said = f"in force from {effective}, published on {published}"
        yield problem("dates-order", tree.place_of("effective_from"), said, "check both days")
    for index, effect in enumerate(scorecard.effects):
        if effect.from_on and effect.until_on and effect.until_on <= effect.from_on:
            said = f"{effect.id} is over on {effect.until_on}, it begins on {effect.from_on}"
            yield problem("dates-order", tree.place_of("effects", index, "until_on"), said, "check both days")
