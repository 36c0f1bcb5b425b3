"""What the engine counts equals a naive reading of every definition sheet, on marketplaces made to break either."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from steelyard.engines import Engine
from steelyard.events.check import Events, open_events
from steelyard.events.contract import CONTRACT
from steelyard.scorecards.library import library
from steelyard.scorecards.override import set_values
from steelyard.scoring.run import score_together
from steelyard.scoring.running import Result
from tests.marketplace import write_events
from tests.reference.hostile_full import full_marketplace
from tests.reference.naive_cards import CARDS
from tests.reference.naive_check import Tables
from tests.reference.naive_measures import Values, values

DAYS = (date(2022, 10, 10), date(2022, 10, 10), date(2022, 11, 1), date(2022, 12, 31), date(2023, 3, 1))
"""The day each seed is scored as of: in the middle, on the first and on the last day of a month."""
NAMES = sorted({name for card in CARDS.values() for name in card.readings})
TWIN = "kuaishou/star@2022-05-19-published"
"""Measures what kuaishou/star@2022-05-19 does."""
CELLS = ("numerator", "denominator", "value", "status")


def shop_cards() -> list[str]:
    """`id@version` of everything the library has for shops."""
    shipped = library()
    every = [shipped.get(name, version) for name in shipped.ids() for version in shipped.versions(name)]
    return [card.name for card in every if card.subject == "shop"]


@cache
def market(seed: int) -> Tables:
    return full_marketplace(seed, DAYS[seed], NAMES)


def opened(engine: Engine, seed: int, folder: Path) -> Events:
    return open_events(engine, write_events(folder, market(seed)), frozenset(CONTRACT))


@pytest.mark.parametrize("name", shop_cards())
def test_every_measured_value_has_a_reading(name: str) -> None:
    card = library().get(*name.split("@"))
    assert {part.id for part in card.measured} == set(CARDS[name].readings)


def found(result: Result) -> Mapping[tuple[Any, str], dict[str, Any]]:
    """What the engine measured, points or no points, by (shop, indicator)."""
    rows = [row for table in ("indicators", "observed") for row in result.arrow(table).to_pylist()]
    return {(row["subject_id"], row["indicator"]): row for row in rows}


def differing(found: Mapping[tuple[Any, str], dict[str, Any]], expected: Values) -> Iterator[str]:
    for key in sorted(found.keys() | expected.keys(), key=str):
        ours, theirs = (
            {cell: rows[key][cell] for cell in CELLS} if key in rows else None for rows in (found, expected)
        )
        if ours != theirs:
            yield f"{key}: engine {ours}, reference {theirs}"


def compare(engine: Engine, seed: int, folder: Path, names: list[str]) -> list[str]:
    """Every cell of these scorecards, scored together, in which engine and reference differ."""
    cards = [set_values(library().get(*name.split("@")), CARDS[name].settings) for name in names]
    results = score_together(engine, opened(engine, seed, folder), cards, DAYS[seed])
    lines = []
    for name, result in zip(names, results, strict=True):
        expected = values(CARDS[name], market(seed), DAYS[seed])
        lines += [f"{name} {line}" for line in differing(found(result), expected)]
    return lines


def in_turn(seed: int) -> list[str]:
    """One version of every scorecard: versions share most of their measures, so they take turns."""
    versions: dict[str, list[str]] = {}
    for name in sorted(CARDS):
        versions.setdefault(name.split("@")[0], []).append(name)
    return [names[seed % len(names)] for names in versions.values()]


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_marketplaces_tell_shops_apart(name: str) -> None:
    """No agreement about nothing: every value differs between shops, and is above zero for some."""
    rows = [row for seed, day in enumerate(DAYS) for row in values(CARDS[name], market(seed), day).items()]
    for indicator in CARDS[name].readings:
        told = {row["value"] for (_, of), row in rows if of == indicator and row["value"] is not None}
        assert len(told) > 1, indicator
        assert max(told) > 0, indicator


@pytest.mark.parametrize("seed", range(len(DAYS)))
def test_hostile_marketplace(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    assert compare(duckdb, seed, tmp_path / "events", in_turn(seed)) == []


@pytest.mark.parametrize("engine", [pytest.param("spark", marks=pytest.mark.spark)], indirect=True)
def test_hostile_marketplace_on_spark(engine: Engine, tmp_path: Path) -> None:
    assert compare(engine, 2, tmp_path / "events", sorted(set(CARDS) - {TWIN})) == []
