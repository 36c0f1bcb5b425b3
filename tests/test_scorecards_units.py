"""Every unit a value may have is said in both languages, and reckoned as what it is."""

from decimal import Decimal
from typing import get_args

import pytest

from steelyard.measures import Unit as MeasureUnit
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.rule import Unit
from steelyard.scorecards.sentences import measured
from steelyard.scoring.wording import briefly, numerator_of, worded


def test_measures_and_scorecards_know_the_same_units() -> None:
    assert get_args(MeasureUnit) == get_args(Unit)
    assert {measure.unit for measure in CATALOGUE.values()} <= set(get_args(Unit))


@pytest.mark.parametrize(
    ("unit", "value", "exactly", "roughly", "zh"),
    [
        ("money", "17.495", "17.495", "17.50", "17.495 元"),
        ("money", "17.5", "17.50", "17.50", "17.5 元"),
        ("pieces", "1.396552", "1.396552", "1.40", "1.396552 件"),
        ("points", "9.983333", "9.983333", "9.983333", "9.983333 分"),
        ("count", "2", "2", "2", "2 个"),
        ("time", "28800", "28800 s (8.0 h)", "8.0 h", "28800 秒"),
    ],
)
def test_a_value_in_words(unit: Unit, value: str, exactly: str, roughly: str, zh: str) -> None:
    number = Decimal(value)
    assert (worded(number, unit).en, briefly(number, unit).en, measured(number, unit, "zh")) == (exactly, roughly, zh)


def test_money_is_counted_in_millionths() -> None:
    assert numerator_of({"numerator": 35_000_000}, "money") == Decimal("35.00")
    assert numerator_of({"numerator": 35_000_001}, "money") == Decimal("35.000001")
    assert numerator_of({"numerator": 35_000_000}, "pieces") == 35_000_000
