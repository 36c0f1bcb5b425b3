"""The alliance and bans by the daily shop rating: every line, every application, and what no history can do."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.programmes.dsr import Application, Day, Standing, Terms, terms_of, timeline
from steelyard.scorecards.library import library
from steelyard.scorecards.override import set_values

TERMS = Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"), warning=Decimal("4.2"))
FIRST = date(2020, 12, 1)


def days(*scores):
    return [
        Day(FIRST + timedelta(days=number), None if score is None else Decimal(score))
        for number, score in enumerate(scores)
    ]


def asked(*wishes):
    return [Application(FIRST + timedelta(days=number), wish) for number, wish in wishes]


def events(scores, wishes=(), terms=TERMS, start=None):
    entries = timeline(days(*scores), asked(*wishes), terms, start or Standing())
    return [(int((entry.day - FIRST).days), entry.event, entry.refusal) for entry in entries]


def test_the_lines_are_those_of_the_scorecard():
    card = library().get("douyin/dsr", "2020")
    assert terms_of(card) == Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"), warning=None)
    told = set_values(card, {"effects.low_score_warning.when.0.below": "4.2"})
    assert terms_of(told).warning == Decimal("4.2")


@pytest.mark.parametrize(
    ("score", "event", "refusal"),
    [("4.499999", "refused", "score_too_low"), ("4.5", "refused", "score_too_low"), ("4.500001", "joined", None)],
)
def test_the_alliance_opens_above_its_line(score, event, refusal):
    assert events([score], [(0, "alliance")]) == [(0, event, refusal)]


@pytest.mark.parametrize(("score", "expected"), [("4.5", []), ("4.499999", [(1, "removed", None)])])
def test_a_member_stays_at_the_line_and_goes_below_it(score, expected):
    assert events(["4.6", score], [(0, "alliance")])[1:] == expected


def test_the_second_removal_is_for_good():
    wishes = [(0, "alliance"), (2, "alliance"), (4, "alliance")]
    assert events(["4.6", "4.4", "4.6", "4.4", "4.9"], wishes) == [
        (0, "joined", None),
        (1, "removed", None),
        (2, "rejoined", None),
        (3, "removed_for_good", None),
        (4, "refused", "removed_for_good"),
    ]


def test_who_is_outside_is_removed_from_nothing():
    assert events(["4.4", "4.3"]) == []


@pytest.mark.parametrize(("score", "expected"), [("4.0", []), ("3.999999", [(0, "banned", None)])])
def test_the_ban_comes_below_its_line(score, expected):
    assert events([score], terms=Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"))) == expected


def test_the_first_ban_is_lifted_on_application_the_second_never():
    terms = Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"))
    wishes = [(0, "lift_ban"), (1, "lift_ban"), (5, "lift_ban"), (6, "alliance")]
    assert events(["4.1", "3.9", "3.9", "4.0", "3.9", "4.8", "4.8"], wishes, terms) == [
        (0, "refused", "not_banned"),
        (1, "banned", None),
        (1, "ban_lifted", None),
        (4, "banned_for_good", None),
        (5, "refused", "banned_for_good"),
        (6, "refused", "banned"),
    ]


def test_a_lifted_ban_does_not_strike_again_before_the_score_was_back_at_the_line():
    terms = Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"))
    assert events(["3.9", "3.5", "3.9"], [(0, "lift_ban")], terms) == [(0, "banned", None), (0, "ban_lifted", None)]


def test_a_banned_shop_may_not_join_and_a_lifted_one_may():
    terms = Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"))
    wishes = [(1, "alliance"), (2, "lift_ban"), (2, "alliance")]
    assert events(["3.9", "4.6", "4.6"], wishes, terms) == [
        (0, "banned", None),
        (1, "refused", "banned"),
        (2, "ban_lifted", None),
        (2, "joined", None),
    ]


def test_a_member_that_falls_far_is_removed_and_banned_on_the_same_day():
    assert events(["4.6", "3.0"], [(0, "alliance")]) == [
        (0, "joined", None),
        (1, "warned", None),
        (1, "removed", None),
        (1, "banned", None),
    ]


def test_one_warning_for_each_stretch_below_the_line():
    assert events(["4.2", "4.199999", "4.1", "4.2", "4.1"]) == [(1, "warned", None), (4, "warned", None)]


def test_days_without_a_score_change_nothing_and_applications_on_them_are_refused():
    wishes = [(0, "alliance"), (1, "alliance"), (3, "alliance")]
    assert events(["4.6", None, "4.6"], wishes) == [
        (0, "joined", None),
        (1, "refused", "member_already"),
        (3, "refused", "member_already"),
    ]
    assert events([None], [(0, "alliance")]) == [(0, "refused", "no_score")]


def test_a_shop_may_start_as_a_member():
    start = Standing(alliance="member", removals=1)
    assert events(["4.4"], start=start) == [(0, "removed_for_good", None)]


def test_a_refusal_says_what_is_missing():
    (entry,) = timeline(days("4.31"), asked((0, "alliance")), TERMS)
    assert entry.text.en == "Refused: the score must be above 4.5 and is 4.31: more than 0.19 is missing."
    assert entry.text.zh == "申请未通过：得分须高于 4.5，现为 4.31，须再提高 0.19 以上。"


def test_days_must_rise():
    with pytest.raises(ValueError, match="days must rise"):
        timeline([*days("4.6"), *days("4.6")], [], TERMS)


SCORES = st.lists(
    st.none() | st.decimals(min_value=1, max_value=5, places=2, allow_nan=False, allow_infinity=False), max_size=60
)
WISHES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["alliance", "lift_ban"])), max_size=20)


@given(SCORES, WISHES)
def test_no_history_breaks_the_rule(scores, wishes):
    entries = timeline(days(*scores), asked(*wishes), TERMS)
    happened = [entry.event for entry in entries]
    assert happened.count("removed") <= 1
    assert happened.count("removed_for_good") <= 1
    assert happened.count("banned") <= 1
    assert happened.count("ban_lifted") <= 1
    assert happened.count("banned_for_good") <= happened.count("ban_lifted")
    assert happened.count("removed") + happened.count("removed_for_good") <= happened.count("joined") + happened.count(
        "rejoined"
    )
    for entry in entries:
        if entry.event in {"joined", "rejoined"}:
            assert entry.score > TERMS.alliance
            assert entry.platform in {"active", "lifted"}
        if entry.event.startswith("removed"):
            assert entry.score < TERMS.alliance
        if entry.event.startswith("banned"):
            assert entry.score < TERMS.ban
    for final, state in (("removed_for_good", "alliance"), ("banned_for_good", "platform")):
        if final in happened:
            after = entries[happened.index(final) :]
            assert {getattr(entry, state) for entry in after} == {final}


@given(SCORES, WISHES, st.integers(0, 60))
def test_what_comes_later_changes_nothing_before(scores, wishes, cut):
    whole = timeline(days(*scores), asked(*wishes), TERMS)
    until = FIRST + timedelta(days=cut)
    part = timeline(
        [each for each in days(*scores) if each.day < until],
        [each for each in asked(*wishes) if each.day < until],
        TERMS,
    )
    assert part == [entry for entry in whole if entry.day < until]


@given(SCORES, WISHES)
def test_a_better_score_never_brings_a_ban_forward(scores, wishes):
    raised = [None if score is None else min(Decimal(5), score + 1) for score in scores]
    first = [entry.day for entry in timeline(days(*scores), asked(*wishes), TERMS) if entry.event == "banned"]
    later = [entry.day for entry in timeline(days(*raised), asked(*wishes), TERMS) if entry.event == "banned"]
    assert not later or (first and first[0] <= later[0])


def test_only_a_recovery_after_the_lifting_makes_the_next_fall_a_second_ban():
    fallen = ["3.9", "4.1", "3.9", "3.9", "3.9"]
    assert events(fallen, [(3, "lift_ban")])[-1] == (3, "ban_lifted", None)
    assert events([*fallen, "4.0", "3.9"], [(3, "lift_ban")])[-1][:2] == (6, "banned_for_good")
