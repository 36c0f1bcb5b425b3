"""Douyin's alliance and bans by the daily shop rating (DSR): who is in, who is out, and who is out for good.

A score below the alliance's line removes a member, one below the platform's line bans the shop; applications are
judged by the score of their day. After a lifted ban the next one needs a score that was back at the line in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from steelyard.errors import RulesError
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
from steelyard.scorecards.rule import Text

Alliance = Literal["outside", "member", "removed", "removed_for_good"]
Platform = Literal["active", "banned", "lifted", "banned_for_good"]
Wish = Literal["alliance", "lift_ban"]
Event = Literal[
    "warned",
    "removed",
    "removed_for_good",
    "banned",
    "banned_for_good",
    "joined",
    "rejoined",
    "ban_lifted",
    "refused",
]
Refusal = Literal[
    "no_score", "score_too_low", "member_already", "removed_for_good", "banned", "banned_for_good", "not_banned"
]


@dataclass(frozen=True)
class Terms:
    """The lines of the rule; removal and ban are for good the second time."""

    alliance: Decimal
    """Above it a shop may join, below it a member is removed; exactly at it nothing happens."""
    ban: Decimal
    """Below it the shop is banned."""
    warning: Decimal | None = None
    """Below it the shop is warned; None: the line is not set."""
    last: int = 2
    """The removal, or ban, after which there is no way back."""


@dataclass(frozen=True)
class Day:
    """The score of one day, None where there is none."""

    day: date
    score: Decimal | None


@dataclass(frozen=True)
class Application:
    """What a shop asks for on a day: to join the alliance (again), or to have its ban lifted."""

    day: date
    wish: Wish


@dataclass(frozen=True)
class Standing:
    """Where a shop stands after a day."""

    alliance: Alliance = "outside"
    platform: Platform = "active"
    removals: int = 0
    bans: int = 0
    warned: bool = False
    """Whether the score has been below the warning line since the last warning."""
    recovered: bool = True
    """Whether the score was at the platform's line or above it since the last ban was lifted."""


@dataclass(frozen=True)
class Entry:
    """One event: the score that decided, the states after it, why an application was refused, all of it in words."""

    day: date
    score: Decimal | None
    event: Event
    alliance: Alliance
    platform: Platform
    refusal: Refusal | None
    text: Text


def terms_of(scorecard: Scorecard) -> Terms:
    """The lines as a version of the scorecard `douyin/dsr` has them in its effects.

    Raises RulesError `unknown-reference` where the effects that hold them are not there.
    """
    return Terms(
        alliance=_line(scorecard, "alliance_entry", "above"),
        ban=_line(scorecard, "platform_ban", "below"),
        warning=_open_line(scorecard, "low_score_warning", "below"),
    )


def _line(scorecard: Scorecard, effect: str, compared: Literal["above", "below"]) -> Decimal:
    found = _open_line(scorecard, effect, compared)
    if found is None:
        said, fix = f"no effect {effect!r} with `{compared}:` and a number", "keep it, and set its number"
        raise RulesError(problem("unknown-reference", scorecard.name, said, fix))
    return found


def _open_line(scorecard: Scorecard, effect: str, compared: Literal["above", "below"]) -> Decimal | None:
    """A bound of an effect's first condition; None where it is not set, or not there."""
    bounds = [getattr(each.when[0], compared) for each in scorecard.effects if each.id == effect]
    return next((bound for bound in bounds if isinstance(bound, Decimal)), None)


def timeline(
    days: Sequence[Day], applications: Sequence[Application], terms: Terms, start: Standing = Standing()
) -> list[Entry]:
    """What happened, in order; on one day first what the score does, then what was asked for.

    Raises ValueError for days that do not rise.

    >>> terms = Terms(alliance=Decimal("4.5"), ban=Decimal("4.0"))
    >>> scores = [Day(date(2020, 12, 1), Decimal("4.6")), Day(date(2020, 12, 2), Decimal("4.4"))]
    >>> asked = [Application(date(2020, 12, 1), "alliance")]
    >>> [(entry.event, entry.alliance) for entry in timeline(scores, asked, terms)]
    [('joined', 'member'), ('removed', 'removed')]
    """
    if any(after.day <= before.day for before, after in pairwise(days)):
        raise ValueError("days must rise")
    scores = {each.day: each.score for each in days}
    entries: list[Entry] = []
    standing = start
    for day in sorted({*scores, *(each.day for each in applications)}):
        standing = _scored(standing, Day(day, scores.get(day)), terms, entries)
        for asked in applications:
            if asked.day == day:
                standing = _asked(standing, asked.wish, Day(day, scores.get(day)), terms, entries)
    return entries


def _scored(standing: Standing, today: Day, terms: Terms, entries: list[Entry]) -> Standing:
    """What the score of a day does; without one nothing changes."""
    score = today.score
    if score is None:
        return standing
    standing = _watched(standing, today, terms, entries)
    if standing.alliance == "member" and score < terms.alliance:
        removals = standing.removals + 1
        final = removals >= terms.last
        standing = replace(standing, alliance="removed_for_good" if final else "removed", removals=removals)
        entries.append(_entry(today, "removed_for_good" if final else "removed", standing, terms))
    if score >= terms.ban:
        return replace(standing, recovered=True)
    if standing.platform in {"active", "lifted"} and standing.recovered:
        bans = standing.bans + 1
        final = bans >= terms.last
        platform: Literal["banned", "banned_for_good"] = "banned_for_good" if final else "banned"
        standing = replace(standing, platform=platform, bans=bans, recovered=False)
        entries.append(_entry(today, platform, standing, terms))
    return standing


