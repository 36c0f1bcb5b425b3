"""Lines of a statement: every case the rules leave open is defined, and says so."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pay_office import OCTOBER, amounts_of, books, half_up, member, order, rate, reckoned, version_of, worked

from steelyard.service.pay.attribution import Credit, Order
from steelyard.service.pay.commission import Return, book
from steelyard.service.pay.metrics import Reading
from steelyard.service.pay.payroll import statements
from steelyard.service.pay.record import teams
from steelyard.service.pay.statement import Payroll
from steelyard.service.pay.tables import Entry
from steelyard.service.pay.words import NOTES

BONUS = "{per_reception: 2, weighted_by: [conversion_rate, average_order_value]}"


def line(statement, key):
    return next(each for each in statement.lines if each.key == key)


def notes(statement, key):
    return set(line(statement, key).notes)


@pytest.fixture
def plan(tmp_path):
    return version_of(tmp_path)


def case(number, of_order, amount, day=20):
    return Return(number, of_order, None if amount is None else Decimal(amount), datetime(2022, 10, day, 9))


def test_commission_deduction_and_pool(plan):
    sold = [
        order(1, 1, "1000"),
        order(2, 1, "500.50"),
        order(3, 2, "10"),
        order(4, None, "2000"),
        order(5, None, "500"),
    ]
    back = [case(1, 2, "100.25"), case(2, 4, None)]
    first, second = statements(plan, worked([member(1), member(2)], books(sold, back)))
    assert amounts_of(first) == {
        "base_wage": Decimal(1100),
        "own_sales": Decimal("30.01"),
        "own_returns": Decimal("-4.01"),
        "unassisted": Decimal("2.50"),
        "floor": Decimal(0),
    }
    assert first.earned == Decimal("1128.50") == first.payout
    assert line(first, "own_sales").numbers == "1500.50 × 0.02"
    assert [row.row_id for row in line(first, "own_sales").rows] == [1, 2]
    assert [(row.row_id, row.value) for row in line(first, "own_returns").rows] == [(1, "100.25")]
    assert [row.row_id for row in line(second, "unassisted").rows] == [4, 5, 2]
    assert NOTES["no_sales"] not in notes(second, "own_sales")


def test_an_agent_without_sales_is_told_so(plan):
    (only,) = statements(plan, worked([member(1)], books([])))
    assert amounts_of(only)["own_sales"] == 0
    assert notes(only, "own_sales") == {NOTES["no_sales"]}


def test_a_team_value_of_zero_gives_no_weighted_bonus_and_says_why(tmp_path):
    plan = version_of(tmp_path, performance=BONUS)
    mine = {"receptions": Reading(7), "conversion_rate": rate(0, 9), "average_order_value": rate(0, 0)}
    (only,) = statements(plan, worked([member(1)], books([]), a1=mine))
    assert amounts_of(only)["base_bonus"] == 14
    assert amounts_of(only)["conversion_rate_bonus"] == 0
    assert notes(only, "conversion_rate_bonus") == {NOTES["team_zero"]}
    assert notes(only, "average_order_value_bonus") == {NOTES["no_value"]}


def test_what_nothing_measures_is_no_zero(tmp_path):
    plan = version_of(tmp_path, performance=BONUS)
    (only,) = statements(plan, worked([member(1)], books([])))
    for key in ("base_bonus", "conversion_rate_bonus", "average_order_value_bonus"):
        assert notes(only, key) == {NOTES["no_data"]}


def test_bonuses_are_weighted_by_the_distance_from_the_team(tmp_path):
    plan = version_of(tmp_path, performance=BONUS)
    first = {
        "receptions": Reading(100),
        "conversion_rate": rate(40, 100),
        "average_order_value": Reading(Decimal(900), 9),
    }
    second = {
        "receptions": Reading(50),
        "conversion_rate": rate(5, 50),
        "average_order_value": Reading(Decimal(600), 1),
    }
    one, two = statements(plan, worked([member(1), member(2)], books([]), a1=first, a2=second))
    assert amounts_of(one)["base_bonus"] == 200
    assert amounts_of(one)["conversion_rate_bonus"] == half_up(
        200 * (Fraction(40, 100) - Fraction(45, 150)) / Fraction(45, 150)
    )
    assert amounts_of(one)["average_order_value_bonus"] == Decimal("-66.67")
    assert amounts_of(two)["conversion_rate_bonus"] == Decimal("-66.67")
    assert one.section("basic_performance") == sum(
        amounts_of(one)[key] for key in ("base_bonus", "conversion_rate_bonus", "average_order_value_bonus")
    )
    assert line(one, "conversion_rate_bonus").numbers == "200.00 × ((40 ÷ 100) − (45 ÷ 150)) ÷ (45 ÷ 150)"


def test_the_team_may_be_those_of_the_same_role(tmp_path):
    plan = version_of(tmp_path, performance=BONUS, team="shop_and_role")
    reading = {"receptions": Reading(10), "conversion_rate": rate(1, 2)}
    other = {"receptions": Reading(10), "conversion_rate": rate(0, 100)}
    people = [member(1), member(2, role="aftersale")]
    one, _ = statements(plan, worked(people, books([]), a1=reading, a2=other))
    assert amounts_of(one)["conversion_rate_bonus"] == 0
    assert not notes(one, "conversion_rate_bonus")


@pytest.mark.parametrize(("joined", "share"), [(31, "1100.00"), (16, "567.74"), (1, "35.48")])
def test_part_of_a_month_is_paid_by_its_days(plan, joined, share):
    (only,) = statements(plan, worked([member(1, days=joined)], books([])))
    assert amounts_of(only)["base_wage"] == Decimal(share)
    assert only.floor == Decimal(share)
    assert (NOTES["part_month"] in notes(only, "base_wage")) == (joined < 31)
    assert reckoned(line(only, "base_wage").numbers) == Fraction(1100 * joined, 31)


def test_the_pool_is_shared_by_days_and_the_cent_left_over_is_explained(plan):
    sold = [order(1, None, "100.00")]
    first, second, third = statements(plan, worked([member(1), member(2), member(3)], books(sold)))
    parts = [amounts_of(each)["unassisted"] for each in (first, second, third)]
    assert parts == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert notes(first, "unassisted") == {NOTES["pool_remainder"]}
    assert line(first, "unassisted").numbers == "floor(1.00 × 31 ÷ 93, 2) + 0.01"
    half, whole = statements(plan, worked([member(1, days=10), member(2, days=30)], books(sold)))
    assert [amounts_of(each)["unassisted"] for each in (half, whole)] == [Decimal("0.25"), Decimal("0.75")]


def test_a_pool_of_more_returns_than_sales_is_shared_too(plan):
    sold = [order(1, None, "100", counted_at=datetime(2022, 9, 30))]
    (only,) = statements(plan, worked([member(1)], books(sold, [case(1, 1, "100")])))
    assert amounts_of(only)["unassisted"] == Decimal("-1.00")
    assert notes(only, "unassisted") == {NOTES["pool_negative"]}


def test_a_negative_month_is_made_up_to_the_floor(plan):
    sold = [order(1, 1, "90000", counted_at=datetime(2022, 9, 30))]
    (only,) = statements(plan, worked([member(1)], books(sold, [case(1, 1, "90000")])))
    assert amounts_of(only)["own_returns"] == Decimal("-3600.00")
    assert amounts_of(only)["floor"] == Decimal("3600.00")
    assert only.payout == Decimal("1100.00") == only.floor
    assert NOTES["floor_reached"] in notes(only, "floor")
    assert line(only, "floor").numbers == "max(1100.00 − (-2500.00), 0)"


def test_a_region_has_its_own_wage_and_floor(plan):
    north, unknown = statements(plan, worked([member(1, region="north"), member(2, region="west")], books([])))
    assert (amounts_of(north)["base_wage"], north.floor) == (2000, 1500)
    assert (amounts_of(unknown)["base_wage"], unknown.floor) == (1100, 1100)
    assert NOTES["region_unknown"] in notes(unknown, "base_wage")
    assert not notes(north, "base_wage")


def test_who_left_still_answers_for_returns_and_is_paid_nothing(plan):
    sold = [order(1, 1, "100", counted_at=datetime(2022, 9, 30))]
    everyone = worked([member(1, days=0), member(2, days=0)], books(sold, [case(1, 1, "100")]))
    (only,) = statements(plan, everyone)
    assert only.member.agent_id == 1
    assert amounts_of(only)["own_returns"] == Decimal("-4.00")
    assert only.payout == 0
    assert NOTES["not_employed"] in notes(only, "base_wage")


@pytest.mark.parametrize(
    ("counted", "cancelled", "sold"),
    [
        (datetime(2022, 9, 30, 23, 59, 59), None, None),
        (datetime(2022, 10, 1), None, "50"),
        (datetime(2022, 10, 31, 23, 59, 59), None, "50"),
        (datetime(2022, 11, 1), None, None),
        (datetime(2022, 10, 31), datetime(2022, 10, 31, 23, 59, 59), None),
        (datetime(2022, 10, 31), datetime(2022, 11, 1), "50"),
        (datetime(2022, 9, 30), datetime(2022, 10, 1), "-50"),
        (datetime(2022, 9, 30), datetime(2022, 9, 30, 12), None),
        (None, datetime(2022, 10, 1), None),
    ],
)
def test_when_an_order_is_a_sale_of_the_month(counted, cancelled, sold):
    one = Order(1, 1, 1, Decimal(50), counted, cancelled)
    found = book([one], [], {1: Credit(7, "platform")}, OCTOBER, has_cases=True).of_agents
    assert [row.value for each in found.values() for row in each.sales] == ([] if sold is None else [sold])


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (datetime(2022, 9, 30, 23, 59, 59), False),
        (datetime(2022, 10, 1), True),
        (datetime(2022, 10, 31, 23, 59, 59), True),
        (datetime(2022, 11, 1), False),
    ],
)
def test_a_return_is_booked_in_the_month_it_happens(day, counts):
    sold, credit = order(1, 7, "50", counted_at=datetime(2022, 8, 1))
    found = book([sold], [Return(1, 1, Decimal(20), day)], {1: credit}, OCTOBER, has_cases=True).of_agents
    assert sum(each.returned for each in found.values()) == (20 if counts else 0)


def test_a_return_of_a_cancelled_order_counts_once(plan):
    gone = {"cancelled_at": datetime(2022, 10, 12), "counted_at": datetime(2022, 9, 1)}
    (only,) = statements(plan, worked([member(1)], books([order(1, 1, "50", **gone)], [case(1, 1, "50")])))
    assert (amounts_of(only)["own_sales"], amounts_of(only)["own_returns"]) == (Decimal("-1.00"), 0)
    assert NOTES["reversed"] in notes(only, "own_sales")


def test_orders_without_an_amount_are_listed(plan):
    (only,) = statements(plan, worked([member(1)], books([order(1, 1, "")])))
    assert NOTES["no_amount"] in notes(only, "own_sales")
    assert [row.value for row in line(only, "own_sales").rows] == ["0.00"]


def test_missing_tables_are_no_zero(plan):
    sold, _ = order(1, None, "50")
    found = book([sold], [], {1: Credit(None, "undecided")}, OCTOBER, has_cases=False)
    (only,) = statements(plan, worked([member(1)], found))
    assert notes(only, "own_returns") == {NOTES["no_cases"]}
    assert notes(only, "unassisted") == {NOTES["undecided"]}
    assert found.undecided == 1


STEPS = """
      - {id: up, title: {zh: 转化, en: conversion}, metric: conversion_rate, minimum: 4, roles: [presale],
         steps: [{at_least: 0.5, amount: 200}, {at_least: 0.25, amount: 80}]}
      - {id: down, title: {zh: 退货, en: returns}, metric: return_rate,
         steps: [{at_most: 0.1, amount: 50}, {at_most: 0.2, amount: 20}]}
      - {id: changed, title: {zh: 改评, en: changed}, metric: changed_reviews, each: 5.5}
