"""The ledger: its sums are the tally of every day, whether posted in one go or day by day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from steelyard.counting import Question
from steelyard.counting.balances import averages_per_day, counts_per_day
from steelyard.counting.ledger import Ask, parts_of, postings
from steelyard.counting.tally import tally
from steelyard.counting.versions import Span
from steelyard.engines import Engine
from steelyard.events.check import Events, open_events
from steelyard.events.contract import CONTRACT
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scoring.asked import asked, by_fact
from steelyard.scoring.run import named_by_exclusions, past_of
from steelyard.staged import staged
from tests.marketplace import write_events
from tests.reference.hostile_full import full_marketplace
from tests.test_scoring_days import newest

DAY = date(2022, 11, 1)
FIRST = DAY - timedelta(days=38)
LATER = (9, 42)
"""Days after FIRST on which the ledger is carried on; the last lies after all events."""

Row = Mapping[str, Any]


def hostile(engine: Engine, folder: Path, seed: int) -> Events:
    return open_events(engine, write_events(folder, full_marketplace(seed, DAY, [])), frozenset(CONTRACT))


def groups(engine: Engine, events: Events) -> list[tuple[str, list[Question]]]:
    """What every scorecard asks, by fact."""
    wanted = asked(newest(), CATALOGUE, named_by_exclusions(engine, past_of(events, FIRST)))
    return by_fact([question for each in wanted for question in each.questions.values()])


def posted(engine: Engine, events: Events, group: list[Question], span: Span) -> list[Row]:
    ask = Ask(group[0].measure.fact, group)
    with staged():
        rows: list[Row] = engine.arrow(postings(engine, past_of(events, span.first), ask, span)).to_pylist()
    return rows


def summed(rows: Iterable[Row], question: Question, day: date) -> dict[Any, tuple[int, int]]:
    """Numerator and denominator per subject as of the day, by the postings alone."""
    start, end = (bound.date() for bound in question.window.on(day))
    numerators: Counter[Any] = Counter()
    denominators: Counter[Any] = Counter()
    for row in rows:
        if row["question"] == question.name and start <= row["anchor_on"] < end and row["known_on"] <= day:
            numerators[row["subject_id"]] += row["numerator"]
            denominators[row["subject_id"]] += row["denominator"]
    both = {subject: (numerators[subject], denominators[subject]) for subject in denominators}
    return {subject: pair for subject, pair in both.items() if pair != (0, 0)}


def tallied(engine: Engine, events: Events, group: list[Question], day: date) -> list[Row]:
    with staged():
        rows: list[Row] = engine.arrow(tally(past_of(events, day), group[0].measure.fact, group)).to_pylist()
    return rows


def counts_of(rows: Iterable[Row], question: Question) -> dict[Any, tuple[int, int]]:
    found = {
        row["subject_id"]: (row[f"{question.name}__numerator"], row[f"{question.name}__denominator"]) for row in rows
    }
    return {subject: pair for subject, pair in found.items() if pair != (0, 0)}


@pytest.mark.parametrize("seed", [1])
def test_ledger_is_the_tally_of_every_day(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    events = hostile(duckdb, tmp_path / "events", seed)
    compared = 0
    for _, group in groups(duckdb, events):
        if group[0].measure.averaged:
            continue
        at_once = posted(duckdb, events, group, Span(FIRST, FIRST + timedelta(days=LATER[-1])))
        day_by_day = posted(duckdb, events, group, Span(FIRST, FIRST))
        before = FIRST
        for days in LATER:
            day = FIRST + timedelta(days=days)
            day_by_day += posted(duckdb, events, group, Span(before, day, begun=True))
            before = day
            tallies = tallied(duckdb, events, group, day)
            for question in group:
                expected = counts_of(tallies, question)
                assert summed(at_once, question, day) == expected, (question.name, day, "at once")
                assert summed(day_by_day, question, day) == expected, (question.name, day, "day by day")
                compared += len(expected)
    assert compared > 400


def test_carrying_on_looks_only_at_what_changed(duckdb: Engine, tmp_path: Path) -> None:
    events = hostile(duckdb, tmp_path / "events", 0)
    (group,) = [group for name, group in groups(duckdb, events) if name == "tally_orders"]
    everything = posted(duckdb, events, group, Span(FIRST, FIRST))
    nothing_happens = FIRST + timedelta(days=LATER[-1] + 30)
    rows = posted(duckdb, events, group, Span(nothing_happens, nothing_happens + timedelta(days=1), begun=True))
    assert len(everything) > 100
    assert rows == []


@pytest.mark.parametrize("last", [0, 33])
def test_balances_are_the_tally_of_every_day(engine: Engine, tmp_path: Path, last: int) -> None:
    events = hostile(engine, tmp_path / "events", 2)
    span = Span(FIRST, FIRST + timedelta(days=last))
    facts = ("tally_listings", "tally_sessions", "tally_cases") if engine.name == "duckdb" else ("tally_cases",)
    for name, group in groups(engine, events):
        if name not in facts:
            continue
        past = past_of(events, span.first)
        with staged():
            rows = postings(engine, past, Ask(group[0].measure.fact, group), span)
            parts = parts_of(past, group[0].measure.fact, group[0])
            counts = averages_per_day(rows, group[0], parts, span) if parts else counts_per_day(rows, group, span)
            found = engine.arrow(counts).to_pylist()
        for day in {span.first, span.first + timedelta(days=last // 2), span.last}:
            tallies = tallied(engine, events, group, day)
            for question in group:
                of_day = counts_of([row for row in found if row["as_of"] == day], question)
                assert of_day == counts_of(tallies, question), (question.name, day)
