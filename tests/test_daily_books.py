"""Books are opened anew where the rules or what older rows point at changed, and only there; scores stay the same."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from steelyard.daily.run import chosen_for
from steelyard.desk.home import Home, open_home
from steelyard.engines import Engine
from steelyard.events.scenarios import catalogue
from tests.arriving import Arriving, configure, days_from, new_home, run, scored, seen, write
from tests.marketplace import Row

DAY = date(2022, 11, 1)
ARRIVE = days_from(DAY - timedelta(days=12), 12)
CARDS = ["pdd/experience", "douyin/dsr"]
PAID = datetime(2022, 10, 12, 12)


def order(number: int, **more: object) -> Row:
    row = {"order_id": number, "shop_id": 1, "buyer_id": number, "product_id": 1 + number % 2, "paid_at": PAID}
    return row | {"grouped_at": PAID, "promised_ship_at": PAID + timedelta(days=2)} | more


def contact(number: int) -> Row:
    row = {"contact_id": number, "order_id": number, "shop_id": 1, "buyer_id": number, "channel": "online"}
    return row | {"created_at": PAID + timedelta(days=1), "scenario": "s"}


PRODUCTS = [{"product_id": n, "shop_id": 1, "kind": "standard", "category": "a"} for n in (1, 2)]
CHANGES: list[tuple[str, dict[str, list[Row]], set[str]]] = [
    ("a product nobody bought", {"products": [{"product_id": 3, "shop_id": 1, "kind": "virtual"}]}, set()),
    ("the same product again", {"products": PRODUCTS[:1]}, set()),
    ("another kind", {"products": [PRODUCTS[0] | {"kind": "virtual"}]}, {"products"}),
    ("another category", {"products": [row | {"category": "b"} for row in PRODUCTS]}, {"products"}),
    ("a buyer nobody knows", {"buyers": [{"buyer_id": 999, "risk": "malicious"}]}, set()),
    ("a buyer who bought", {"buyers": [{"buyer_id": 3, "risk": "malicious"}]}, {"buyers"}),
    (
        "a scenario that was named",
        {"scenarios": [{"scenario": "s", "module": "goods", "routine": True}]},
        {"scenarios"},
    ),
    ("a kind that is unknown again", {"products": [PRODUCTS[0] | {"kind": None, "category": None}]}, {"products"}),
    ("a buyer without a flag", {"buyers": [{"buyer_id": 3}]}, {"buyers"}),
    ("a scenario that says nothing", {"scenarios": [{"scenario": "s"}]}, {"scenarios"}),
]


def opened(home: Home, day: date) -> dict[str, str]:
    """Since when each group's books are open, as the run for `day` left them."""
    said = json.loads((home.ledger / f"at={day}.json").read_text(encoding="utf-8"))
    return {group: book["opened"] for group, book in said.items()}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Arriving]:
    """A home into which each of CHANGES came, day by day."""
    first = {
        "shops": [{"shop_id": 1, "category": "a"}],
        "products": PRODUCTS,
        "orders": [order(n) for n in range(60)],
        "platform_contacts": [contact(n) for n in range(9)],
        "scenarios": [{"scenario": "s", "module": "goods", "routine": False}],
        "buyers": [{"buyer_id": 500, "risk": "high"}],
    }
    days = {ARRIVE[0]: first, ARRIVE[1]: {"orders": [order(n) for n in range(60, 70)]}}
    days |= dict(zip(ARRIVE[2:], (tables for _, tables, _ in CHANGES), strict=True))
    arriving = Arriving("int64", days)
    home = new_home(tmp_path_factory.mktemp("changed") / "home", CARDS)
    arriving.deliver(home.arrivals)
    run(home, ARRIVE[1])
    run(home, DAY)
    return home, arriving


def test_books_stay_open_while_nothing_but_events_comes(changed: tuple[Home, Arriving]) -> None:
    home, _ = changed
    assert set(opened(home, ARRIVE[2]).values()) == {str(ARRIVE[1])}


@pytest.mark.parametrize("number", range(len(CHANGES)), ids=[name for name, _, _ in CHANGES])
def test_books_are_opened_anew_exactly_where_they_must(changed: tuple[Home, Arriving], number: int) -> None:
    home, _ = changed
    day = ARRIVE[2 + number] + timedelta(days=1)
    before, after = opened(home, day - timedelta(days=1)), opened(home, day)
    anew = {group for group in after if after[group] != before[group]}
    assert bool(anew) == bool(CHANGES[number][2]), (anew, CHANGES[number][0])
    assert all(after[group] == str(day) for group in anew)


def test_scores_stay_what_score_says(changed: tuple[Home, Arriving], duckdb: Engine, tmp_path: Path) -> None:
    home, arriving = changed
    published = seen(home)
    for day in days_from(ARRIVE[1], 12):
        cards = [chosen.scorecard for chosen in chosen_for(home, day)[0]]
        folder = write(tmp_path / str(day), arriving.before(day))
        assert scored(duckdb, folder, cards, day) == {key: rows for key, rows in published.items() if key[1] == day}


@pytest.mark.parametrize("came", [[], [{"scenario": "another", "module": "goods"}]], ids=["empty", "another"])
def test_a_first_table_of_scenarios_stands_in_for_the_catalogue(
    duckdb: Engine, tmp_path: Path, came: list[Row]
) -> None:
    home = new_home(tmp_path / "home", ["pdd/experience"])
    routine = next(scenario.code for scenario in catalogue(DAY) if scenario.routine)
    first: dict[str, list[Row]] = {
        "shops": [{"shop_id": 1, "category": "a"}],
        "orders": [order(n) for n in range(60)],
        "platform_contacts": [contact(n) | {"scenario": routine} for n in range(9)],
    }
    arriving = Arriving("int64", {ARRIVE[-2]: first, ARRIVE[-1]: {"scenarios": came}})
    arriving.deliver(home.arrivals)
    run(home, ARRIVE[-1])
    run(home, DAY)
    cards = [chosen.scorecard for chosen in chosen_for(home, DAY)[0]]
    folder = write(tmp_path / "whole", arriving.before(DAY))
    assert scored(duckdb, folder, cards, DAY) == {key: rows for key, rows in seen(home).items() if key[1] == DAY}


def test_other_rules_open_books_anew(duckdb: Engine, tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", ["kuaishou/star"])
    days = {ARRIVE[0]: {"shops": [{"shop_id": 1}], "orders": [order(n) for n in range(60)]}}
    arriving = Arriving("int64", days | {day: {} for day in ARRIVE[1:4]})
    arriving.deliver(home.arrivals)
    run(home, ARRIVE[1])
    run(home, ARRIVE[2])
    assert set(opened(home, ARRIVE[2]).values()) == {str(ARRIVE[1])}
    configure(home.folder, ["kuaishou/star"], '[scorecards.values."kuaishou/star"]\n"window.days" = 14\n')
    run(home, ARRIVE[3])
    anew = opened(home, ARRIVE[3])
    assert str(ARRIVE[3]) in anew.values()
    cards = [chosen.scorecard for chosen in chosen_for(open_home(home.folder), ARRIVE[3])[0]]
    folder = write(tmp_path / "folder", arriving.before(ARRIVE[3]))
    assert (
        scored(duckdb, folder, cards, ARRIVE[3])["kuaishou/star", ARRIVE[3]] == seen(home)["kuaishou/star", ARRIVE[3]]
    )