"""


@pytest.mark.parametrize(
    ("conversion", "paid", "note"),
    [((1, 2), 0, "too_few"), ((2, 4), 200, None), ((499999, 1000000), 80, None), ((1, 4), 80, None),
     ((249999, 1000000), 0, "no_step"), ((0, 0), 0, "no_value")],
)  # fmt: skip
def test_a_table_pays_the_first_step_reached(tmp_path, conversion, paid, note):
    plan = version_of(tmp_path, flexible=STEPS)
    mine = {"conversion_rate": rate(*conversion), "return_rate": rate(1, 10), "changed_reviews": Reading(3)}
    (only,) = statements(plan, worked([member(1)], books([]), a1=mine))
    assert amounts_of(only)["flexible:up"] == paid
    assert notes(only, "flexible:up") == ({NOTES[note]} if note else set())
    assert amounts_of(only)["flexible:down"] == 50
    assert amounts_of(only)["flexible:changed"] == Decimal("16.50")
    assert only.section("flexible_performance") == paid + Decimal("66.50")
    assert only.performance == only.section("flexible_performance")


def test_a_table_of_a_role_does_not_concern_others(tmp_path):
    plan = version_of(tmp_path, flexible=STEPS)
    other, nobody = statements(plan, worked([member(1, role="aftersale"), member(2, role=None)], books([])))
    assert "flexible:up" not in amounts_of(other)
    assert "flexible:up" not in amounts_of(nobody)
    assert (other.notes, nobody.notes) == ((), (NOTES["role_unknown"],))


def test_amounts_entered_by_hand_are_lines_of_their_month(plan):
    def entry(name, month, agent="1"):
        return Entry(
            entry_id=name, agent_id=agent, month=month, amount=Decimal("-12.50"), reason="迟到", entered_by="Lead"
        )

    entries = [entry("E1", "2022-10"), entry("E2", "2022-11"), entry("E3", "2022-10", "2")]
    found = worked([member(1)], books([]))
    (only,) = statements(plan, type(found)(OCTOBER, found.members, found.books, {}, entries))
    assert {key: amount for key, amount in amounts_of(only).items() if key.startswith("entered")} == {
        "entered:E1": Decimal("-12.50")
    }


REQUIRED = """
      - {id: online, title: {zh: 在线, en: online}, metric: online_time, at_least: 3600}
      - {id: speed, title: {zh: 速度, en: speed}, metric: mean_response_time, at_most: 45, roles: [presale]}
