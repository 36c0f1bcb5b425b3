"""Core problems: what buyers called about, and that the points named are those a score without the calls has."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from marketplace import Row, write_events

from steelyard.calls import Score, score
from steelyard.cli import run
from steelyard.errors import InputError, UsageError
from steelyard.insight.problems import CoreProblem, core_problems, without_order

DAY = date(2021, 11, 1)
SHOPS = 6
NUMBERS = count(1)
ORDERS = 40


def orders() -> Iterator[Row]:
    """Forty orders a shop grouped in the window, ten in the window before."""
    for shop in range(1, SHOPS + 1):
        for number in range(ORDERS + 10):
            grouped = datetime(2021, 10, 10, 12) if number < ORDERS else datetime(2021, 9, 10, 12)
            yield {
                "order_id": shop * 1000 + number, "shop_id": shop, "buyer_id": shop * 1000 + number,
                "paid_at": grouped, "grouped_at": grouped,
            }  # fmt: skip


def calls_of(shop: int, scenario: str | None, first: int, how_many: int, **more: Any) -> list[Row]:
    """So many orders from the `first` one on, each with a call to the platform."""
    return [
        {
            "contact_id": next(NUMBERS), "shop_id": shop, "order_id": shop * 1000 + number,
            "created_at": datetime(2021, 10, 12), "channel": "online", "scenario": scenario,
        } | more
        for number in range(first, first + how_many)
    ]  # fmt: skip


CONTACTS: list[Row] = [
    *calls_of(1, "质量问题", 0, 6),
    *calls_of(1, "少件", 4, 3),  # orders 4 and 5 had both
    *calls_of(1, "丢件", 10, 2),
    *calls_of(1, "如何安装", 20, 9),
    *calls_of(1, None, 30, 1),
    *calls_of(1, "质量问题", ORDERS, 1, created_at=datetime(2021, 9, 30, 23, 59, 59)),
    *calls_of(1, "质量问题", ORDERS + 1, 1, created_at=datetime(2021, 10, 2)),  # not known when that window ended
    *calls_of(1, "质量问题", 0, 2, order_id=None),
    *calls_of(1, "如何安装", 0, 1, order_id=None),
    *calls_of(1, "丢件", 0, 1, order_id=None, created_at=datetime(2021, 10, 1, 23, 59, 59)),
    *(row for shop in range(2, SHOPS + 1) for row in calls_of(shop, "质量问题", 0, shop)),
    *(row for shop in range(2, SHOPS + 1) for row in calls_of(shop, "丢件", 10, shop - 2)),
]
SESSIONS: list[Row] = [
    {"session_id": 1, "shop_id": 1, "buyer_id": 1020, "started_at": datetime(2021, 10, 12), "scenario": "客服态度"},
    {"session_id": 2, "shop_id": 1, "buyer_id": 1021, "started_at": datetime(2021, 10, 12), "scenario": "质量问题"},
    {"session_id": 3, "shop_id": 1, "buyer_id": 9999, "started_at": datetime(2021, 10, 12), "scenario": "质量问题"},
]


def events(folder: Path, contacts: Sequence[Row], sessions: Sequence[Row]) -> Path:
    shops = [{"shop_id": shop, "category": "食品"} for shop in range(1, SHOPS + 1)]
    tables = {"shops": shops, "orders": orders(), "platform_contacts": contacts, "sessions": sessions}
    return write_events(folder, tables)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Score]:
    folder = events(tmp_path_factory.mktemp("problems") / "events", CONTACTS, SESSIONS)
    with score("pdd/experience", events=folder, as_of=DAY) as found:
        yield found


@pytest.fixture(scope="module")
def found(scored: Score) -> list[CoreProblem]:
    return core_problems(scored.events, scored.result, 1)


def test_scenarios_stand_by_module_the_most_frequent_first(found: list[CoreProblem]):
    assert [(each.module, each.scenario, each.orders) for each in found] == [
        ("goods", "质量问题", 7),  # six contacts and a chat on another order
        ("goods", "少件", 3),
        ("logistics", "丢件", 2),
        ("basic_service", "客服态度", 1),
        (None, None, 1),
    ]
    assert {each.of for each in found} == {ORDERS}


def test_shares_are_of_the_modules_orders(found: list[CoreProblem]):
    faulty, missing = found[:2]
    assert faulty.share == Decimal("0.875000")  # 7 of the 8 orders called about goods
    assert missing.share == Decimal("0.375000")
    assert faulty.rate == Decimal("0.175000")  # 7 of 40


def test_the_trend_is_against_the_window_before_as_it_was_known_then(found: list[CoreProblem]):
    faulty, missing = found[:2]
    assert (faulty.before, faulty.before_of) == (1, 10)
    assert faulty.change == Decimal("0.075000")  # 7/40 − 1/10
    assert missing.change == Decimal("0.075000")  # 3/40 − 0


@pytest.mark.parametrize("scenario", ["质量问题", "丢件", None])
def test_points_are_those_of_a_score_without_the_calls(
    scored: Score, found: list[CoreProblem], tmp_path: Path, scenario: str | None
):
    problem = next(each for each in found if each.scenario == scenario)
    left = [
        [row for row in rows if not (row["shop_id"] == 1 and row["scenario"] == scenario)]
        for rows in (CONTACTS, SESSIONS)
    ]
    with score("pdd/experience", events=events(tmp_path / "without", *left), as_of=DAY) as without:
        (before, after) = (its_score(each) for each in (scored, without))
    assert problem.wins == after - before


def its_score(of: Score) -> Decimal:
    return next(row["gated_score"] for row in of.table("scores").to_pylist() if row["subject_id"] == 1)


def test_the_calls_counted_are_those_of_the_indicators(scored: Score):
    rows = {row["indicator"]: row for row in scored.table("indicators").to_pylist() if row["subject_id"] == 1}
    assert rows["goods_help_rate"]["numerator"] == 8
    assert rows["logistics_help_rate"]["numerator"] == 2
    assert rows["platform_help_rate"]["numerator"] == 7 + 2 + 1  # orders 0 to 6, 10 and 11, 30


def test_a_shop_without_a_score_has_problems_and_no_points(tmp_path: Path):
    few = [row for row in orders() if row["shop_id"] == 1][:5]
    tables = {
        "shops": [{"shop_id": 1}],
        "orders": few,
        "platform_contacts": [*CONTACTS[:2], *calls_of(1, "少件", 4, 1)],
    }
    with score("pdd/experience", events=write_events(tmp_path / "few", tables), as_of=DAY) as scored:
        (problem,) = core_problems(scored.events, scored.result, 1, most=1)  # 少件 is told only where two are asked for
    assert (problem.orders, problem.of, problem.wins, problem.change) == (2, 5, None, None)


def test_calls_that_hang_on_no_order_are_told(scored: Score):
    # Two contacts and the chat of a buyer without an order; an ordinary enquiry and one before the window are none.
    assert without_order(scored.events, scored.result, 1) == 3
    assert without_order(scored.events, scored.result, 2) == 0


def test_the_command_ends_with_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    tables = {
        "shops": [{"shop_id": 1}],
        "orders": [row for row in orders() if row["shop_id"] == 1][:3],
        "platform_contacts": [*CONTACTS[:1], *calls_of(1, "少件", 0, 3, order_id=None)],
    }
    folder = write_events(tmp_path / "events", tables)
    call = ["problems", "pdd/experience", "1", "--events", str(folder), "--as-of", str(DAY)]
    assert run([*call, "--lang", "zh"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "没有可归属的订单，未计入的求助：3"
    assert run([*call, "--format", "json"]) == 0
    *problems, last = json.loads(capsys.readouterr().out)
    assert {key: value for key, value in last.items() if value is not None} == {"left_out": "no_order", "requests": 3}
    assert all(each["left_out"] is None for each in problems)


def test_a_shop_nobody_knows_is_told(scored: Score):
    with pytest.raises(InputError, match="unknown-subject"):
        core_problems(scored.events, scored.result, 99)


def test_a_scorecard_without_calls_for_help_has_no_core_problems(tmp_path: Path):
    folder = events(tmp_path / "other", CONTACTS, SESSIONS)
    with (
        score("douyin/experience@2022-09-26", events=folder, as_of=DAY) as scored,
        pytest.raises(UsageError, match="no-calls-for-help"),
    ):
        core_problems(scored.events, scored.result, 1)
