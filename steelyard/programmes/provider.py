"""JD's after-sales providers month by month: who meets the standard, who pays, and who has a month to improve.

A month below the standard costs the penalty of its tier, and the next assessed month is one to improve in; that meeting
the standard ends it is assumed. What follows when that month fails too is not published: it costs its own tier's
penalty, and the next one is to improve in again (assumed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from steelyard.errors import RulesError
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
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
    """The score that meets the standard, and the tiers below it from the highest down to the least score."""

    standard: Decimal
    tiers: tuple[Tier, ...]


MET = "met"
"""The band that begins where the standard is met."""
PENALTIES = {"failed_2000": 2_000, "failed_5000": 5_000, "failed_10000": 10_000}
"""Yuan by band: a band has a bound and a title, and no amount. Source 002, answer of 2023-01-31, rule 6."""


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


def terms_of(scorecard: Scorecard) -> Terms:
    """The standard and the tiers as a version of the scorecard `jd/aftersales_provider` has them in its bands.

    Raises RulesError `unknown-reference` where a band that holds them is not there, has no number, or lies below the
    standard without an amount.
    """
    bounds = {band.id: band.at_least for band in scorecard.bands}
    names = [MET, *PENALTIES]
    problems = [
        problem("unknown-reference", scorecard.name, f"no band {name!r} with a number", "keep it, and set its number")
        for name in names
        if not isinstance(bounds.get(name), Decimal)
    ]
    below = list(bounds)[list(bounds).index(MET) + 1 :] if MET in bounds else []
    fix = f"use the bands {', '.join(PENALTIES)}"
    problems += [
        problem("unknown-reference", scorecard.name, f"the band {name!r} has no penalty", fix)
        for name in below
        if name not in PENALTIES
    ]
    if problems:
        raise RulesError(problems)
    lowest = {name: bound for name, bound in bounds.items() if isinstance(bound, Decimal)}
    return Terms(lowest[MET], tuple(Tier(lowest[name], penalty) for name, penalty in PENALTIES.items()))


def timeline(verdicts: Sequence[Verdict], terms: Terms) -> list[Entry]:
    """One entry per verdict; a month without a score leaves the phase as it was.

    Raises ValueError for months that do not rise, or are not named by their first day.

    >>> terms = Terms(Decimal(80), (Tier(Decimal(0), 2_000),))
    >>> months = [Verdict(date(2023, 1, 1), Decimal(79)), Verdict(date(2023, 2, 1), Decimal(80))]
    >>> [entry.event for entry in timeline(months, terms)]
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
