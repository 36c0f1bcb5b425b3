"""The months of after-sales providers: standard, penalty, the month to improve."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.programmes.provider import PUBLISHED, Entry, Verdict, timeline
from steelyard.scorecards.library import library


def months(*scores: str | None) -> list[Verdict]:
    return [
        Verdict(date(2023 + nth // 12, nth % 12 + 1, 1), None if score is None else Decimal(score))
        for nth, score in enumerate(scores)
    ]


def told(*scores: str | None) -> list[tuple[str, int, str]]:
    return [(entry.event, entry.penalty, entry.next_phase) for entry in timeline(months(*scores))]


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
    entries = timeline(months("85.50", "75", "65", None, "80"))
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
        timeline([Verdict(date(2023, month, day), None) for month, day in days])


SCORES = st.lists(st.none() | st.integers(0, 10_000).map(lambda cents: f"{Decimal(cents) / 100}"), max_size=30)


@given(SCORES)
def test_what_happens_follows_from_the_score_and_the_month_before(scores: list[str | None]) -> None:
    entries = timeline(months(*scores))
    before = "standard"
    for entry in entries:
        assert entry.phase == before
        failed = entry.score is not None and entry.score < PUBLISHED.standard
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
    met = entry.score >= PUBLISHED.standard
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
    assert sum(e.penalty for e in timeline(months(*better))) <= sum(e.penalty for e in timeline(months(*scores)))


def test_the_terms_are_those_of_the_scorecard() -> None:
    scorecard = library().get("jd/aftersales_provider", "2023-01")
    bounds = [band.at_least for band in scorecard.bands if band.id.startswith("failed")]
    named = [int(band.id.removeprefix("failed_")) for band in scorecard.bands if band.id.startswith("failed")]
    assert [(tier.at_least, tier.penalty) for tier in PUBLISHED.tiers] == list(zip(bounds, named, strict=True))
    (improving,) = [effect for effect in scorecard.effects if effect.id == "improvement_month"]
    assert improving.when[0].below == PUBLISHED.standard
