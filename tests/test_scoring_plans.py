"""Plans kept as SQL say on every day what plans made for that day say, and a bad cache harms nothing."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from steelyard.engines import Engine
from steelyard.engines.recorder import Saying, say_again
from steelyard.events.check import Events, open_events
from steelyard.events.contract import CONTRACT
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import plans
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_together
from tests.arriving import told
from tests.marketplace import write_events
from tests.reference.hostile import Size
from tests.reference.hostile_full import full_marketplace
from tests.test_scoring_days import newest

DAY = date(2024, 3, 1)
DAYS = (DAY, date(2024, 2, 29), date(2024, 12, 31))
SMALL = Size(4, 60, 50, 16, 8, 8, bulk=(0, 3, 40), least=0.7)


@pytest.fixture(scope="module")
def events(duckdb: Engine, tmp_path_factory: pytest.TempPathFactory) -> Events:
    folder = write_events(tmp_path_factory.mktemp("market"), full_marketplace(11, DAY, [], SMALL))
    return open_events(duckdb, folder, frozenset(CONTRACT))


def results(events: Events, cards: list[Scorecard], day: date) -> dict[tuple[str, str], list[str]]:
    return {
        (result.scorecard.name, name): told(result.arrow(name).to_pylist())
        for result in score_together(events.engine, events, cards, day)
        for name in TABLES
    }


def one() -> list[Scorecard]:
    return [card for card in newest() if card.id == "kuaishou/star"]


def kept_in(folder: Path) -> list[Path]:
    return sorted((folder / "plans").glob("*.json"))


def test_kept_plans_say_the_same_on_every_day(events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [card for card in newest() if plans.keepable([card])]
    assert len(cards) > 5
    monkeypatch.setenv(plans.PLACE, str(tmp_path))
    kept = {day: results(events, cards, day) for day in DAYS}
    assert len(kept_in(tmp_path)) == 1
    monkeypatch.setenv(plans.PLACE, "off")
    for day in DAYS[1:]:  # a plan made for the day itself, which takes its time
        assert results(events, cards, day) == kept[day], day
    assert any(kept[DAYS[0]][name] != kept[DAYS[2]][name] for name in kept[DAY])


@pytest.mark.parametrize("text", ["{", "[[[1]]]", "null"])
def test_a_broken_plan_is_made_anew(events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(plans.PLACE, str(tmp_path))
    expected = results(events, one(), DAY)
    (file,) = kept_in(tmp_path)
    whole = file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert results(events, one(), DAY) == expected
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(whole)


def test_strange_files_in_the_cache_are_left_alone(
    events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plans").mkdir()
    stranger = tmp_path / "plans" / "notes.json"
    stranger.write_text("mine", encoding="utf-8")
    monkeypatch.setenv(plans.PLACE, str(tmp_path))
    assert results(events, one(), DAY)
    assert stranger.read_text(encoding="utf-8") == "mine"


def test_a_cache_that_cannot_be_written(events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(plans.PLACE, "off")
    expected = results(events, one(), DAY)
    place = tmp_path / "a file"
    place.write_text("no folder", encoding="utf-8")
    monkeypatch.setenv(plans.PLACE, str(place))
    assert results(events, one(), DAY) == expected
    assert place.read_text(encoding="utf-8") == "no folder"


def test_what_was_said_holds_while_the_answers_are_the_same(duckdb: Engine) -> None:
    def said(answer: Any) -> list[Saying]:
        return [
            Saying("store", "said_once", "SELECT 1 AS a"),
            Saying("view", "said_twice", 'SELECT a + 1 AS b FROM "said_once"'),
            Saying("ask", "", 'SELECT b FROM "said_twice"', [{"b": answer}]),
            Saying("store", "said_last", 'SELECT b FROM "said_twice"'),
        ]

    duckdb.store_statement("said_last", "SELECT 0 AS b")
    assert not say_again(duckdb, said(3), str)
    assert duckdb.arrow(duckdb.backend.table("said_last")).to_pylist() == [{"b": 0}]
    assert say_again(duckdb, said(2), str)
    assert duckdb.arrow(duckdb.backend.table("said_last")).to_pylist() == [{"b": 2}]


@pytest.mark.parametrize(
    ("said", "day", "expected"),
    [
        ("MAKE_DATE(8000, 7, 1)", date(2024, 2, 29), "MAKE_DATE(2024, 2, 29)"),
        ("MAKE_TIMESTAMP(8000, 6, 30, 0, 0, 0.0)", date(2024, 3, 1), "MAKE_TIMESTAMP(2024, 2, 29, 0, 0, 0.0)"),
        ("MAKE_DATE(8000, 6, 1)", date(2024, 3, 1), "MAKE_DATE(2024, 1, 31)"),
        ("MAKE_DATE(2022, 9, 26)", date(2024, 3, 1), "MAKE_DATE(2022, 9, 26)"),
        ("MAKE_DATE(9000, 1, 1)", date(2024, 3, 1), "MAKE_DATE(9000, 1, 1)"),
    ],
)
def test_dates_near_the_day_of_plans_move_with_the_day(said: str, day: date, expected: str) -> None:
    assert plans.on_day(said, day) == expected


def test_months_are_never_kept() -> None:
    by_month = [card for card in newest() if not plans.keepable([card])]
    assert all("calendar" in card.model_dump_json() for card in by_month)