"""


@pytest.mark.parametrize(("seconds", "state"), [(3599, "not_met"), (3600, "met"), (3601, "met")])
def test_requirements_are_met_or_not_and_touch_no_amount(tmp_path, seconds, state):
    plan = version_of(tmp_path, requirements=REQUIRED)
    mine = {"online_time": Reading(seconds), "mean_response_time": Reading(91, 2)}
    one, two = statements(plan, worked([member(1), member(2, role="aftersale")], books([]), a1=mine))
    assert [(each.key, each.state, each.bound) for each in one.checks] == [
        ("online", state, "≥ 3600"), ("speed", "not_met", "≤ 45"),
    ]  # fmt: skip
    assert [(each.key, each.state) for each in two.checks] == [("online", "no_data")]
    assert one.payout == 1100


AMOUNTS = st.integers(0, 10**7).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
AGENT = st.sampled_from([1, 2, 3, None])
SOLD = st.lists(st.tuples(AGENT, AMOUNTS, st.sampled_from([8, 9, 10]), st.booleans()), max_size=12)
PEOPLE = st.lists(st.integers(0, 31), min_size=1, max_size=3)
READ = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), AMOUNTS), min_size=3, max_size=3)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return version_of(tmp_path_factory.mktemp("plan"), performance=BONUS, flexible=STEPS)


def month_of(sold, people, read):
    """A month of some orders, returns and agents."""
    found = [
        order(number, agent, amount, counted_at=datetime(2022, month, 15))
        for number, (agent, amount, month, _) in enumerate(sold)
    ]
    back = [case(number, number, amount) for number, (_, amount, _, returned) in enumerate(sold) if returned]
    readings = {
        f"a{number}": {
            "receptions": Reading(some), "conversion_rate": rate(min(some, of), of),
            "average_order_value": Reading(Decimal(amount), of), "changed_reviews": Reading(some),
        }
        for number, (some, of, amount) in enumerate(read, start=1)
    }  # fmt: skip
    members = [member(number, days=days) for number, days in enumerate(people, start=1)]
    return found, back, members, readings


@settings(max_examples=150, deadline=None)
@given(sold=SOLD, people=PEOPLE, read=READ, seed=st.randoms())
def test_what_holds_of_every_month(full, sold, people, read, seed):
    found, back, members, readings = month_of(sold, people, read)
    made = statements(full, worked(members, books(found, back), **readings))
    for each in made:
        assert each.earned >= each.floor
        assert each.payout == each.earned == sum(one.amount for one in each.lines)
        for one in each.lines:
            assert half_up(reckoned(one.numbers)) == one.amount
    everyone = [each for each in made if each.member.days]
    pool = books(found, back).unassisted.get(1)
    if pool is not None and everyone:
        assert sum(amounts_of(each)["unassisted"] for each in made) == half_up(
            Fraction(1, 100) * Fraction(pool.sold - pool.returned)
        )
    *_, total = teams(Payroll(OCTOBER, "p", "1", "CNY", "", tuple(made)))
    assert Decimal(total["payout"]) == sum((each.payout for each in made), Decimal(0))
    assert sum(map(Decimal, total["lines"].values())) == Decimal(total["earned"])
    seed.shuffle(found)
    seed.shuffle(back)
    assert statements(full, worked(members, books(found, back), **readings)) == made
