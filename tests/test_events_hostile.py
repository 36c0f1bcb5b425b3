"""Good rows of hostile marketplaces, row for row against the naive reading of the contract."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from steelyard.engines import Engine
from steelyard.events.check import open_events
from tests.marketplace import write_events
from tests.reference.hostile import DAY, random_marketplace
from tests.reference.hostile_dirt import spoil
from tests.reference.hostile_rows import Maker
from tests.reference.naive_check import Row, clean

SEEDS = (3, 14, 15, 92, 65, 35)


def counted(rows: list[Row]) -> Counter[Any]:
    """Rows as a bag; a column that is absent is NULL. What is no number does not equal itself, but its text does."""
    return Counter(
        frozenset((name, value if value == value else "nan") for name, value in row.items() if value is not None)  # noqa: PLR0124
        for row in rows
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_good_rows_are_those_of_the_naive_check(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    tables = random_marketplace(seed)
    maker = Maker(random.Random(seed), DAY)
    for _ in range(3):
        spoil(maker, tables)
    events = open_events(duckdb, write_events(tmp_path, tables), tables)
    for name, rows in clean(tables).items():
        good = duckdb.arrow(duckdb.backend.table(name)).to_pylist()
        assert counted(good) == counted(rows), name
        assert events.report.table(name).good == len(good)
        assert events.report.table(name).read == len(tables[name])
    assert events.report.quarantined > 0
