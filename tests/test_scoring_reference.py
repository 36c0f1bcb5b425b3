"""The engine equals an independent reading of the rules, digit for digit, on marketplaces made to break it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from steelyard.engines import Engine
from tests.reference import hostile
from tests.reference.compare import differences

SEEDS = range(12)
ON_SPARK = (0, 5, 9)
"""Seeds that are read on Spark as well; its counts are compared for every scorecard elsewhere."""
GATED = (19, 28)
"""Seeds whose marketplaces demote shops and re-rank their pools."""


RUNS = [("duckdb", seed) for seed in SEEDS] + [
    pytest.param("spark", seed, marks=pytest.mark.spark) for seed in ON_SPARK
]


@pytest.mark.parametrize(("engine", "seed"), RUNS, indirect=["engine"])
def test_hostile_marketplace(engine: Engine, tmp_path: Path, seed: int) -> None:
    assert differences(engine, hostile.random_marketplace(seed), hostile.DAY, tmp_path / "events") == []


def test_large_marketplace(engine: Engine, tmp_path: Path) -> None:
    tables = hostile.random_marketplace(7, hostile.LARGE)
    assert differences(engine, tables, hostile.DAY, tmp_path / "events") == []


@pytest.mark.parametrize("seed", GATED)
def test_gate(engine: Engine, tmp_path: Path, seed: int) -> None:
    assert differences(engine, hostile.random_marketplace(seed), hostile.DAY, tmp_path / "events") == []


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(1000, 2**32 - 1))
def test_any_marketplace(duckdb: Engine, tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("events")
    assert differences(duckdb, hostile.random_marketplace(seed), hostile.DAY, folder) == []
