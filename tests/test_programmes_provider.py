"""The months of after-sales providers: standard, penalty, the month to improve."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.errors import RulesError
from steelyard.programmes.provider import PENALTIES, Entry, Tier, Verdict, terms_of, timeline
from steelyard.scorecards.library import library
from steelyard.scorecards.override import set_values
from steelyard.scorecards.sentences import conditions
from steelyard.scoring.wording import condition_in_words

CARD = library().get("jd/aftersales_provider", "2023-01")
TERMS = terms_of(CARD)


def months(*scores: str | None) -> list[Verdict]:
    return [
        Verdict(date(2023 + nth // 12, nth % 12 + 1, 1), None if score is None else Decimal(score))
        for nth, score in enumerate(scores)
    ]


def told(*scores: str | None) -> list[tuple[str, int, str]]:
    return [(entry.event, entry.penalty, entry.next_phase) for entry in timeline(months(*scores), TERMS)]


@pytest.mark.parametrize(
    ("score", "event", "penalty"),
    [
        ("100", "met", 0), ("80", "met", 0), ("79.999999", "failed", 2_000), ("70", "failed", 2_000),
        ("69.999999", "failed", 5_000), ("60", "failed", 5_000), ("59.999999", "failed", 10_000),
        ("0", "failed", 10_000),
    ],
)  # fmt: skip
def test_each_tier_begins_at_its_bound(score: str, event: str, penalty: int) -> None:
    assert told(score) == [(event, penalty, "standard" if event == "met" else "improving")]


def test_a_month_that_meets_the_standard_ends_the_improvement() -> None:
    assert told("75", "80", "79") == [
        ("failed", 2_000, "improving"), ("improved", 0, "standard"), ("failed", 2_000, "improving"),
    ]  # fmt: skip


def test_a_month_to_improve_that_fails_costs_its_own_tier_and_is_followed_by_another() -> None:
    assert told("75", "65", "81") == [
        ("failed", 2_000, "improving"), ("not_improved", 5_000, "improving"), ("improved", 0, "standard"),
    ]  # fmt: skip


def test_a_month_without_a_score_puts_the_improvement_off() -> None:
    assert told(None, "75", None, "80") == [
        ("not_assessed", 0, "standard"), ("failed", 2_000, "improving"), ("not_assessed", 0, "improving"),
        ("improved", 0, "standard"),
    ]  # fmt: skip


def test_every_entry_says_so_in_both_languages() -> None:
    entries = timeline(months("85.50", "75", "65", None, "80"), TERMS)
    assert [entry.text.zh for entry in entries] == [
        "2023 年 1 月得分 85.5，达到服务标准。",
        "2023 年 2 月得分 75，未达到服务标准，违约金 2000 元，下一个考核月为改进期。",
        (
            "改进期内，2023 年 3 月得分 65，仍未达到服务标准，违约金 5000 元。"
            "连续未达标的后果没有公布，下一个考核月按改进期继续考核。"
        ),
        "2023 年 4 月没有得分，不作评定，改进期顺延到下一个考核月。",
        "改进期内，2023 年 5 月得分 80，达到服务标准，改进期结束。",
    ]
    assert all(f"2023-0{nth}" in entry.text.en for nth, entry in enumerate(entries, start=1))
    assert all(f"{entry.penalty} yuan" in entry.text.en for entry in entries if entry.penalty)


@pytest.mark.parametrize("days", [[(1, 2)], [(1, 1), (1, 1)], [(2, 1), (1, 1)]])
def test_months_must_rise_and_begin_on_their_first_day(days: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="months must rise"):
        timeline([Verdict(date(2023, month, day), None) for month, day in days], TERMS)


SCORES = st.lists(st.none() | st.integers(0, 10_000).map(lambda cents: f"{Decimal(cents) / 100}"), max_size=30)


@given(SCORES)
def test_what_happens_follows_from_the_score_and_the_month_before(scores: list[str | None]) -> None:
    entries = timeline(months(*scores), TERMS)
    before = "standard"
    for entry in entries:
        assert entry.phase == before
        failed = entry.score is not None and entry.score < TERMS.standard
        assert (entry.penalty > 0) == failed
        assert entry.event == event_of(entry)
        if entry.score is not None:
            assert entry.next_phase == ("improving" if failed else "standard")
        else:
            assert entry.next_phase == entry.phase
        before = entry.next_phase


def event_of(entry: Entry) -> str:
    if entry.score is None:
        return "not_assessed"
    met = entry.score >= TERMS.standard
    return {
        ("standard", True): "met", ("standard", False): "failed",
        ("improving", True): "improved", ("improving", False): "not_improved",
    }[entry.phase, met]  # fmt: skip


@given(SCORES, st.integers(0, 29), st.integers(0, 10_000))
def test_a_better_month_never_costs_more(scores: list[str | None], nth: int, cents: int) -> None:
    if nth >= len(scores) or scores[nth] is None:
        return
    better = [*scores]
    better[nth] = str(max(Decimal(scores[nth] or 0), Decimal(cents) / 100))
    assert sum(e.penalty for e in timeline(months(*better), TERMS)) <= sum(
        e.penalty for e in timeline(months(*scores), TERMS)
    )


def test_the_terms_are_those_of_the_bands() -> None:
    assert TERMS.standard == 80
    assert TERMS.tiers == (Tier(Decimal(70), 2_000), Tier(Decimal(60), 5_000), Tier(Decimal(0), 10_000))


def test_the_amounts_are_those_the_titles_of_bands_and_effects_name() -> None:
    bands = {band.id: band.title for band in CARD.bands if band.id in PENALTIES}
    assert {band: [f"未达标（{yuan} 元）", f"Not met, {yuan} yuan"] for band, yuan in PENALTIES.items()} == {
        band: [title.zh, title.en] for band, title in bands.items()
    }
    told = {each.when[0].one_of: (each.title.zh, each.title.en) for each in CARD.effects if "penalty" in each.id}
    assert told == {(band,): (f"违约金 {yuan} 元", f"Penalty of {yuan} yuan") for band, yuan in PENALTIES.items()}


def test_other_bounds_are_other_terms() -> None:
    card = set_values(CARD, {"bands.met.at_least": "85", "bands.failed_5000.at_least": "65"})
    terms = terms_of(card)
    assert terms.standard == 85
    assert [tier.at_least for tier in terms.tiers] == [70, 65, 0]
    (entry,) = timeline(months("84"), terms)
    assert (entry.event, entry.penalty) == ("failed", 2_000)


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        (("excellent", "failed_2000", "failed_5000", "failed_10000"), "no band 'met'"),
        (("excellent", "met", "failed_2000", "failed_10000"), "no band 'failed_5000'"),
        (
            ("excellent", "met", "failed_2000", "failed_3000", "failed_5000", "failed_10000"),
            "'failed_3000' has no penalty",
        ),
    ],
)
def test_bands_that_are_no_terms_are_refused(bands: tuple[str, ...], said: str) -> None:
    known = {band.id: band for band in CARD.bands}
    chosen = [known.get(name, known["failed_5000"].model_copy(update={"id": name})) for name in bands]
    with pytest.raises(RulesError, match=said):
        terms_of(CARD.model_copy(update={"bands": tuple(chosen)}))


def test_the_phase_is_told_in_words() -> None:
    (effect,) = [each for each in CARD.effects if each.id == "improvement_month"]
    assert conditions(effect.when, {}, {}, "zh") == "考核阶段为改进期"
    assert conditions(effect.when, {}, {}, "en") == "phase of the assessment is month to improve"
    text = condition_in_words(CARD, effect.when[0], {"state.provider_phase": "standard"})
    assert text.zh == "考核阶段为「改进期」（现为 正常考核）"
    assert text.en == "phase of the assessment is month to improve (is regular)"
