"""The score of a day as it was known on a later one: own times of the day, arrivals and decisions of the other."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steelyard import calls
from steelyard.engines import Engine
from steelyard.errors import UsageError
from steelyard.events.check import open_events
from steelyard.events.contract import CONTRACT
from steelyard.scoring.days import score_days
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_together
from steelyard.windows import midnight
from tests.marketplace import write_events
from tests.reference.hostile_full import full_marketplace
from tests.test_scoring_days import newest, rows_of

DAY = date(2022, 11, 1)
EARLY, NEVER = datetime(2020, 1, 1), datetime(2022, 12, 31)


def arrival(at: datetime | None, day: date, known_on: date) -> datetime | None:
    """When a row arrives in the world that knew: as it did before `day`, at once until `known_on`, else never."""
    if at is None or at < midnight(day):
        return at
    return None if at < midnight(known_on) else NEVER


def as_known(tables: dict[str, list[dict[str, Any]]], day: date, known_on: date) -> dict[str, list[dict[str, Any]]]:
    """The same rows as if everything that arrived or was decided from `day` to `known_on` had been so at once."""
    now = midnight(known_on)
    known = {
        name: [row | {"arrived_at": arrival(row.get("arrived_at"), day, known_on)} for row in rows]
        for name, rows in tables.items()
    }
    known["reviews"] = [
        row
        | {"removed_at": row["created_at"] if row.get("removed_at") is not None and row["removed_at"] < now else None}
        for row in known.get("reviews", [])
    ]
    known["exclusions"] = [
        row | {"decided_at": EARLY, "revoked_at": None, "arrived_at": None}
        for row in known.get("exclusions", [])
        if row["arrived_at"] != NEVER
        and row["decided_at"] < now
        and (row.get("revoked_at") is None or row["revoked_at"] >= now)
    ]
    return known


@pytest.mark.parametrize(("seed", "later"), [(6, 40)])
def test_known_on_is_a_world_that_knew_from_the_beginning(
    duckdb: Engine, tmp_path: Path, seed: int, later: int
) -> None:
    day, known_on = DAY - timedelta(days=20), DAY - timedelta(days=20 - later)
    tables = full_marketplace(seed, DAY, [])
    events = open_events(duckdb, write_events(tmp_path / "events", tables), frozenset(CONTRACT))
    there = set(tables)
    found = [
        rows_of(result, day) for result in score_together(duckdb, replace(events, known_on=known_on), newest(), day)
    ]
    days = [day - timedelta(days=1), day]
    runs = [dict.fromkeys(days, card) for card in newest()]
    many = [rows_of(result, day) for _, result in score_days(duckdb, replace(events, known_on=known_on), runs)]
    other = {name: rows for name, rows in as_known(tables, day, known_on).items() if name in there}
    events = open_events(duckdb, write_events(tmp_path / "other", other), frozenset(CONTRACT))
    expected = [rows_of(result, day) for result in score_together(duckdb, events, newest(), day)]
    assert found == expected
    assert many == expected
    assert sum(len(rows["indicators"]) for rows in found) > 100


def test_what_came_later_changes_the_score(duckdb: Engine, tmp_path: Path) -> None:
    tables = full_marketplace(6, DAY, [])
    events = open_events(duckdb, write_events(tmp_path / "events", tables), frozenset(CONTRACT))
    day = DAY - timedelta(days=20)

    card = [card for card in newest() if card.id == "douyin/dsr"]

    def scored(known_on: date | None) -> list[dict[str, list[str]]]:
        informed = replace(events, known_on=known_on)
        return [rows_of(result, day) for result in score_together(duckdb, informed, card, day)]

    assert scored(None) == scored(day)
    assert scored(None) != scored(DAY)


def test_the_command_line_and_python(cli: Any, market: Path, tmp_path: Path) -> None:
    said = ["score", "kuaishou/dynamic", "--events", market, "--as-of", "2022-09-20", "--out", tmp_path / "out"]
    assert cli(*said, "--known-on", "2022-09-30").code == 0
    refused = cli(*said, "--known-on", "2022-09-19")
    assert refused.code == 2
    assert "known-before-day" in refused.err
    with calls.score("kuaishou/dynamic", events=market, as_of="2022-09-20", known_on="2022-09-30") as result:
        assert result.table("scores").num_rows == 40
    with pytest.raises(UsageError, match="known-before-day"):
        calls.score("kuaishou/dynamic", events=market, as_of="2022-09-20", known_on="2022-09-01")
    assert set(TABLES) <= {path.stem for path in (tmp_path / "out").iterdir()}
