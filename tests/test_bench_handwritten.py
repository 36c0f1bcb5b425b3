"""The SQL written by hand in benchmarks/ gives the engine's result: two ways to one number, checking each other."""

import importlib.util
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import steelyard as sy
from tests.marketplace import write_events
from tests.reference.hostile import DAY, random_marketplace
from tests.reference.naive_check import REQUIRED, clean

UNTIL = date(2022, 10, 1)
TABLES = ("scores", "dimensions", "indicators", "adjustments")
ORDER = ("subject_id", "dimension", "indicator", "rule")
GATED = (0, 11, 19)
"""Hostile marketplaces in which the gate moves somebody."""

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "handwritten" / "run.py"


@pytest.fixture(scope="module")
def by_hand() -> Callable[..., None]:
    """The function `run` of the hand-written benchmark."""
    found = importlib.util.spec_from_file_location("handwritten", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    run: Callable[..., None] = module.run
    return run


def in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in ORDER if name in table.column_names])


def typed(table: pa.Table) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in table.schema]


def same(by_hand: Callable[..., None], events: Path, day: date, out: Path) -> dict[str, pa.Table]:
    """Both results of a folder, which must be equal, digit for digit and type for type; returns the hand's."""
    by_hand(events, day.isoformat(), out)
    hand = {name: in_order(pq.read_table(out / f"{name}.parquet")) for name in TABLES}
    values = {"engine.threads": "2"}
    with sy.score("douyin/experience@2022-09-26", events=events, as_of=day, values=values) as result:
        assert not result.events.report.quarantined
        for name in TABLES:
            ours = in_order(result.table(name)).select(hand[name].column_names)  # it may tell more than the contract
            assert typed(ours) == typed(hand[name])
            assert ours.to_pylist() == hand[name].to_pylist(), name
    return hand


@pytest.mark.parametrize("seed", [1, 2])
def test_a_sample_marketplace_scores_the_same(by_hand: Callable[..., None], tmp_path: Path, seed: int) -> None:
    sy.sample(tmp_path / "events", shops=60, days=110, until=UNTIL, seed=seed, orders=9000)
    hand = same(by_hand, tmp_path / "events", UNTIL, tmp_path / "out")
    assert set(hand["scores"]["status"].to_pylist()) == {"scored", "insufficient"}
    assert len(set(hand["indicators"]["value"].to_pylist())) > 100


def test_an_earlier_day_scores_the_same(by_hand: Callable[..., None], tmp_path: Path) -> None:
    sy.sample(tmp_path / "events", shops=40, days=120, until=UNTIL, orders=6000)
    same(by_hand, tmp_path / "events", date(2022, 9, 7), tmp_path / "out")


@pytest.mark.parametrize("seed", [0, 3, 11, 15, 19])
def test_hostile_times_score_the_same(by_hand: Callable[..., None], tmp_path: Path, seed: int) -> None:
    """Ties at one instant, late arrivals, exclusions, repeated ratings, the gate: clean rows of a nasty kind."""
    tables = {name: [] for name in REQUIRED} | random_marketplace(seed)
    while tables != (kept := clean(tables)):  # what a row points at may have gone with the last round
        tables = kept
    hand = same(by_hand, write_events(tmp_path / "events", tables), DAY, tmp_path / "out")
    assert hand["indicators"]["points"].null_count < hand["indicators"].num_rows
    assert (hand["adjustments"].num_rows > 0) == (seed in GATED)
