"""Better behaviour never scores less: for every scorecard, through curves, adjustments, gates and bands.

A marketplace of a few subjects stands as the table of tallies. Beside it stand its copies, each a peer group of its
own, in which one value of one subject is better and nothing else differs; all are scored in one run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from steelyard.engines import Engine
from steelyard.facts import Past
from steelyard.fixed import MILLION
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.cases import cases_in
from steelyard.scorecards.check import cases_folder
from steelyard.scorecards.curves import LongerWindow
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Indicator, Observed, Scorecard
from steelyard.scorecards.override import set_values
from steelyard.scorecards.unset import unset
from steelyard.scoring import scoring_steps
from steelyard.scoring.values import How, longer_name

DAY = date(2022, 11, 1)
SLOW = (HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large)
SUBJECTS = 6
BEST = 10
"""Goodness runs from 0 to this."""
SHARE_OF_AVERAGED = 10**12

Part = Indicator | Observed
Row = dict[str, Any]


@dataclass(frozen=True)
class Behaviour:
    """How a subject does at one thing: how many rows it has, and how good they are."""

    rows: int
    goodness: int


Market = Sequence[Sequence[Behaviour]]
"""By subject, then by measured part."""

rows = st.sampled_from([0, 1, 4, 9, 10, 29, 30, 49, 50, 200, 400])
mixed = st.builds(Behaviour, rows, st.sampled_from([0, 2, 4, 6, 7, 7, 8, 8, BEST - 1, BEST]))
excellent = st.builds(Behaviour, st.just(400), st.sampled_from([BEST] * 8 + [BEST - 1, 0]))
"""Scores near the top, where the gates are: one bad value among many good ones."""

LIBRARY = [(name, version) for name in library().ids() for version in library().versions(name)]


@cache
def scorecard(name: str, version: str) -> Scorecard:
    """A shipped version with the numbers nobody publishes as its worked cases set them; groups however small."""
    loaded = library().loaded(name, version)
    card = loaded.scorecard
    if unset(card):
        given_values = (case.values for case in cases_in(cases_folder(loaded)))
        card = set_values(card, next(values for values in given_values if set(unset(card)) <= set(values)))
    peers = card.peers.model_copy(update={"by": "category", "min_peers": 1})
    return card.model_copy(update={"peers": peers})


def counts(part: Part, did: Behaviour) -> tuple[int, int]:
    """Numerator and denominator, the better the greater the goodness."""
    if CATALOGUE[part.measure].averaged:
        return did.rows * did.goodness * (SHARE_OF_AVERAGED // BEST), did.rows
    missing = BEST - did.goodness
    if part.unit == "seconds":
        short = did.rows * missing * 90_000
        return (did.rows * BEST * 90_000 - short if part.better == "higher" else short), did.rows
    if part.unit == "stars":
        return did.rows * 5 - did.rows * 4 * missing // BEST, did.rows
    # Rates lie close to their best end, so that thresholds of a few in a hundred are met from both sides.
    failed = -(-did.rows * missing**3 // BEST**3)
    return (did.rows - failed if part.better == "higher" else failed), did.rows


def tallied(card: Scorecard, world: int, subject: int, done: Sequence[Behaviour]) -> Row:
    row: Row = {"subject_id": f"{world:04}s{subject}", "peer_group": f"w{world:04}", "volume": 1000}
    for part, did in zip(card.measured, done, strict=True):
        names = [part.id]
        if isinstance(part, Indicator) and isinstance(part.low_volume, LongerWindow):
            names.append(longer_name(part.id))
        for name in names:
            row[f"{name}__numerator"], row[f"{name}__denominator"] = counts(part, did)
    return row


def improved(market: Market) -> Iterator[tuple[int, Market]]:
    """The market with one value of one subject better, a little, more or altogether; and whose it is."""
    for subject, done in enumerate(market):
        for part, did in enumerate(done):
            for goodness in {min(did.goodness + 1, BEST), min(did.goodness + 3, BEST), BEST} - {did.goodness}:
                changed = [list(others) for others in market]
                changed[subject][part] = Behaviour(did.rows, goodness)
                yield subject, changed


def scored(engine: Engine, card: Scorecard, markets: Sequence[Market]) -> list[list[Row]]:
    """By market and subject, the row of `final`."""
    table = pa.Table.from_pylist(
        [
            tallied(card, world, subject, done)
            for world, market in enumerate(markets)
            for subject, done in enumerate(market)
        ]
    )
    past = Past(DAY, "string", frozenset())
    tallies = engine.store("monotone_tallies", ibis.memtable(table).mutate(as_of=ibis.literal(DAY)))
    hows: dict[str, How] = {
        part.id: "averaged" if CATALOGUE[part.measure].averaged else "ratio" for part in card.measured
    }
    for step in scoring_steps(card, past, tallies, hows, "monotone_"):
        final = engine.store(step.name, step.expression)
        if step.name == "monotone_final":
            break
    found = {row["subject_id"]: row for row in engine.arrow(final).to_pylist()}
    return [[found[f"{world:04}s{subject}"] for subject in range(SUBJECTS)] for world in range(len(markets))]


def band_of(card: Scorecard, row: Row) -> int:
    """The place of the row's band, the lowest first; 0 where the scorecard has none."""
    names = [band.id for band in reversed(card.bands)]
    return names.index(row["band"]) if row["band"] is not None else 0


def floor_of(card: Scorecard, row: Row) -> int:
    """What a score cannot fall under when its subject does better.

    It is the score itself, unless a gate re-ranks: who comes into a pool takes a place in it by rank, and only the
    low end of its band is certain.
    """
    score: int = row["score"]
    lows = [
        int(d.low * MILLION)
        for gate in card.gates
        for d in gate.demotions
        if d.low * MILLION <= score < d.high * MILLION
    ]
    return max(lows, default=score)


@st.composite
def markets(draw: st.DrawFn, parts: int) -> list[list[Behaviour]]:
    kinds = [draw(st.sampled_from([mixed, excellent])) for _ in range(SUBJECTS)]
    return [[draw(kind) for _ in range(parts)] for kind in kinds]


@pytest.mark.parametrize(("name", "version"), LIBRARY, ids=[f"{name}@{version}" for name, version in LIBRARY])
def test_doing_better_never_scores_less(duckdb: Engine, name: str, version: str) -> None:
    card = scorecard(name, version)
    several = st.lists(markets(len(card.measured)), min_size=4, max_size=4)

    @settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=SLOW)
    @given(several)
    def holds(worlds: list[Market]) -> None:
        changes = [
            (nth, subject, changed) for nth, market in enumerate(worlds) for subject, changed in improved(market)
        ]
        results = scored(duckdb, card, [*worlds, *(changed for _, _, changed in changes)])
        for (nth, subject, changed), after in zip(changes, results[len(worlds) :], strict=True):
            check(card, results[nth][subject], after[subject], (worlds[nth][subject], changed[subject]))

    holds()


def check(card: Scorecard, old: Row, new: Row, shown: object) -> None:
    """That the subject lost nothing from `old` to `new`; `shown` is what differs."""
    assert old["scored"] == new["scored"]
    if not old["scored"]:
        return
    assert new["raw"] >= old["raw"], shown
    assert new["score"] >= floor_of(card, old), shown
    assert card.gates or band_of(card, new) >= band_of(card, old), shown
