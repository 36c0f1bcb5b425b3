"""Scorecards of agents: equal to a naive reading of their sheets, on marketplaces made to break either."""

import random
from collections import Counter
from collections.abc import Collection
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from steelyard import calls
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.contract import CONTRACT
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.override import set_values
from steelyard.scoring.days import score_days
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_together
from steelyard.windows import midnight
from tests.marketplace import write_events
from tests.reference import naive_agents
from tests.reference.hostile_agents import agents_marketplace
from tests.reference.naive_agents import CARDS
from tests.reference.naive_service import Tables

DAYS = (date(2022, 9, 5), date(2022, 9, 7), date(2022, 9, 1))
"""In the middle, after everything, and on the first of a month."""
CELLS = ("numerator", "denominator", "value", "status")
ONE = ("jd/agent_presale@legacy",)
"""The one with the most kinds of values: it is compared on Spark, as its cases and those of all others are."""
RANKED = [name for name in CARDS if name.startswith("pdd/agent")]


def cards() -> list[Scorecard]:
    """Every version that judges agents, with test values where a number must be given."""
    every = [library().get(*name.split("@")) for name in CARDS]
    return [set_values(card, CARDS[card.name].settings) if CARDS[card.name].settings else card for card in every]


def test_every_scorecard_of_agents_has_a_reading() -> None:
    known = library()
    every = [known.get(name, version) for name in known.ids() for version in known.versions(name)]
    of_agents = {card.name: {part.id for part in card.measured} for card in every if card.subject == "agent"}
    assert of_agents == {name: set(card.readings) for name, card in CARDS.items()}


def differences(engine: Engine, tables: Tables, day: date, folder: Path, names: Collection[str] = CARDS) -> list[str]:
    """Every cell in which engine and reference differ, of the scorecards of `names` scored together."""
    events = open_events(engine, write_events(folder, tables), frozenset(CONTRACT))
    assert not any(table.quarantined for table in events.report.tables)
    lines = []
    chosen = [card for card in cards() if card.name in names]
    for result in score_together(engine, events, chosen, day):
        card = CARDS[result.scorecard.name]
        found = {
            (row["subject_id"], row["indicator"]): row
            for table in ("indicators", "observed")
            for row in result.arrow(table).to_pylist()
        }
        expected = naive_agents.values(card, tables, day)
        assert found.keys() == expected.keys()
        lines += [
            f"{result.scorecard.name} {key}: engine {ours}, reference {theirs}"
            for key, theirs in expected.items()
            if (ours := {cell: found[key][cell] for cell in CELLS}) != theirs
        ]
        if result.scorecard.name in RANKED:
            points = naive_agents.ranked(card, tables, day)
            lines += [
                f"{result.scorecard.name} {key}: engine {found[key]['points']} points, reference {theirs}"
                for key, theirs in points.items()
                if found[key]["points"] != theirs
            ]
    return lines


@pytest.mark.parametrize("seed", range(3))
def test_marketplaces_of_agents(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    tables = agents_marketplace(seed, text_ids=seed % 2 == 0)
    assert differences(duckdb, tables, DAYS[seed % len(DAYS)], tmp_path / "events") == []


@pytest.mark.parametrize("engine", [pytest.param("spark", marks=pytest.mark.spark)], indirect=True)
def test_a_marketplace_of_agents_on_spark(engine: Engine, tmp_path: Path) -> None:
    assert differences(engine, agents_marketplace(1, text_ids=False), DAYS[1], tmp_path / "events", ONE) == []


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(100, 2**32 - 1), text_ids=st.booleans(), day=st.sampled_from(DAYS))
def test_any_marketplace_of_agents(
    duckdb: Engine, tmp_path_factory: pytest.TempPathFactory, seed: int, text_ids: bool, day: date
) -> None:
    folder = tmp_path_factory.mktemp("events")
    assert differences(duckdb, agents_marketplace(seed, text_ids=text_ids), day, folder) == []


def test_the_marketplaces_tell_agents_apart() -> None:
    """No agreement about nothing: every value differs between agents and days."""
    seen: dict[tuple[str, str], set[Any]] = {}
    for seed in range(4):
        tables = agents_marketplace(seed, text_ids=True)
        for name, card in CARDS.items():
            for (_, indicator), row in naive_agents.values(card, tables, DAYS[1]).items():
                seen.setdefault((name, indicator), set()).add(row["value"])
    assert [key for key, told in seen.items() if len(told - {None}) < 2] == []