def _watched(standing: Standing, today: Day, terms: Terms, entries: list[Entry]) -> Standing:
    """One warning for every stretch of days below the line."""
    if terms.warning is None or today.score is None:
        return standing
    low = today.score < terms.warning
    if low and not standing.warned:
        entries.append(_entry(today, "warned", standing, terms))
    return replace(standing, warned=low)


def _asked(standing: Standing, wish: Wish, today: Day, terms: Terms, entries: list[Entry]) -> Standing:
    """What becomes of an application."""
    refusal = _against_joining(standing, today, terms) if wish == "alliance" else _against_lifting(standing)
    if refusal is not None:
        entries.append(_refusal(today, refusal, standing, terms))
        return standing
    if wish == "lift_ban":
        above = today.score is not None and today.score >= terms.ban
        standing = replace(standing, platform="lifted", recovered=above)
        entries.append(_entry(today, "ban_lifted", standing, terms))
        return standing
    standing = replace(standing, alliance="member")
    entries.append(_entry(today, "rejoined" if standing.removals else "joined", standing, terms))
    return standing


def _against_joining(standing: Standing, today: Day, terms: Terms) -> Refusal | None:
    if standing.platform in {"banned", "banned_for_good"}:
        return "banned"
    if standing.alliance == "removed_for_good":
        return "removed_for_good"
    if standing.alliance == "member":
        return "member_already"
    if today.score is None:
        return "no_score"
    return None if today.score > terms.alliance else "score_too_low"


def _against_lifting(standing: Standing) -> Refusal | None:
    if standing.platform == "banned_for_good":
        return "banned_for_good"
    return None if standing.platform == "banned" else "not_banned"


def _entry(today: Day, event: Event, standing: Standing, terms: Terms) -> Entry:
    text = _happened(today, event, terms)
    return Entry(today.day, today.score, event, standing.alliance, standing.platform, None, text)


def _refusal(today: Day, refusal: Refusal, standing: Standing, terms: Terms) -> Entry:
    text = _refused(today, refusal, terms)
    return Entry(today.day, today.score, "refused", standing.alliance, standing.platform, refusal, text)


def _happened(today: Day, event: Event, terms: Terms) -> Text:
    score, alliance, ban = _plain(today.score), _plain(terms.alliance), _plain(terms.ban)
    said: dict[Event, tuple[str, str]] = {
        "warned": (
            f"得分 {score} 低于预警线 {_plain(terms.warning)}，平台发出整顿预警",
            f"The score {score} is below {_plain(terms.warning)}: a warning",
        ),
        "removed": (
            f"得分 {score} 低于 {alliance}，被取消精选联盟资格；高于 {alliance} 后可再次申请",
            f"The score {score} is below {alliance}: removed from the alliance; above {alliance} it may apply again",
        ),
        "removed_for_good": (
            f"得分 {score} 低于 {alliance}，第二次被取消精选联盟资格，不再受理申请",
            f"The score {score} is below {alliance}: removed from the alliance for the second time, for good",
        ),
        "banned": (
            f"得分 {score} 低于 {ban}，首次被平台封禁，可申请解除",
            f"The score {score} is below {ban}: banned for the first time; the ban can be lifted on application",
        ),
        "banned_for_good": (
            f"得分 {score} 低于 {ban}，第二次被平台封禁，永久有效，同名商品不可再上架",
            f"The score {score} is below {ban}: banned for the second time, for good; goods of the same name stay out",
        ),
        "joined": (f"得分 {score} 高于 {alliance}，加入精选联盟", f"The score {score} is above {alliance}: joined"),
        "rejoined": (
            f"得分 {score} 高于 {alliance}，重新加入精选联盟；再次被取消将不再受理",
            f"The score {score} is above {alliance}: joined again; the next removal is for good",
        ),
        "ban_lifted": ("首次封禁已按申请解除；再次封禁将永久有效", "The first ban is lifted; the next one is for good"),
    }
    zh, en = said[event]
    return Text(zh=f"{zh}。", en=f"{en}.")


def _refused(today: Day, refusal: Refusal, terms: Terms) -> Text:
    alliance = _plain(terms.alliance)
    missing = "" if today.score is None else _plain(terms.alliance - today.score)
    said: dict[Refusal, tuple[str, str]] = {
        "no_score": ("当天没有得分", "there is no score that day"),
        "score_too_low": (
            f"得分须高于 {alliance}，现为 {_plain(today.score)}，须再提高 {missing} 以上",
            f"the score must be above {alliance} and is {_plain(today.score)}: more than {missing} is missing",
        ),
        "member_already": ("已在精选联盟中", "it is a member already"),
        "removed_for_good": ("已两次被取消资格", "it was removed twice"),
        "banned": ("店铺处于封禁状态", "the shop is banned"),
        "banned_for_good": ("第二次封禁不可解除", "the second ban cannot be lifted"),
        "not_banned": ("店铺没有被封禁", "the shop is not banned"),
    }
    zh, en = said[refusal]
    return Text(zh=f"申请未通过：{zh}。", en=f"Refused: {en}.")


def _plain(number: Decimal | None) -> str:
    return "–" if number is None else f"{number.normalize():f}"
