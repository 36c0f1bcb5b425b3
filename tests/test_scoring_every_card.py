"""What must hold for every scorecard of shops: rows add up, and what is excluded never happened."""

import random
from collections import Counter
from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from steelyard import calls
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.contract import CONTRACT
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.override import set_values
from steelyard.scoring.run import score_together
from steelyard.windows import midnight
from tests.marketplace import write_events
from tests.reference.hostile_full import full_marketplace
from tests.reference.naive_cards import CARDS
from tests.reference.naive_check import Tables

DAY = date(2022, 11, 1)
SEEDS = (0,)
ABOUT = ("reviews", "feedback", "after_sales", "complaints", "platform_contacts", "work_orders", "sessions")
"""Tables whose rows hang on an order."""


@cache
def cards() -> list[Scorecard]:
    """Every version that judges shops, with test values where a number must be given."""
    known = library()
    every = [known.get(name, version) for name in known.ids() for version in known.versions(name)]
    of_shops = [card for card in every if card.subject == "shop"]
    return [set_values(card, CARDS[card.name].settings) if CARDS[card.name].settings else card for card in of_shops]


def market(seed: int) -> Tables:
    return full_marketplace(seed, DAY, [])


def results(engine: Engine, tables: Tables, folder: Path) -> dict[tuple[str, str], list[str]]:
    """Rows of every scorecard's results by (scorecard, table)."""
    events = open_events(engine, write_events(folder, tables), frozenset(CONTRACT))
    return {
        (result.scorecard.name, table): sorted(map(repr, result.arrow(table).to_pylist()))
        for result in score_together(engine, events, cards(), DAY)
        for table in ("scores", "indicators", "observed", "adjustments")
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_excluding_orders_is_as_if_they_had_never_been(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    tables = market(seed)
    tables.pop("exclusions", None)
    ids = [order["order_id"] for order in tables["orders"] if order.get("order_id") is not None]
    gone = set(random.Random(seed).sample(ids, 25))
    decided = {"decided_at": midnight(DAY) - timedelta(days=1), "reason": "fake_trade", "table": "orders"}
    excluded = deepcopy(tables) | {"exclusions": [{**decided, "row_id": order} for order in gone]}
    without = deepcopy(tables) | {"exclusions": []}
    talks = {row["session_id"] for row in tables.get("sessions", []) if row.get("order_id") in gone}
    for name, rows in without.items():
        kept = [row for row in rows if row.get("order_id") not in gone] if name in ("orders", *ABOUT) else rows
        without[name] = [row for row in kept if row.get("session_id") not in talks] if name == "messages" else kept
    left, right = results(duckdb, excluded, tmp_path / "excluded"), results(duckdb, without, tmp_path / "without")
    assert [key for key in left if left[key] != right[key]] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_behind_a_number_add_up_to_it(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    events = open_events(duckdb, write_events(tmp_path, market(seed)), frozenset(CONTRACT))
    draws = random.Random(seed)
    for result in score_together(duckdb, events, cards(), DAY):
        measured = result.arrow("indicators").to_pylist() + result.arrow("observed").to_pylist()
        by_name: dict[str, list[dict[str, Any]]] = {}
        for row in measured:
            if row["denominator"] and row.get("policy") != "longer_window":
                by_name.setdefault(row["indicator"], []).append(row)
        chosen = [draws.choice(those) for those in by_name.values()]
        rows_add_up(events, result.scorecard, draws.choice(chosen))


def rows_add_up(events: Any, card: Scorecard, row: dict[str, Any]) -> None:
    behind = calls.rows(events, card, DAY, row["indicator"], row["subject_id"]).to_pylist()
    states = Counter(one["state"] for one in behind)
    part = next(part for part in card.measured if part.id == row["indicator"])
    if part.measure != "returns_per_unit":  # its denominator are pieces, not rows
        assert states["counted"] + states["eligible"] == row["denominator"], (card.name, row)
    amounts = [one["amount"] for one in behind if one["state"] == "counted" and one["amount"] is not None]
    assert (sum(amounts) if amounts else states["counted"]) == row["numerator"], (card.name, row)
    assert all(one["reason"] for one in behind if one["state"] == "left_out")