def results(engine: Engine, tables: Tables, folder: Path, day: date) -> dict[tuple[str, str], list[str]]:
    """Rows of every scorecard's results by (scorecard, table)."""
    events = open_events(engine, write_events(folder, tables), frozenset(CONTRACT))
    return {
        (result.scorecard.name, table): sorted(map(repr, result.arrow(table).to_pylist()))
        for result in score_together(engine, events, cards(), day)
        for table in TABLES
    }


def test_excluding_sessions_and_checks_is_as_if_they_had_never_been(duckdb: Engine, tmp_path: Path) -> None:
    day = DAYS[1]
    tables = agents_marketplace(2, text_ids=True)
    for name in ("exclusions", "complaints"):  # the phase of a complaint is that of a session, which may be excluded
        tables.pop(name)
    draws = random.Random(2)
    decided = {"decided_at": midnight(day) - timedelta(days=1), "reason": "report_upheld"}
    excluded, without = deepcopy(tables), deepcopy(tables)
    excluded["exclusions"], without["exclusions"] = [], []
    for name, key in (("sessions", "session_id"), ("quality_checks", "check_id")):
        gone = {row[key] for row in draws.sample(tables[name], len(tables[name]) // 4)}
        excluded["exclusions"] += [{**decided, "table": name, "row_id": one} for one in sorted(gone)]
        without[name] = [row for row in without[name] if row[key] not in gone]
        if name == "sessions":
            without["messages"] = [row for row in without["messages"] if row["session_id"] not in gone]
    left, right = (results(duckdb, rows, tmp_path / name, day) for rows, name in ((excluded, "a"), (without, "b")))
    assert [key for key in left if left[key] != right[key]] == []


def test_an_exclusion_for_one_indicator_leaves_the_others(duckdb: Engine, tmp_path: Path) -> None:
    day = DAYS[1]
    tables = agents_marketplace(2, text_ids=True)
    every = [row["check_id"] for row in tables["quality_checks"]]
    named = {"table": "quality_checks", "indicator": "expertise", "reason": "report_upheld"}
    one = tables | {"exclusions": [named | {"row_id": row_id, "decided_at": midnight(DAYS[0])} for row_id in every]}
    before = naive_agents.values(CARDS["pdd/service_score@legacy"], tables | {"exclusions": []}, day)
    events = open_events(duckdb, write_events(tmp_path, one), frozenset(CONTRACT))
    (result,) = score_together(duckdb, events, [library().get("pdd/service_score", "legacy")], day)
    for row in result.arrow("indicators").to_pylist():
        expected = before[row["subject_id"], row["indicator"]]
        if row["indicator"] == "expertise":
            assert (row["denominator"], row["status"]) == (0, "no_data")
        else:
            assert {cell: row[cell] for cell in CELLS} == expected


def test_rows_behind_an_agents_number_add_up_to_it(duckdb: Engine, tmp_path: Path) -> None:
    events = open_events(duckdb, write_events(tmp_path, agents_marketplace(1, text_ids=False)), frozenset(CONTRACT))
    draws = random.Random(1)
    for result in score_together(duckdb, events, cards(), DAYS[1]):
        measured = result.arrow("indicators").to_pylist() + result.arrow("observed").to_pylist()
        row = draws.choice([row for row in measured if row["numerator"]])
        behind = calls.rows(events, result.scorecard, DAYS[1], row["indicator"], row["subject_id"]).to_pylist()
        states = Counter(one["state"] for one in behind)
        amounts = [one["amount"] for one in behind if one["state"] == "counted" and one["amount"] is not None]
        assert (sum(amounts) if amounts else states["counted"]) == row["numerator"], (result.scorecard.name, row)
        assert all(one["reason"] for one in behind if one["state"] == "left_out")


def test_a_range_of_days_is_each_day_by_itself(duckdb: Engine, tmp_path: Path) -> None:
    events = open_events(duckdb, write_events(tmp_path, agents_marketplace(3, text_ids=True)), frozenset(CONTRACT))
    days = [DAYS[0], DAYS[0] + timedelta(days=1)]
    (card,) = [card for card in cards() if card.id == "pdd/agent_presale"]
    shops = library().get("douyin/ccr", "2022")
    together = {
        (number, result.day): {
            name: sorted(map(repr, result.arrow(name).to_pylist())) for name in ("scores", "indicators")
        }
        for number, result in score_days(duckdb, events, [dict.fromkeys(days, card), dict.fromkeys(days, shops)])
    }
    for day in days:
        (alone,) = score_together(duckdb, events, [card], day)
        of_agents = {name: sorted(map(repr, alone.arrow(name).to_pylist())) for name in ("scores", "indicators")}
        assert together[0, day] == of_agents
        assert len(of_agents["scores"]) == 4
    assert any(number == 1 for number, _ in together)
