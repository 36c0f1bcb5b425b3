"""The diagnosis of a shop: costs, views, rows by aspect, and the way to a first score; figures reckoned by hand."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from insight_market import DAY, RULE, orders, small_market
from marketplace import write_events

from steelyard import calls
from steelyard.counting import Question
from steelyard.events.check import Events
from steelyard.events.exclusions import VOLUME, Acting
from steelyard.insight.diagnosis import Diagnosis, diagnose, expected_on
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scoring.rows import ASPECTS, rows_behind, rows_with_aspects
from steelyard.scoring.run import score_events
from steelyard.scoring.running import Result
from steelyard.windows import MonthWindow, Window

SCORED = date(2022, 10, 1)


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rules") / "rule.yaml"
    file.write_text(RULE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def known(rule: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Result, Events]]:
    folder = small_market(tmp_path_factory.mktemp("small") / "events")
    chosen = calls.choose("demo/insight", SCORED, rules=[rule])
    with calls.opened(chosen, folder, "duckdb") as events:
        yield score_events(events.engine, events, chosen.scorecard, SCORED), events


@pytest.fixture(scope="module")
def of(known: tuple[Result, Events]) -> Callable[..., Diagnosis]:
    """The diagnosis of a shop, each once."""
    return cache(lambda shop, *broken_down: diagnose(*known, shop, broken_down))


def test_each_indicator_has_what_it_costs(of):
    # complaints 2 of 10: half of ten, 10 − 1 × 0.15 ÷ 0.03 = 5, and 6 by the table; collected 7 of 10: 4 of ten
    found = of(1)
    points = {each.part.id: each.row["points"] for each in found.parts}
    assert points == {"complaints": 5, "complaints_deducted": 5, "complaints_stepped": 6, "collected": 4}
    costs = {each.part.id: each.cost for each in found.parts}
    assert costs == {  # (10 − points) × weight within × weight of the dimension
        "complaints": Decimal("1.5"),
        "complaints_deducted": Decimal("0.9"),
        "complaints_stepped": Decimal("0.48"),
        "collected": Decimal("2.4"),
    }
    assert sum(costs.values()) == 10 - found.explanation.row["raw_score"]


def test_who_is_worse_than_the_mean_gets_advice_and_the_best_does_not(of):
    assert [each.under_mean for each in of(1).parts] == [True] * 4
    assert not any(each.under_mean or each.needs_advice for each in of(2).parts)


def test_views_count_other_days_by_the_same_measure(of):
    views = {view.days: view for view in of(1).part("collected").views}
    assert {days: (view.numerator, view.denominator, view.value) for days, view in views.items()} == {
        30: (7, 10, Decimal("0.7")),
        90: (7, 10, Decimal("0.7")),
    }


def test_rows_are_broken_down_only_where_asked_for(of, known):
    found = of(1, "collected")
    assert [each.part.id for each in found.parts if each.breakdowns] == ["collected"]
    assert all(each.breakdowns for each in diagnose(*known, 1, None).parts)  # all four cost points


def test_the_late_parcels_are_those_of_one_carrier_and_region(of):
    slices = {each.aspect: each.slices[0] for each in of(1, "collected").part("collected").breakdowns}
    carrier, region, hour = slices["carrier"], slices["region"], slices["hour"]
    assert (carrier.key, carrier.numerator, carrier.denominator, carrier.share_of_misses) == ("A", 3, 6, 1)
    assert (region.key, region.numerator, region.denominator, region.value) == ("广东", 2, 4, Decimal("0.5"))
    assert (hour.key, hour.denominator) == ("10", 3)  # late ones stand at their deadline, two days after 10:00


def test_the_best_carrier_wins_exactly_what_a_full_rate_is_worth(of):
    carriers = next(e for e in of(1, "collected").part("collected").breakdowns if e.aspect == "carrier")
    assert carriers.best == "B"
    assert carriers.would_win == Decimal("2.4")  # all in time: ten instead of four points at 40 %
    assert {each.key: each.would_win for each in carriers.slices} == {"A": Decimal("2.4"), "B": None}


def test_a_shop_without_a_score_is_told_what_is_missing(of):
    opening = of(3).opening
    assert opening is not None
    assert (opening.volume, opening.needed, opening.missing, opening.without_group) == (3, 5, (), False)
    assert opening.with_data == ("complaints", "complaints_deducted", "complaints_stepped", "collected")
    nothing = of(4).opening
    assert nothing is not None
    assert (nothing.volume, nothing.expected_on, nothing.with_data) == (0, None, ())
    assert of(1).opening is None


def volume(window: Window | MonthWindow) -> Question:
    measure = CATALOGUE["paid_orders"]
    return Question(VOLUME, measure, measure.params(), window, Acting(VOLUME))


def anchors(*days: date) -> pa.Table:
    times = [datetime(day.year, day.month, day.day, 12) for day in days]
    return pa.table(
        {"anchor": pa.array(times, pa.timestamp("us")), "denominator": pa.array([1] * len(times), pa.int64())}
    )


def begun(days_ago: int, count: int) -> pa.Table:
    return anchors(*[SCORED - timedelta(days=days_ago - number % days_ago) for number in range(count)])


@pytest.mark.parametrize(
    ("rows", "needed", "expected"),
    [
        (begun(5, 10), 20, SCORED + timedelta(days=5)),  # two a day: ten more days of five
        (begun(10, 10), 30, SCORED + timedelta(days=20)),  # one a day, and thirty fit into the window
        (begun(10, 10), 31, None),  # the thirty-first comes when the first has left
        (begun(30, 20), 21, None),  # an old shop sells what it sells
        (begun(3, 1), 2, SCORED + timedelta(days=3)),
        (anchors(), 5, None),
    ],
)
def test_the_expected_day_follows_the_pace_since_the_first_row(rows, needed, expected):
    assert expected_on(rows, volume(Window(30)), needed, SCORED) == expected


def test_in_a_calendar_month_the_pace_must_do_before_the_month_ends():
    day = date(2022, 10, 11)
    ten = anchors(*[date(2022, 10, 1) + timedelta(days=number) for number in range(10)])
    assert expected_on(ten, volume(MonthWindow()), 20, day) == date(2022, 10, 21)
    assert expected_on(ten, volume(MonthWindow()), 31, day) == date(2022, 11, 1)
    assert expected_on(ten, volume(MonthWindow()), 32, day) is None


def test_rows_keep_their_columns_and_gain_aspects(known):
    result, events = known
    asked = replace(volume(Window(30)), name="it")
    plain = events.engine.arrow(rows_behind(result.past, asked, 1))
    more = events.engine.arrow(rows_with_aspects(result.past, asked, 1))
    assert plain.column_names == [
        "row_id", "part", "anchor", "eligible_at", "counted_at", "amount", "state", "reason",
    ]  # fmt: skip
    assert set(more.column_names) == {*plain.column_names, "numerator", "denominator", "hour", *ASPECTS}
    assert more.select(plain.column_names).equals(plain)
    assert set(more["hour"].to_pylist()) == {10}


def test_cases_take_product_and_region_from_their_order_and_the_reason_from_themselves(tmp_path):
    case = {"case_id": 1, "order_id": 100, "shop_id": 1, "kind": "refund_only", "reason": "broken", "agent_id": 7,
            "applied_at": datetime(2022, 9, 12), "completed_at": datetime(2022, 9, 13), "scenario": "质量"}  # fmt: skip
    tables = {"shops": [{"shop_id": 1}], "orders": orders(1, 1), "after_sales": [case]}
    chosen = calls.choose("douyin/experience@2022-09-26", SCORED)
    with calls.opened(chosen, write_events(tmp_path / "events", tables), "duckdb") as events:
        past = score_events(events.engine, events, chosen.scorecard, SCORED).past
        measure = CATALOGUE["dispute_liability_rate"]
        params = measure.params.model_validate({"liable": ["merchant"]})
        asked = Question("it", measure, params, Window(30), Acting("it"))
        (row,) = events.engine.arrow(rows_with_aspects(past, asked, 1)).to_pylist()
    assert {aspect: row[aspect] for aspect in ASPECTS} == {
        "product_id": 910, "destination_province": "广东", "agent_id": 7, "scenario": "质量", "case_reason": "broken",
        "carrier": None, "origin_province": None,
    }  # fmt: skip


def test_diagnose_prints_the_table_and_the_advice(cli, rule, known):
    done = cli("diagnose", "demo/insight", 1, "--events", known[1].folder, "--as-of", DAY, "--rules", rule)
    assert done.code == 0
    assert "score 4.72" in done.out
    assert "with every parcel given to B: 2.4 points more" in done.out
    assert done.out.count("Fewer complaints") == 3


def test_diagnose_of_one_indicator_shows_every_slice(cli, rule, known):
    call = ("diagnose", "demo/insight", 1, "--events", known[1].folder, "--as-of", DAY, "--rules", rule)
    done = cli(*call, "--indicator", "collected", "--lang", "zh")
    assert done.code == 0
    assert "快递" in done.out
    assert "改用最佳快递可得" in done.out
    assert cli(*call, "--indicator", "nonsense").codes() == ["unknown-indicator"]


def test_diagnose_as_json_has_every_level(cli, rule, known):
    call = (
        "diagnose",
        "demo/insight",
        "--events",
        known[1].folder,
        "--as-of",
        DAY,
        "--rules",
        rule,
        "--format",
        "json",
    )
    rows = json.loads(cli(*call, 1, "--indicator", "collected").out)
    assert {row["level"] for row in rows} == {"indicator", "slice"}
    first = json.loads(cli(*call, 3).out)[0]
    assert (first["level"], first["volume"], first["needed"]) == ("opening", 3, 5)
