"""Conditions in words, and what is missing to meet them: exact, in both languages."""

from decimal import Decimal

import pytest
from insight_market import RULE

from steelyard.scorecards.consequences import Condition, Effect
from steelyard.scorecards.load import load
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import Text
from steelyard.scoring.wording import Judged, apart, briefly, condition_in_words, lifting, met, plain_number, worded

TITLE = Text(zh="题", en="title")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    file = tmp_path_factory.mktemp("rules") / "rule.yaml"
    file.write_text(RULE, encoding="utf-8")
    return load(file)


def effect(kind: str, *when: Condition) -> Effect:
    return Effect(id="e", title=TITLE, kind=kind, when=when)


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        ("4.620000", "points", "4.62", "4.62"),
        ("4.8", "points", "4.80", "4.80"),
        ("4.617834", "points", "4.617834", "4.617834"),
        ("0.153846", "rate", "15.3846%", "15.3846%"),
        ("195383.369128", "seconds", "195383.369128 秒（2.3 天）", "195383.369128 s (2.3 d)"),
        ("5400", "seconds", "5400 秒（1.5 小时）", "5400 s (1.5 h)"),
        ("59", "seconds", "59 秒", "59 s"),
        ("4.500000", "stars", "4.5", "4.5"),
    ],
)
def test_values_in_words_are_exact(value, unit, zh, en):
    assert worded(Decimal(value), unit) == Text(zh=zh, en=en)


def test_an_unknown_value_is_a_dash():
    assert worded(None, "rate") == briefly(None, "points") == Text(zh="–", en="–")


def test_brief_values_are_rounded():
    said = [briefly(Decimal(v), unit).en for v, unit in (("0.123456", "rate"), ("90000", "seconds"), ("7", "seconds"))]
    assert said == ["12.35%", "1.0 d", "7 s"]


def test_distances_of_rates_are_percentage_points():
    assert apart(Decimal("0.0325"), "rate") == Text(zh="3.25 个百分点", en="3.25 percentage points")


def test_whole_numbers_keep_their_zeros():
    assert [plain_number(Decimal(text)) for text in ("10", "100.00", "0.50", "0")] == ["10", "100", "0.5", "0"]


@pytest.mark.parametrize(
    ("bound", "value", "holds"),
    [
        ({"below": Decimal(8)}, "7.999999", True),
        ({"below": Decimal(8)}, "8", False),
        ({"at_most": Decimal(8)}, "8", True),
        ({"at_least": Decimal(8)}, "8", True),
        ({"above": Decimal(8)}, "8", False),
        ({"above": Decimal(8)}, "8.000001", True),
        ({"at_least": "required"}, "8", None),
        ({"at_least": Decimal(8)}, None, None),
    ],
)
def test_conditions_are_met_at_their_bounds(bound, value, holds):
    judged: Judged = {"score": None if value is None else Decimal(value)}
    assert met(Condition(of="score", **bound), judged) is holds


def test_a_condition_shows_the_value_beside_the_bound(card):
    condition = Condition(of="indicator.complaints", at_least=Decimal("0.2"))
    said = condition_in_words(card, condition, {"indicator.complaints": Decimal("0.1")})
    assert said == Text(zh="投诉率不低于 20%（现为 10%）", en="Complaints at least 20% (is 10%)")


def test_a_condition_on_a_band_names_it(card):
    said = condition_in_words(card, Condition(of="band", one_of=("good",)), {"band": "plain"})
    assert said == Text(zh="等级为「良好」（现为 一般）", en="band is Good (is Plain)")


@pytest.mark.parametrize(
    ("needed", "value", "zh", "en"),
    [
        ("at_least", "7.82", "得分现为 7.82，需不低于 8.00：须提高 0.18", "score 7.82, needs at least 8.00: 0.18 more"),
        ("above", "7.5", "得分现为 7.50，需高于 8.00：须提高超过 0.50", "score 7.50, needs above 8.00: over 0.50 more"),
        ("above", "8", "得分现为 8.00，需高于 8.00：再提高一点即可", "score 8.00, needs above 8.00: anything more"),
        ("at_most", "8.5", "得分现为 8.50，需不高于 8.00：须降低 0.50", "score 8.50, needs at most 8.00: 0.50 less"),
    ],
)  # fmt: skip
def test_a_right_needs_what_it_lacks(card, needed, value, zh, en):
    right = effect("right", Condition(of="score", **{needed: Decimal(8)}))
    assert lifting(card, right, {"score": Decimal(value)}) == (Text(zh=zh, en=en),)


def test_a_restriction_ends_where_its_condition_does(card):
    limited = effect("restriction", Condition(of="indicator.complaints", at_least=Decimal("0.2")))
    (at_bound,) = lifting(card, limited, {"indicator.complaints": Decimal("0.2")})
    (over,) = lifting(card, limited, {"indicator.complaints": Decimal("0.25")})
    assert at_bound.en == "Complaints 20%, needs below 20%: anything less"
    assert over == Text(
        zh="投诉率现为 25%，需低于 20%：须降低超过 5 个百分点",
        en="Complaints 25%, needs below 20%: over 5 percentage points less",
    )
    assert lifting(card, limited, {"indicator.complaints": Decimal("0.199999")}) == ()


def test_a_right_that_holds_needs_nothing_and_lacks_only_what_fails(card):
    score, complaints = (
        Condition(of="score", at_least=Decimal(8)),
        Condition(of="indicator.complaints", below=Decimal(1)),
    )
    both = effect("right", score, complaints)
    assert lifting(card, both, {"score": Decimal(9), "indicator.complaints": Decimal(0)}) == ()
    assert len(lifting(card, both, {"score": Decimal(7), "indicator.complaints": Decimal(0)})) == 1


def test_a_band_is_told_with_the_score_it_begins_at(card):
    right = effect("right", Condition(of="band", one_of=("good",)))
    (needed,) = lifting(card, right, {"band": "plain", "score": Decimal("7.5")})
    assert needed.en == "band Plain, needs Good: from a score of 8.00 on, 0.50 more"


def test_a_state_is_said_as_it_is(card):
    right = effect("right", Condition(of="state.alliance", one_of=("in",)))
    (needed,) = lifting(card, right, {"state.alliance": "removed"})
    assert needed.en == "alliance removed, needs in"
