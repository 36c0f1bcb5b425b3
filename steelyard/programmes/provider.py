"""JD's after-sales providers month by month: who meets the standard, who pays, and who has a month to improve.

A month below the standard costs the penalty of its tier, and the next assessed month is one to improve in. What follows
when that month fails too is not published: it costs its own tier's penalty, and the next one is to improve in again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from steelyard.scorecards.rule import Text

Phase = Literal["standard", "improving"]
Event = Literal["met", "failed", "improved", "not_improved", "not_assessed"]


@dataclass(frozen=True)
class Tier:
    """Scores of at least `at_least` below the standard cost `penalty` yuan."""

    at_least: Decimal
    penalty: int


@dataclass(frozen=True)
class Terms:
    """The score that meets the standard, and the tiers below it from the highest down to 0."""

    standard: Decimal
    tiers: tuple[Tier, ...]


PUBLISHED = Terms(Decimal(80), (Tier(Decimal(70), 2_000), Tier(Decimal(60), 5_000), Tier(Decimal(0), 10_000)))
"""Source 002, answer of 2023-01-31, rule 6."""


@dataclass(frozen=True)
class Verdict:
    """The score of a month, named by its first day; None where there is none."""

    month: date
    score: Decimal | None


@dataclass(frozen=True)
class Entry:
    """What a month meant: the phase it was judged in, what happened, what it cost, the phase that follows."""

    month: date
    score: Decimal | None
    phase: Phase
    event: Event
    penalty: int
    """Yuan; 0 for none."""
    next_phase: Phase
    text: Text


def timeline(verdicts: Sequence[Verdict], terms: Terms = PUBLISHED) -> list[Entry]:
    """One entry per verdict; a month without a score leaves the phase as it was.

    Raises ValueError for months that do not rise, or are not named by their first day.

    >>> months = [Verdict(date(2023, 1, 1), Decimal(79)), Verdict(date(2023, 2, 1), Decimal(80))]
    >>> [entry.event for entry in timeline(months)]
    ['failed', 'improved']
    """
    months = [verdict.month for verdict in verdicts]
    if any(month.day != 1 for month in months) or any(after <= before for before, after in pairwise(months)):
        raise ValueError("months must rise and be named by their first day")
    entries: list[Entry] = []
    phase: Phase = "standard"
    for verdict in verdicts:
        entries.append(_entry(verdict, phase, terms))
        phase = entries[-1].next_phase
    return entries


def _entry(verdict: Verdict, phase: Phase, terms: Terms) -> Entry:
    month, score = verdict.month, verdict.score
    if score is None:
        return Entry(month, score, phase, "not_assessed", 0, phase, _not_assessed(month, phase))
    if score >= terms.standard:
        event: Event = "met" if phase == "standard" else "improved"
        return Entry(month, score, phase, event, 0, "standard", _met(month, score, phase))
    penalty = next(tier.penalty for tier in terms.tiers if score >= tier.at_least)
    event = "failed" if phase == "standard" else "not_improved"
    return Entry(month, score, phase, event, penalty, "improving", _failed(month, score, phase, penalty))


def _not_assessed(month: date, phase: Phase) -> Text:
    zh, en = f"{_zh(month)}没有得分，不作评定", f"No score in {_en(month)}, so no verdict"
    if phase == "improving":
        zh, en = f"{zh}，改进期顺延到下一个考核月", f"{en}; the next assessed month is the one to improve in"
    return Text(zh=f"{zh}。", en=f"{en}.")


def _met(month: date, score: Decimal, phase: Phase) -> Text:
    if phase == "improving":
        return Text(
            zh=f"改进期内，{_zh(month)}得分 {_plain(score)}，达到服务标准，改进期结束。",
            en=f"{_en(month)}, the month to improve, scored {_plain(score)}: the standard is met again.",
        )
    return Text(
        zh=f"{_zh(month)}得分 {_plain(score)}，达到服务标准。",
        en=f"{_en(month)} scored {_plain(score)}: the standard is met.",
    )


def _failed(month: date, score: Decimal, phase: Phase, penalty: int) -> Text:
    if phase == "improving":
        return Text(
            zh=(
                f"改进期内，{_zh(month)}得分 {_plain(score)}，仍未达到服务标准，违约金 {penalty} 元。"
                "连续未达标的后果没有公布，下一个考核月按改进期继续考核。"
            ),
            en=(
                f"{_en(month)}, the month to improve, scored {_plain(score)}: still below the standard, a penalty of"
                f" {penalty} yuan. What repeated failure leads to is not published; the next assessed month is"
                " to improve in again."
            ),
        )
    return Text(
        zh=f"{_zh(month)}得分 {_plain(score)}，未达到服务标准，违约金 {penalty} 元，下一个考核月为改进期。",
        en=(
            f"{_en(month)} scored {_plain(score)}: below the standard, a penalty of {penalty} yuan, and the next"
            " assessed month to improve."
        ),
    )


def _zh(month: date) -> str:
    return f"{month.year} 年 {month.month} 月"


def _en(month: date) -> str:
    return f"{month:%Y-%m}"


def _plain(score: Decimal) -> str:
    return f"{score.normalize():f}"
