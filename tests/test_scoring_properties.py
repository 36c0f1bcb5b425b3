"""What must hold for every marketplace, whatever the numbers."""

import random
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from steelyard import calls
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.run import score_events, tables_read
from steelyard.windows import midnight
from tests.marketplace import write_events
from tests.reference import hostile
from tests.reference.naive_check import Tables

A8 = library().get("douyin/experience", "2022-09-26")
RUNS = [("duckdb", 0), ("duckdb", 7), ("duckdb", 28), pytest.param("spark", 28, marks=pytest.mark.spark)]
"""Every engine, on marketplaces with and without demotions."""
every_engine = pytest.mark.parametrize(("engine", "seed"), RUNS, indirect=["engine"])
KEYS = {"scores": ("subject_id",), "indicators": ("subject_id", "indicator")}


def scored(engine: Engine, tables: Tables, folder: Path, card: Scorecard = A8) -> dict[str, pa.Table]:
    write_events(folder, tables)
    result = score_events(engine, open_events(engine, folder, tables_read(card)), card, hostile.DAY)
    return {name: result.arrow(name) for name in ("scores", "dimensions", "indicators", "adjustments")}


def by_key(results: Mapping[str, pa.Table], table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[key] for key in KEYS[table]): row for row in results[table].to_pylist()}


@every_engine
def test_rows_behind_a_number_add_up_to_it(engine: Engine, tmp_path: Path, seed: int) -> None:
    write_events(tmp_path / "events", hostile.random_marketplace(seed))
    events = open_events(engine, tmp_path / "events", tables_read(A8))
    result = score_events(engine, events, A8, hostile.DAY)
    rows = [row for row in result.arrow("indicators").to_pylist() if row["denominator"]]
    for row in random.Random(seed).sample(rows, min(12, len(rows))):
        behind = calls.rows(events, A8, hostile.DAY, row["indicator"], row["subject_id"]).to_pylist()
        states = Counter(one["state"] for one in behind)
        assert states["counted"] + states["eligible"] == row["denominator"], row
        is_mean = A8.indicator(row["indicator"]).unit == "seconds"
        total = sum(one["amount"] for one in behind if one["state"] == "counted") if is_mean else states["counted"]
        assert total == row["numerator"], row
        assert all(one["reason"] for one in behind if one["state"] == "left_out")


@every_engine
def test_excluding_an_order_is_as_if_it_had_never_been(engine: Engine, tmp_path: Path, seed: int) -> None:
    tables = hostile.random_marketplace(seed)
    tables.pop("exclusions", None)
    orders = random.Random(seed).sample(tables["orders"], min(8, len(tables["orders"])))
    gone = {order["order_id"] for order in orders}
    decided = {
        "decided_at": midnight(hostile.DAY) - timedelta(days=1),
        "reason": "fake_trade",
        "table": "orders",
    }
    excluded = deepcopy(tables) | {"exclusions": [{**decided, "row_id": order} for order in gone]}
    without = deepcopy(tables) | {"exclusions": []}
    for name, rows in without.items():
        if name != "messages":
            without[name] = [row for row in rows if row.get("order_id") not in gone]
    sessions = {row["session_id"] for row in tables.get("sessions", []) if row.get("order_id") in gone}
    if "messages" in without:
        without["messages"] = [row for row in without["messages"] if row["session_id"] not in sessions]
    left = scored(engine, excluded, tmp_path / "excluded")
    right = scored(engine, without, tmp_path / "without")
    for table in KEYS:
        assert by_key(left, table) == by_key(right, table)


def test_weights_scaled_alike_change_nothing(engine: Engine, tmp_path: Path) -> None:
    tables = hostile.random_marketplace(0)
    scaled = A8.model_copy(
        update={"dimensions": tuple(d.model_copy(update={"weight": d.weight * 7}) for d in A8.dimensions)}
    )
    before = scored(engine, tables, tmp_path / "before")
    after = scored(engine, tables, tmp_path / "after", scaled)
    for table in KEYS:
        assert by_key(before, table) == by_key(after, table)


@every_engine
def test_a_better_value_never_has_fewer_points(engine: Engine, tmp_path: Path, seed: int) -> None:
    results = scored(engine, hostile.random_marketplace(seed), tmp_path / "events")
    peers: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    groups = {key[0]: row["peer_group"] for key, row in by_key(results, "scores").items()}
    for row in results["indicators"].to_pylist():
        if row["points"] is not None:
            peers.setdefault((row["indicator"], groups[row["subject_id"]]), []).append(row)
    assert peers
    for (indicator, _), rows in peers.items():
        sign = 1 if A8.indicator(indicator).better == "higher" else -1
        ordered = sorted(rows, key=lambda row: sign * row["value"])
        for worse, better in pairwise(ordered):
            assert worse["points"] <= better["points"]
            assert worse["value"] != better["value"] or worse["points"] == better["points"]


@every_engine
def test_a_gate_never_raises_whom_it_demotes_and_no_points_without_a_score(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    results = scored(engine, hostile.random_marketplace(seed), tmp_path / "events")
    for row in results["adjustments"].to_pylist():
        assert row["reason"] != "demoted" or row["after"] < row["before"]
    status = {key[0]: row["status"] for key, row in by_key(results, "scores").items()}
    for row in results["indicators"].to_pylist():
        assert row["status"] == "ok" or row["points"] is None
        assert status[row["subject_id"]] == "scored" or row["points"] is None


def test_shops_of_another_marketplace_change_no_count(engine: Engine, tmp_path: Path) -> None:
    """Counting in any split of shops is counting the whole."""
    tables = hostile.random_marketplace(9)
    shops = sorted({row["shop_id"] for row in tables["shops"] if row.get("shop_id")})
    half = set(shops[: len(shops) // 2])
    part = {name: [row for row in rows if row.get("shop_id") in half] for name, rows in tables.items()}
    whole_tables = {
        "reviews",
        "feedback",
        "complaints",
        "after_sales",
        "sessions",
        "messages",
        "exclusions",
        "products",
    }
    part |= {name: tables[name] for name in whole_tables & tables.keys()}
    part["orders"] = tables["orders"]
    part["shops"] = [row for row in tables["shops"] if row["shop_id"] in half]
    whole = by_key(scored(engine, tables, tmp_path / "whole"), "indicators")
    for key, row in by_key(scored(engine, part, tmp_path / "part"), "indicators").items():
        for column in ("numerator", "denominator"):
            assert row[column] == whole[key][column], key
