"""Exact money: doubles to cents, half up, splitting, and formulas that say what was reckoned."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pay_office import half_up, reckoned

from steelyard.service.pay.money import (
    Term,
    Words,
    at_least_zero,
    exact,
    floor_of,
    named,
    ratio,
    rounded,
    split,
)

CENTS = st.integers(-(10**7), 10**7).map(lambda cents: Decimal(cents) / 100)
NAME = Words("数", "number")


@pytest.mark.parametrize(
    ("double", "cents"),
    [
        (19.99, "19.99"),
        (0.1 + 0.2, "0.30"),
        (1.005, "1.01"),
        (2.675, "2.68"),
        (-1.005, "-1.01"),
        (1e15, "1000000000000000.00"),
    ],
)
def test_a_double_is_read_by_its_decimal_text(double, cents):
    assert exact(double) == Decimal(cents)


def test_nothing_stays_nothing():
    assert exact(None) is None


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [("0.004", 2, "0.00"), ("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("-0.004", 2, "0.00"), ("2.5", 0, "3")],
)
def test_a_half_goes_away_from_zero(value, decimals, expected):
    assert rounded(Decimal(value), decimals) == Decimal(expected)


@given(st.fractions(-(10**6), 10**6, max_denominator=997))
def test_rounding_is_that_of_the_decimal_module(value):
    assert rounded(value, 2) == half_up(value)


@given(CENTS, st.dictionaries(st.integers(1, 40), st.integers(0, 31).map(Fraction), min_size=1))
def test_splitting_loses_no_cent_and_follows_the_weights(total, weights):
    if not any(weights.values()):
        weights[min(weights)] = Fraction(1)
    given_out = split(total, weights, 2)
    assert sum(given_out.values()) == total
    whole = sum(weights.values())
    for key, amount in given_out.items():
        assert abs(Fraction(amount) - Fraction(total) * weights[key] / whole) < Fraction(1, 100)
        assert weights[key] or amount == 0
    assert split(total, dict(reversed(weights.items())), 2) == given_out


def test_units_left_over_go_to_the_largest_remainders_then_to_the_lowest_ids():
    assert split(Decimal("0.05"), {3: Fraction(1), 1: Fraction(1), 2: Fraction(1)}, 2) == {
        1: Decimal("0.02"), 2: Decimal("0.02"), 3: Decimal("0.01"),
    }  # fmt: skip
    assert split(Decimal("1.00"), {1: Fraction(1), 2: Fraction(5)}, 2) == {1: Decimal("0.17"), 2: Decimal("0.83")}


TERMS = st.recursive(
    CENTS.map(lambda value: named(NAME, value)) | st.builds(ratio, st.just(NAME), CENTS, st.integers(1, 50)),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / b if b.value else a, inner, inner),
        st.builds(at_least_zero, inner),
        st.builds(floor_of, inner, st.just(2)),
    ),
    max_leaves=8,
)


@given(TERMS)
def test_a_formula_with_its_numbers_comes_to_its_value(term: Term):
    assert reckoned(term.numbers) == term.value


def test_a_formula_is_said_in_both_languages():
    own, team = ratio(Words("个人", "own"), 3, 10), ratio(Words("团队", "team's"), 5, 20)
    term = named(Words("奖金", "bonus"), Decimal("200.00")) * (own - team) / team
    assert term.words == Words("奖金 × (个人 − 团队) ÷ 团队", "bonus × (own − team's) ÷ team's")
    assert term.numbers == "200.00 × ((3 ÷ 10) − (5 ÷ 20)) ÷ (5 ÷ 20)"
    assert term.value == 40
