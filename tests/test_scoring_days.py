"""A range of days in one pass gives, digit for digit, what each day gives by itself."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from steelyard.choice import choose_for
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.contract import CONTRACT
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import days as many
from steelyard.scoring.days import score_days
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_together
from tests.marketplace import write_events
from tests.reference.hostile_full import full_marketplace
from tests.test_scoring_every_card import cards

DAY = date(2022, 11, 1)


def rows_of(result: Any, day: date) -> dict[str, list[str]]:
    """The rows of one day by table; `since` is told of the days together, elsewhere."""
    found = {}
    for table in TABLES:
        rows = [row for row in result.arrow(table).to_pylist() if row["as_of"] == day]
        found[table] = sorted(repr({name: value for name, value in row.items() if name != "since"}) for row in rows)
    return found


def newest() -> list[Scorecard]:
    """One version of every scorecard."""
    return list({card.id: card for card in cards()}.values())


@pytest.mark.parametrize("seed", [3])
def test_every_scorecard_every_day(duckdb: Engine, tmp_path: Path, seed: int) -> None:
    tables = write_events(tmp_path / "events", full_marketplace(seed, DAY, []))
    events = open_events(duckdb, tables, frozenset(CONTRACT))
    days = [DAY - timedelta(days=number) for number in range(33, -1, -1)]
    checked = (days[0], days[-1])
    found: dict[tuple[int, date], dict[str, list[str]]] = {}
    for number, result in score_days(duckdb, events, [dict.fromkeys(days, card) for card in newest()]):
        found |= {(number, day): rows_of(result, day) for day in checked if rows_of(result, day)["scores"]}
    scored = 0
    for day in checked:
        for number, alone in enumerate(score_together(duckdb, events, newest(), day)):
            assert found[number, day] == rows_of(alone, day), (alone.scorecard.name, day)
            scored += len(found[number, day]["scores"])
    assert scored == 2 * len(newest()) * len(
        {row["shop_id"] for row in duckdb.arrow(duckdb.backend.table("shops")).to_pylist()}
    )


def test_days_in_pieces_are_the_same(duckdb: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = write_events(tmp_path / "events", full_marketplace(0, DAY, []))
    events = open_events(duckdb, tables, frozenset(CONTRACT))
    days = [DAY - timedelta(days=number) for number in range(8, -1, -1)]
    runs = [dict.fromkeys(days, card) for card in newest() if card.id in ("jd/shop_rating", "kuaishou/star")]

    def all_rows() -> list[Any]:
        return [rows_of(result, day) for _, result in score_days(duckdb, events, runs) for day in days]

    whole = [rows for rows in all_rows() if rows["scores"]]
    monkeypatch.setattr(many, "AT_ONCE", 4)
    monkeypatch.setattr(many, "LONGEST", 6)
    pieces = [rows for rows in all_rows() if rows["scores"]]
    assert len(whole) == len(pieces) == 2 * len(days)
    assert sorted(map(repr, whole)) == sorted(map(repr, pieces))


def test_two_versions_in_one_range(duckdb: Engine, tmp_path: Path) -> None:
    tables = write_events(tmp_path / "events", full_marketplace(5, date(2022, 9, 27), []))
    events = open_events(duckdb, tables, frozenset(CONTRACT))
    days = [date(2022, 9, 24) + timedelta(days=number) for number in range(3)]
    old, new = (choose_for(f"douyin/experience@{version}", days).scorecard for version in ("2022-mid", "2022-09-26"))
    run = {days[0]: old, days[1]: old, days[2]: new}
    found: dict[date, tuple[str, dict[str, list[str]]]] = {}
    for _, result in score_days(duckdb, events, [run]):
        name = result.scorecard.version
        found |= {day: (name, rows_of(result, day)) for day in days if run[day].version == name}
    for day in days:
        (alone,) = score_together(duckdb, events, [run[day]], day)
        assert found[day] == (run[day].version, rows_of(alone, day))
        assert found[day][1]["scores"]
