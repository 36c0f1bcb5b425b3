"""However rows arrive, what is published on a day is what `score` says of all that had arrived by then."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from steelyard.daily.run import chosen_for
from steelyard.engines import Engine
from steelyard.scorecards.library import library
from tests.arriving import days_from, new_home, run, scored, seen, spread, write
from tests.marketplace import write_events
from tests.reference.hostile import Size
from tests.reference.hostile_full import full_marketplace

DAY = date(2022, 11, 1)
ARRIVE = days_from(DAY - timedelta(days=4), 4)
SMALLER = Size(5, 80, 70, 20, 10, 10, bulk=(0, 3, 40), least=0.7)
SEEDS = {
    0: ("douyin/experience", "kuaishou/star"),
    1: ("douyin/ccr", "pdd/experience"),
    2: ("douyin/dsr", "jd/shop_rating", "jd/aftersales_provider", "kuaishou/dynamic"),
}


def test_every_scorecard_has_its_seed() -> None:
    assert {name for names in SEEDS.values() for name in names} == set(library().ids())


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_arrival(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    whole = write_events(tmp_path / "whole", full_marketplace(seed, DAY, ["complaints"], SMALLER))
    arriving = spread(duckdb, whole, ARRIVE, seed)
    home = new_home(tmp_path / "home", SEEDS[seed])
    arriving.deliver(home.arrivals)
    run(home, ARRIVE[2])  # two days of arrivals
    run(home, DAY)  # two days of scores
    published = seen(home)
    assert {day for _, day in published} == {*ARRIVE[2:], DAY}
    differing = []
    for day in (*ARRIVE[2:], DAY):
        cards = [chosen.scorecard for chosen in chosen_for(home, day)[0]]
        folder = write(tmp_path / f"by-{day}", arriving.before(day), arriving.id_type)
        for key, tables in scored(duckdb, folder, cards, day).items():
            differing += [(key, name) for name, rows in tables.items() if published[key][name] != rows]
    assert differing == []
