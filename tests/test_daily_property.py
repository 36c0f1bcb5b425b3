"""However rows arrive, what is published on a day is what `score` says of all that had arrived by then."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from steelyard.daily.opening import open_home_events
from steelyard.daily.run import chosen_for
from steelyard.desk.home import Home
from steelyard.engines import Engine
from steelyard.events.contract import CONTRACT
from steelyard.scorecards.library import library
from steelyard.scoring.days import score_days
from steelyard.scoring.results import TABLES
from tests.arriving import days_from, new_home, run, scored, seen, spread, told, write
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
    known = library()
    of_shops = {name for name in known.ids() if known.get(name, known.versions(name)[-1]).subject == "shop"}
    assert {name for names in SEEDS.values() for name in names} == of_shops


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
    assert of_range(duckdb, home, [*ARRIVE[2:], DAY], SEEDS[seed][-1], published) == []


def of_range(
    engine: Engine, home: Home, days: list[date], name: str, published: dict[tuple[str, date], dict[str, list[str]]]
) -> list[tuple[date, str]]:
    """The days and tables that a range over the home tells otherwise than they were published."""
    events = open_home_events(engine, home.folder, frozenset(CONTRACT), days, None)
    (chosen,) = (each for each in chosen_for(home, DAY)[0] if each.scorecard.id == name)
    found: dict[tuple[date, str], list[dict[str, Any]]] = {}
    for _, result in score_days(engine, events, [dict.fromkeys(days, chosen.scorecard)]):
        for table in TABLES:
            for row in result.arrow(table).to_pylist():
                found.setdefault((row["as_of"], table), []).append(row)
    return [
        (day, table)
        for day in days
        for table in TABLES
        if told(found.get((day, table), [])) != published[name, day][table]
    ]
